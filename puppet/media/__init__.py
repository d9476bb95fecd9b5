"""Media files: video, pictures and sound, read and written."""
