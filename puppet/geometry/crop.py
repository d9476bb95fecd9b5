"""The crop: the square of a picture that a model works on, and the conversion of points to it and back.

Used right after tracking. Pure functions of values, safe on any thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike

from puppet.domain import Face, Floats, Keypoints, Picture

FINE_SIZE = 512
"""Side of the same square from which the crops of mouth and eyes are taken."""
MODEL_SIZE = 256
"""Default side in pixels of a crop."""

# Framing of the training clips: the landmarks' bounding box is half as high as the square, a little below its middle.
_SIDE_PER_HEIGHT = 2.0
_HEIGHT_PER_WIDTH = 1.18
_BOX_CENTRE_Y = 0.545
_SMALLEST_SHARE = 0.8  # of its side that a square keeps in `within`
_ROWS_PER_PIXEL = 4  # rows of the picture averaged to one row in `extract_nearest`; further rows are skipped


@dataclass(frozen=True, slots=True)
class CropBox:
    """An upright square of a picture; outside the picture its border pixels are repeated.

    In a crop of `size` pixels, pixel i has its centre at x − side/2 + (i + ½)·side/size, so that the crop of a square
    picture by `whole_box` equals `cv2.resize`. Normalised coordinates −1 and 1 are the centres of the crop's first and
    last pixels, so they depend on `size` by half a pixel.

    Attributes:
        x: horizontal centre in pixels of the picture; 0 is the centre of the first pixel.
        y: vertical centre.
        side: side in pixels of the picture, above 0.
    """

    x: float
    y: float
    side: float

    @property
    def square(self) -> tuple[float, float, float]:
        """Left, top and side in pixels of the picture; (0, 0) is the picture's upper left corner."""
        return self.x - self.side / 2 + 0.5, self.y - self.side / 2 + 0.5, self.side

    def affine(self, size: int = MODEL_SIZE) -> Floats:
        """Return (2, 3) float32: the affine from pixels of the picture to pixels of the size × size crop."""
        scale = size / self.side
        middle = (size - 1) / 2
        return np.array([[scale, 0, middle - scale * self.x], [0, scale, middle - scale * self.y]], np.float32)

    def extract(self, image: Picture, size: int = MODEL_SIZE) -> Picture:
        """Return the square as a (size, size, 3) picture, without aliasing at any scale."""
        # Sampled at the picture's resolution or finer, then averaged: one interpolation, exact where pixels coincide.
        factor = max(1, math.ceil(self.side / size - 1e-6))
        fine_size = size * factor
        fine = cv2.warpAffine(
            image,
            self.affine(fine_size),
            (fine_size, fine_size),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        square = fine if factor == 1 else cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
        return square.astype(np.uint8, copy=False)

    def extract_nearest(self, image: Picture, size: int = MODEL_SIZE) -> Picture:
        """Return the square shifted to whole pixels, in a fraction of the time: for detection in every frame.

        A square many times larger than `size` is subsampled.
        """
        side = max(round(self.side), 1)
        left, top = round(self.x - (side - 1) / 2), round(self.y - (side - 1) / 2)
        height, width = image.shape[:2]
        borders = max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0)
        if any(borders):
            image = np.asarray(cv2.copyMakeBorder(image, *borders, cv2.BORDER_REPLICATE), np.uint8)
            left, top = left + borders[2], top + borders[0]
        step = max(side // (_ROWS_PER_PIXEL * size), 1)
        square = np.ascontiguousarray(image[top : top + side : step, left : left + side : step])
        method = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(square, (size, size), interpolation=method), np.uint8)

    def to_norm(self, points: ArrayLike, size: int = MODEL_SIZE) -> Keypoints:
        """Normalise points (K, 2 or 3), in pixels of the picture, to the crop; a third column becomes the depth."""
        pixels = np.asarray(points, np.float64)
        unit = 2 * size / (self.side * (size - 1))
        norm = ((pixels[:, :2] - (self.x, self.y)) * unit).astype(np.float32)
        depth = (pixels[:, 2] * unit).astype(np.float32) if pixels.shape[1] == 3 else None
        return Keypoints(norm, depth)

    def to_px(self, keypoints: Keypoints, size: int = MODEL_SIZE) -> Floats:
        """Return normalised points as (K, 2) float32 in pixels of the picture."""
        unit = self.side * (size - 1) / (2 * size)
        return (keypoints.points.astype(np.float64) * unit + (self.x, self.y)).astype(np.float32)

    def within(self, image: Picture, smallest_share: float = _SMALLEST_SHARE) -> CropBox:
        """Return the square moved, and shrunk to `smallest_share` at most, to lie inside the picture if possible."""
        height, width = image.shape[:2]
        side = max(min(self.side, width, height), smallest_share * self.side)

        def clamped(centre: float, extent: int) -> float:
            return min(max(centre, side / 2 - 0.5), extent - 0.5 - side / 2) if side <= extent else (extent - 1) / 2

        return CropBox(clamped(self.x, width), clamped(self.y, height), side)


def whole_box(image: Picture) -> CropBox:
    """Return the smallest square around a whole picture, for pictures that are framed already."""
    height, width = image.shape[:2]
    return CropBox((width - 1) / 2, (height - 1) / 2, float(max(width, height)))


def face_box(face: Face) -> CropBox:
    """Return the square that frames a face like the training data: about twice its height, a little head-room."""
    low, high = face.points[:, :2].min(0), face.points[:, :2].max(0)
    width, height = (float(extent) for extent in high - low)
    x, y = (float(centre) for centre in (low + high) / 2)
    side = max(_SIDE_PER_HEIGHT * max(height, _HEIGHT_PER_WIDTH * width), 1.0)
    return CropBox(x, y - (_BOX_CENTRE_Y - 0.5) * side, side)
