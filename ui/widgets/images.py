"""Pictures as Qt draws them."""

from __future__ import annotations

from typing import cast

from PyQt6.QtGui import QImage

from puppet.domain import Picture


def as_image(picture: Picture) -> QImage:
    """A view of (H, W, 3) uint8 RGB, not a copy: it must not outlive the array. Any thread."""
    height, width, _ = picture.shape
    pixels = cast("bytes", picture.data)  # any buffer will do, whatever PyQt's stubs say
    return QImage(pixels, width, height, picture.strides[0], QImage.Format.Format_RGB888)
