"""Dialogs: windows of their own for files, engine, shortcuts and timings."""
