"""Compositing: the rendered square on a background or in the whole picture, overlays, masks of a part swap."""
