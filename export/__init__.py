"""Modules become graphs: what training or a checkpoint gives is exported into a pack, and compared before it is written."""
