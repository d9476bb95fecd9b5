"""Geometry of faces: landmark indices, head pose, crop squares, the rasterised face mesh. NumPy and OpenCV only."""
