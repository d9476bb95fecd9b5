"""Media files: reading and writing pictures, video and sound."""
