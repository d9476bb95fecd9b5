"""The square a model looks at: cut from a picture, and the way there and back for points.

First stop of a frame after tracking. Pure functions of values, safe on any thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike

from puppet.domain import Face, Floats, Keypoints, Picture

MODEL_SIZE = 256
"""Side in pixels of the crop that ±1 refers to where nobody says otherwise."""

# How the training clips are framed: the landmarks' box is half as high as the square, a little below its middle.
_SIDE_PER_HEIGHT = 2.0
_HEIGHT_PER_WIDTH = 1.18
_BOX_CENTRE_Y = 0.545
_LEAST_SHARE = 0.8
_GLANCED = 4  # rows of the picture that make one of a extract_nearest, at least, where there are as many


@dataclass(frozen=True, slots=True)
class CropBox:
    """An upright square of a picture; what lies outside the picture repeats its border pixels.

    Cut to `size` pixels, pixel i has its centre at x − side/2 + (i + ½)·side/size, so that the crop of
    a square picture by `whole` is `cv2.resize` of it. Normalised coordinates −1 and 1 are the centres of the crop's
    first and last pixels, so they depend, by half a pixel, on `size`: the model's.

    Attributes:
        x: the square's centre in pixels of the picture, 0 being the centre of its first pixel.
        y: the same downwards.
        side: its side in pixels of the picture, above 0.
    """

    x: float
    y: float
    side: float

    def affine(self, size: int = MODEL_SIZE) -> Floats:
        """(2, 3) float32: pixels of the picture to pixels of the size × size crop."""
        scale = size / self.side
        middle = (size - 1) / 2
        return np.array([[scale, 0, middle - scale * self.x], [0, scale, middle - scale * self.y]], np.float32)

    def extract(self, image: Picture, size: int = MODEL_SIZE) -> Picture:
        """The square as a (size, size, 3) picture; free of aliasing however much it shrinks."""
        # Sampled at least as finely as the picture, then averaged: one interpolation, exact where pixels coincide.
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
        """The same to the nearest pixel, in a fraction of the time: for every frame, and for nobody's eyes.

        Of a square that is many times larger some rows and columns are left out.
        """
        side = max(round(self.side), 1)
        left, top = round(self.x - (side - 1) / 2), round(self.y - (side - 1) / 2)
        height, width = image.shape[:2]
        beyond = max(-top, 0), max(top + side - height, 0), max(-left, 0), max(left + side - width, 0)
        if any(beyond):
            image = np.asarray(cv2.copyMakeBorder(image, *beyond, cv2.BORDER_REPLICATE), np.uint8)
            left, top = left + beyond[2], top + beyond[0]
        every = max(side // (_GLANCED * size), 1)
        square = np.ascontiguousarray(image[top : top + side : every, left : left + side : every])
        method = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(square, (size, size), interpolation=method), np.uint8)

    def to_norm(self, points: ArrayLike, size: int = MODEL_SIZE) -> Keypoints:
        """Points of the picture, (K, 2 or 3) in pixels, normalised to the crop; a third column becomes the depth."""
        pixels = np.asarray(points, np.float64)
        unit = 2 * size / (self.side * (size - 1))
        norm = ((pixels[:, :2] - (self.x, self.y)) * unit).astype(np.float32)
        depth = (pixels[:, 2] * unit).astype(np.float32) if pixels.shape[1] == 3 else None
        return Keypoints(norm, depth)

    def to_px(self, keypoints: Keypoints, size: int = MODEL_SIZE) -> Floats:
        """(K, 2) float32: normalised points back in pixels of the picture."""
        unit = self.side * (size - 1) / (2 * size)
        return (keypoints.points.astype(np.float64) * unit + (self.x, self.y)).astype(np.float32)

    def within(self, image: Picture) -> CropBox:
        """The same square moved, and at most a fifth smaller, so that little of it lies outside the picture."""
        height, width = image.shape[:2]
        side = max(min(self.side, width, height), _LEAST_SHARE * self.side)

        def moved(centre: float, extent: int) -> float:
            return min(max(centre, side / 2 - 0.5), extent - 0.5 - side / 2) if side <= extent else (extent - 1) / 2

        return CropBox(moved(self.x, width), moved(self.y, height), side)


def whole(image: Picture) -> CropBox:
    """The smallest upright square around a whole picture, for pictures that are framed already."""
    height, width = image.shape[:2]
    return CropBox((width - 1) / 2, (height - 1) / 2, float(max(width, height)))


def face_box(face: Face) -> CropBox:
    """The square that frames a face as the training data does: about twice its height, a little head-room."""
    low, high = face.points[:, :2].min(0), face.points[:, :2].max(0)
    width, height = (float(extent) for extent in high - low)
    x, y = (float(middle) for middle in (low + high) / 2)
    side = max(_SIDE_PER_HEIGHT * max(height, _HEIGHT_PER_WIDTH * width), 1.0)
    return CropBox(x, y - (_BOX_CENTRE_Y - 0.5) * side, side)
