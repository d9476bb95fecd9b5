"""The live session: threads around the pipeline, its governor, statistics and benchmark."""
