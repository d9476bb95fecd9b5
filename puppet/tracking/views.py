"""Views of a picture to search for faces in: the whole, enlarged, rotated, and tiles. Pure functions, any thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from puppet.domain import Floats, Picture
from puppet.geometry.crop import CropBox
from puppet.tracking.regions import Region

LARGEST_VIEW_PX = 1024
"""Largest side of a view."""
_TILED_PX = 1600
"""Sides of a frame and of a tile: a face large enough to follow is large enough to detect in up to so many pixels."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of a picture, rotated, padded or scaled.

    Attributes:
        image: the pixels, for the detector.
        to_picture: (2, 3) affine from pixels of `image` to pixels of the whole picture, a similarity.
        picture: the whole picture.
    """

    image: Picture
    to_picture: Floats
    picture: Picture

    @property
    def scale(self) -> float:
        """Pixels of the picture per pixel of the view."""
        return float(np.hypot(self.to_picture[0, 0], self.to_picture[1, 0]))

    @property
    def angle(self) -> float:
        """Rotation of the view's x axis in the picture, in radians."""
        return math.atan2(self.to_picture[1, 0], self.to_picture[0, 0])

    def box(self, box: CropBox) -> CropBox:
        """Return a square of the view in pixels of the picture, upright there."""
        x, y = self.to_picture @ np.array([box.x, box.y, 1], np.float32)
        return CropBox(float(x), float(y), self.scale * box.side)

    def region(self, region: Region) -> Region:
        """Return a region of the view in pixels of the picture."""
        x, y = self.to_picture @ np.array([region.x, region.y, 1], np.float32)
        return Region(float(x), float(y), self.scale * region.side, self.angle + region.angle)


def still_views(picture: Picture) -> Iterator[View]:
    """Yield the views to search in a still, the most promising first."""
    height, width = picture.shape[:2]
    side = max(height, width)
    centre = ((width - 1) / 2, (height - 1) / 2)
    yield view_of(picture, centre, side, 0)
    yield view_of(picture, centre, 1.6 * side, 0)  # a face that fills the picture
    yield view_of(picture, centre, 2.6 * side, 0)
    for angle in (-35, 35):
        yield view_of(picture, centre, 1.3 * side, angle)
    for tiles in (2, 4) if side >= 256 else ():  # small faces
        for middle, size in _squares(picture, tiles):
            yield view_of(picture, middle, size, 0)
    for angle in (90, -90):
        yield view_of(picture, centre, 1.3 * side, angle)


def video_views(picture: Picture) -> list[Callable[[], View]]:
    """Return makers of further views of a video's frame, where the whole frame shows no face: lying and far faces."""
    height, width = picture.shape[:2]
    side = max(height, width)
    centre = ((width - 1) / 2, (height - 1) / 2)
    whole = [(centre, zoom * side, angle) for zoom, angle in ((1.3, 90), (1.3, -90), (1.6, 0), (1, 180))]
    tiles = _squares(picture, math.ceil(1.5 * side / _TILED_PX)) if side >= _TILED_PX else ()
    return [partial(view_of, picture, *place) for place in (*whole, *((middle, size, 0.0) for middle, size in tiles))]


def _squares(picture: Picture, count: int) -> Iterator[tuple[tuple[float, float], float]]:
    """Yield centre and side of overlapping squares, `count` along the longer side."""
    height, width = picture.shape[:2]
    side = 1.5 * max(height, width) / count
    for y in np.arange(side / 2, max(height - side / 4, side / 2 + 1), side / 2):
        for x in np.arange(side / 2, max(width - side / 4, side / 2 + 1), side / 2):
            yield (float(x), float(y)), side


def view_of(picture: Picture, centre: tuple[float, float], side: float, angle_deg: float) -> View:
    """Return the square of `side` px around `centre`, rotated, at the picture's own resolution at most."""
    size = int(min(max(side, 64), LARGEST_VIEW_PX))
    unscaled = angle_deg == 0 and 64 <= side < LARGEST_VIEW_PX
    scale = 1.0 if unscaled else side / size
    cos, sin = scale * np.cos(np.radians(angle_deg)), scale * np.sin(np.radians(angle_deg))
    rotation = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(centre) - rotation @ np.full(2, (size - 1) / 2)
    if unscaled:  # copy pixels without interpolation: the landmarks then equal those of a video
        shift = np.round(shift)
    to_picture = np.column_stack([rotation, shift]).astype(np.float32)
    reduced, factor = _shrunk(picture, max(int(max(picture.shape[:2]) / max(scale, 1.0)), 1))
    half = np.array([0, 0, 0.5])  # pixel centres are half a pixel from the border in both
    to_reduced = (to_picture + half) / factor - half
    image = cv2.warpAffine(
        reduced, to_reduced, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=(127, 127, 127)
    )
    return View(image.astype(np.uint8, copy=False), to_picture, picture)


def _shrunk(image: Picture, side: int) -> tuple[Picture, float]:
    """Return the picture with a longer side of at most `side`, and the reduction factor."""
    height, width = image.shape[:2]
    factor = max(height, width) / side
    if factor <= 1:
        return image, 1.0
    size = (max(round(width / factor), 1), max(round(height / factor), 1))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False), factor
