"""The window (PyQt6): it pulls pictures from a session, never waits for it, and imports no inference library."""
