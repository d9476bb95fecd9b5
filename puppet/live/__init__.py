"""The live session: threads around the pipeline, governor, statistics and benchmark."""
