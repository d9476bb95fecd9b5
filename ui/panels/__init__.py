"""Panels: groups of controls at the right edge of the window."""
