"""Mouth and eyes of another picture of the same person, set into the picture a frame is made of.

After the corrections of the detail networks, on the thread that paints. Each part is warped by its landmarks, its light
and colour are matched at its border, and it is blended in with a soft edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.layered_compositor import Composition
from puppet.compositing.placement import interpolated
from puppet.domain import Floats, Keypoints, Picture
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array

_SMALLEST_PX = 8
_SOFT = 0.1  # of a part's width: softness of its edge
_CELLS = 32  # side of the small box in which a part is fitted
_INNER_WEIGHT = 3.0
_RIDGE = 1e-3
_SUBPIXEL_BITS = 4


class Part(Enum):
    """Parts that are taken from another picture."""

    MOUTH = "mouth"
    EYES = "eyes"


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """A part of another picture of the same person.

    Attributes:
        part: the part.
        layers: of the picture.
        keypoints: its pose.
        weight: share of the part in the result, in (0, 1].
    """

    part: Part
    layers: Composition
    keypoints: Keypoints
    weight: float


def add_parts(picture: Picture, driven: Keypoints, donors: Sequence[Donor]) -> None:
    """Blend parts of other pictures into a composed one, in place.

    Args:
        picture: of `Composition.compose`.
        driven: its pose.
        donors: drawn in this order.
    """
    for donor in donors:
        for region in _regions(donor.part):
            _add(picture, driven, donor, region)


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """Part of a face that is taken over.

    Attributes:
        outline: landmarks of its outline, before it is grown.
        growth: (2,) across and down.
        around: landmarks that move it.
        weights: (K, 1): of these; those of the outline, and what it surrounds, count most.
    """

    outline: lm.Indices
    growth: tuple[float, float]
    around: lm.Indices
    weights: Array


@cache
def _regions(part: Part) -> list[_Region]:
    """Return the mouth, or both eyes."""
    if part is Part.MOUTH:
        return [_region(lm.AROUND_LIPS, (1.0, 1.0), (1.2, 1.3))]
    lids = zip(lm.UPPER_LIDS, lm.LOWER_LIDS, lm.EYE_CORNERS, strict=True)
    outlines = [np.concatenate([upper[1], lower[1], corners]) for upper, lower, corners in lids]
    return [_region(outline, (1.15, 1.3), (1.35, 1.6)) for outline in outlines]


def _region(outline: lm.Indices, growth: tuple[float, float], reach: tuple[float, float]) -> _Region:
    face = lm.mean_face()[:, :2]
    low, high = face[outline].min(0), face[outline].max(0)
    away = np.abs(face - (low + high) / 2) / ((high - low) / 2)
    around = np.flatnonzero((away <= reach).all(1))
    return _Region(outline, growth, around, np.where((away[around] <= 1).all(1), _INNER_WEIGHT, 1.0)[:, None])


def _add(picture: Picture, driven: Keypoints, donor: Donor, region: _Region) -> None:
    placement = donor.layers.placement
    pixels = _grown(placement.of_normalised(driven.points[region.outline]), region.growth)
    soft = _SOFT * float(np.ptp(pixels[:, 0]))
    size = np.array(picture.shape[1::-1])
    low = np.floor(pixels.min(0) - 2 * soft).clip(0, size).astype(int)
    high = np.ceil(pixels.max(0) + 2 * soft + 1).clip(0, size).astype(int)
    width, height = high - low
    if min(width, height) < _SMALLEST_PX:
        return
    own, theirs = (placement.of_normalised(pose.points[region.around]) for pose in (driven, donor.keypoints))
    to_cell = np.array([[(_CELLS - 1) / (width - 1), 0, 0], [0, (_CELLS - 1) / (height - 1), 0]], np.float32)
    moved = donor.layers.sample(_places(own, theirs, region.weights, low, high), to_cell, (width, height))
    mask = _mask((pixels - low) @ to_cell[:, :2].T, (soft / 2 * to_cell[0, 0], soft / 2 * to_cell[1, 1]))
    part = np.ascontiguousarray(picture[low[1] : high[1], low[0] : high[0]])
    _match(moved, part, mask)
    weight = interpolated(mask * np.float32(donor.weight), to_cell, (width, height))
    picture[low[1] : high[1], low[0] : high[0]] = cv2.blendLinear(moved, part, weight, 1 - weight)


def _grown(points: Array, growth: tuple[float, float]) -> Array:
    centre = (points.min(0) + points.max(0)) / 2
    return np.asarray(centre + (points - centre) * growth)


def _places(own: Array, theirs: Array, weights: Array, low: NDArray[np.int64], high: NDArray[np.int64]) -> Floats:
    """Return the places (_CELLS, _CELLS, 2) in the donor's picture of a box from `low` to `high`, exclusive.

    A polynomial of the fourth degree, fitted to the landmarks `own` and `theirs` (K, 2): smoother than the mesh between
    the landmarks, which two detections never place quite alike.
    """
    centre, half = (low + high - 1) / 2, np.maximum((high - 1 - low) / 2, 1)
    powers = _powers((own - centre) / half) * weights
    factors = np.linalg.solve(
        powers.T @ powers + _RIDGE * np.eye(powers.shape[1]), powers.T @ ((theirs - own) * weights)
    )
    places = _cells()[0] * half + centre + _cells()[1] @ factors
    return places.reshape(_CELLS, _CELLS, 2).astype(np.float32)


@cache
def _cells() -> tuple[Array, Array]:
    """Return the places (N, 2) in [-1, 1] of the cells of a box, and their powers."""
    line = np.linspace(-1, 1, _CELLS)
    at = np.dstack(np.meshgrid(line, line)).reshape(-1, 2)
    return at, _powers(at)


def _powers(at: Array) -> Array:
    """Return (K, 15): the monomials of points (K, 2) up to the fourth degree."""
    x, y = np.cumprod(np.repeat(at.T[:, None], 4, 1), 1)
    mixed = [x[i] * y[j] for i, j in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0))]
    return np.stack([np.ones(len(at)), *x, *y, *mixed], 1)


def _mask(outline: Array, softness: tuple[float, float]) -> Floats:
    """Return (_CELLS, _CELLS): 1 inside of the convex hull of an outline, with a soft edge."""
    mask = np.zeros((_CELLS, _CELLS), np.float32)
    hull = cv2.convexHull((outline * (1 << _SUBPIXEL_BITS)).round().astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1.0, cv2.LINE_8, _SUBPIXEL_BITS)
    across, down = (max(each, 0.3) for each in softness)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigmaX=across, sigmaY=down), np.float32)


def _match(theirs: Picture, part: Picture, mask: Floats) -> None:
    """Give the donor's pixels, in place, the slowly varying colours of the picture along the border of the mask."""
    mask = mask[::2, ::2]
    size = mask.shape[1::-1]
    small, own = (cv2.resize(each, size, interpolation=cv2.INTER_AREA).astype(np.float32) for each in (theirs, part))
    border = np.asarray(4 * mask * (1 - mask) + 1e-4, np.float32)[..., None]
    weighted = cv2.GaussianBlur(np.dstack([(own - small) * border, border]), (0, 0), size[0] / 4)
    slow = weighted[..., :3] / weighted[..., 3:]
    change = cv2.resize(slow.round().astype(np.int16), theirs.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    cv2.add(theirs, change, theirs, dtype=cv2.CV_8U)
