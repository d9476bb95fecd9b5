"""The window (PyQt6): polls pictures from a session, never blocks on it, and imports no inference library itself."""
