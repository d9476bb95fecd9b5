"""Command line: commands that need neither torch nor Qt, shared options, and output."""
