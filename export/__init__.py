"""Modules become graphs: what was trained or imported is exported into a pack, and compared before it is written."""
