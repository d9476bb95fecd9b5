"""Puppet drives a still picture live from a webcam; this package is the engine room and knows nothing of Qt."""

__version__ = "0.1.0"
