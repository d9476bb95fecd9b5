"""Losses, each with the equation it implements."""
