"""Place of a portrait in the output, and the enlargement of what is sampled there. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Picture
from puppet.geometry.crop import CropBox, whole_box

ENLARGED = 2
"""Factor of `enlarge`: sampling an enlargement linearly is as sharp as sampling cubically, and much faster."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Whole output pixels; `right` and `bottom` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """(Width, height)."""
        return self.right - self.left, self.bottom - self.top

    def of(self, picture: NDArray[Any], at: tuple[int, int] = (0, 0)) -> NDArray[Any]:
        """Return a view of these pixels of a picture whose first pixel lies `at` (x, y)."""
        x, y = at
        return picture[self.top - y : self.bottom - y, self.left - x : self.right - x]

    def grown(self, margin: int) -> Rectangle:
        """Return the rectangle with a margin on every side."""
        return Rectangle(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def __and__(self, other: Rectangle) -> Rectangle:
        """Return the part that both cover."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Rectangle(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def __or__(self, other: Rectangle) -> Rectangle:
        """Return the smallest rectangle around both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Rectangle(left, top, max(self.right, other.right), max(self.bottom, other.bottom))


@dataclass(frozen=True, slots=True)
class Placement:
    """Place of a portrait in the output: an output pixel is `scale` · portrait pixel + (x, y).

    Attributes:
        scale: output pixels per pixel of the portrait.
        x, y: offset in output pixels.
        crop: the model's square in the portrait.
        size: side of the model's square in its own pixels.
    """

    scale: float
    x: float
    y: float
    crop: CropBox
    size: int

    def normalised(self, at: NDArray[np.floating], axis: int) -> NDArray[np.float64]:
        """Return output coordinates along an axis (0: x, 1: y) in the model's normalised coordinates."""
        centre, offset = ((self.crop.x, self.x), (self.crop.y, self.y))[axis]
        unit = 2 * self.size / (self.crop.side * (self.size - 1))
        return ((np.asarray(at, np.float64) - offset) / self.scale - centre) * unit

    def of_model_px(self, pixels: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return output coordinates (..., 2) of pixels of the model's square."""
        steps = (np.asarray(pixels, np.float64) - (self.size - 1) / 2) * self.px_per_model_px
        centre = np.array([self.crop.x, self.crop.y]) * self.scale + (self.x, self.y)
        return np.asarray(steps + centre)

    def of_normalised(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return output coordinates (K, 2) of a pose's points, which are normalised to the model's square."""
        return self.of_model_px((points + 1) * ((self.size - 1) / 2))

    def rectangle(self, left: float, top: float, right: float, bottom: float) -> Rectangle:
        """Return the output pixels nearest to edges given in pixels of the portrait."""
        across = (round(self.scale * at + self.x + 0.5) for at in (left, right))
        down = (round(self.scale * at + self.y + 0.5) for at in (top, bottom))
        (x0, x1), (y0, y1) = across, down
        return Rectangle(x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))

    @property
    def px_per_norm(self) -> float:
        """Output pixels per normalised unit."""
        return self.scale * self.crop.side * (self.size - 1) / (2 * self.size)

    @property
    def px_per_model_px(self) -> float:
        """Output pixels per pixel of the model's square."""
        return self.scale * self.crop.side / self.size


def interpolated(field: Floats, to_grid: Floats, size: tuple[int, int]) -> Floats:
    """Return a field on a coarse grid, (k, l) or (k, l, n), interpolated at every pixel of a box.

    Args:
        field: continues beyond its border.
        to_grid: (2, 3): affine from the box's pixels to the grid.
        size: (w, h) of the box.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(field, to_grid, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def shown_square(picture: Picture, crop: CropBox) -> CropBox:
    """Return the square that CROP shows: the model's, moved and shrunk to lie inside the picture.

    Beyond the picture there is nothing to show. A square around the whole picture is shown as it is.
    """
    return crop if crop == whole_box(picture) else crop.within(picture, smallest_share=0)


def enlarge(layer: NDArray[Any], factor: int = ENLARGED) -> NDArray[Any]:
    """Enlarge cubically so that every `factor`th pixel is a pixel of the layer."""
    if factor == 1:
        return np.ascontiguousarray(layer)
    height, width = ((side - 1) * factor + 1 for side in layer.shape[:2])
    affine = np.array([[1 / factor, 0, 0], [0, 1 / factor, 0]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    # OpenCV never returns from mirroring a single pixel, as the layer of nobody is one.
    border = cv2.BORDER_REFLECT_101 if min(layer.shape[:2]) > 1 else cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(layer, affine, (width, height), flags=flags, borderMode=border))


def warp(picture: NDArray[Any], scale: float, x: float, y: float, rectangle: Rectangle) -> NDArray[Any]:
    """Return a rectangle of output pixels of a picture, without aliasing; the picture is mirrored at its borders.

    Args:
        picture: (H, W) or (H, W, C) uint8.
        scale: output pixels per pixel of the picture.
        x: output coordinate of the picture's first pixel's centre.
        y: the same, vertically.
        rectangle: in output pixels.
    """
    factor = max(1, round(1 / scale))
    width, height = rectangle.size
    shift_x, shift_y = (factor * (at - start + 0.5) - 0.5 for at, start in ((x, rectangle.left), (y, rectangle.top)))
    affine = np.array([[scale * factor, 0, shift_x], [0, scale * factor, shift_y]])
    fine = cv2.warpAffine(
        picture,
        affine,
        (width * factor, height * factor),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(fine if factor == 1 else cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA))
