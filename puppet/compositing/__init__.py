"""Compositing: the rendered square over a background or in the whole picture, overlays, masks of parts."""
