"""Offline rendering: every frame of a driving video, none dropped."""
