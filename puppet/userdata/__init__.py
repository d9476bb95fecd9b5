"""Gallery, settings, presets: kept for the user between two starts."""
