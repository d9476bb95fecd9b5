"""Widgets, independent of the session."""
