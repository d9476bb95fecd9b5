"""Arrays as Qt's images, and their place in a widget."""

from __future__ import annotations

from typing import cast

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QImage

from puppet.domain import Picture


def as_image(picture: Picture) -> QImage:
    """Return a view of (H, W, 3 or 4) uint8 RGB, alpha straight; no copy, must not outlive the array. Any thread."""
    height, width, channels = picture.shape
    layout = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    pixels = cast("bytes", picture.data)  # PyQt takes any buffer, its stubs only bytes
    return QImage(pixels, width, height, picture.strides[0], layout)


def letterbox(image: QImage, size: QSize) -> QRectF:
    """Return the largest place for an image inside a widget of `size`, centred."""
    fitted = image.size().toSizeF().scaled(size.toSizeF(), Qt.AspectRatioMode.KeepAspectRatio)
    left, top = (size.width() - fitted.width()) / 2, (size.height() - fitted.height()) / 2
    return QRectF(left, top, fitted.width(), fitted.height())
