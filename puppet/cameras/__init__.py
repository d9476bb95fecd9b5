"""Cameras: webcams, video files and stills, their discovery by name, and the thread that captures from them."""
