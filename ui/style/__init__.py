"""Colours, metrics and icons."""
