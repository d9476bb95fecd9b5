"""Panels: groups of controls at the window's side."""
