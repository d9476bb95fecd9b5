"""Rotated squares of a picture: where a network looks. Pixels are those of the picture; pure functions, any thread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from puppet.domain import Floats, Picture

_MARGIN = 1.5
"""Side of a face's region as a multiple of its bounding box, so that the face stays inside when it moves."""
_EYE_CORNERS = (33, 263)
"""Outer corners of the eyes among the landmarks."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rotated square.

    Attributes:
        x, y: its centre in pixels.
        side: in pixels.
        angle: of its x axis in radians, clockwise on the screen.
    """

    x: float
    y: float
    side: float
    angle: float

    def to_picture(self, size: int) -> Floats:
        """Return the (2, 3) affine from pixels of the region, sampled at `size` pixels a side, to the picture's."""
        scale = self.side / size
        cos, sin = scale * math.cos(self.angle), scale * math.sin(self.angle)
        linear = np.array([[cos, -sin], [sin, cos]])
        return np.column_stack([linear, (self.x, self.y) - linear @ (size / 2, size / 2)]).astype(np.float32)


def region_of(low: Floats, high: Floats, start: Floats, end: Floats) -> Region:
    """Return the region around a bounding box whose x axis runs along two points; all (2,), in pixels."""
    (x, y), (width, height) = (low + high) / 2, high - low
    across, down = end - start
    return Region(float(x), float(y), _MARGIN * float(max(width, height)), math.atan2(down, across))


def region_of_landmarks(points: Floats) -> Region:
    """Return the region that MediaPipe looks for a face in, from the landmarks (478, 3) in the frame before."""
    flat = points[:, :2].astype(np.float64)
    return region_of(flat.min(0), flat.max(0), *flat[list(_EYE_CORNERS)])


def sample(image: Picture, region: Region, size: int) -> tuple[Picture, Floats]:
    """Return a region's pixels (size, size, 3), the border repeated outside the picture, and `to_picture`."""
    to_picture = region.to_picture(size)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(image, to_picture, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return sampled.astype(np.uint8, copy=False), to_picture
