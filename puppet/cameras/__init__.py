"""Cameras: webcams, video files and stills in their place, discovery by name, the capture thread."""
