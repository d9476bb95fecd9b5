"""What is kept for the user between two starts: gallery, settings, presets."""
