"""Rendering on another machine: motion goes up, video comes down; the camera's picture stays where it is."""
