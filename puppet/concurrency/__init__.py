"""Channels between threads, and stage times."""
