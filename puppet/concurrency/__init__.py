"""Channels between threads, and timing of stages."""
