"""Geometry of faces: landmark indices, head pose, crop boxes, rasterised face mesh. NumPy and OpenCV only."""
