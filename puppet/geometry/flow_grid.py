"""The grid of measured body motion: `SIDE`² cells over a square, with the motion of each weighted by its certainty.

An array (SIDE, SIDE, 3) float32 holds for each cell certainty · offset (x, then y, normalised) and the certainty in
[0, 1]. The offset leads from the cell's place now to its place at rest. Weighted offsets may be added, averaged and
enlarged like pictures. Pure functions of values, safe on any thread.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from puppet.domain import Floats
from puppet.geometry.head_pose import Array

SIDE, PIXELS = 32, 4
"""Cells along a side, and pixels along a cell of the square in which motion is measured."""


@cache
def places() -> Floats:
    """Return (SIDE,): normalised coordinates of the cells' centres, each the middle of `PIXELS` pixels."""
    pixels = PIXELS * SIDE
    return np.asarray(((np.arange(SIDE) + 0.5) * PIXELS - 0.5) * (2 / (pixels - 1)) - 1, np.float32)


def aligned(cells: Floats, scale: float, centre: Array, own_centre: Array) -> Floats:
    """Return the cells of one square as they lie in another.

    Args:
        cells: (SIDE, SIDE) or (SIDE, SIDE, n) of any values, which are moved but not scaled.
        scale: size of things in the other square to their size in the first.
        centre: (2,): a normalised place in the first square.
        own_centre: (2,): the same place in the other one.
    """
    first, second = places()[:2]
    # Cell of the first square for each cell of the other.
    offset = ((first - own_centre) / scale + centre - first) / (second - first)
    affine = np.column_stack([np.eye(2) / scale, offset])
    method = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(cells, affine, (SIDE, SIDE), flags=method, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def followed(flow: Floats, further: Floats) -> Floats:
    """Return two motions one after the other: from a place now to its place at rest, and from there by `further`."""
    certainty = np.maximum(flow[..., 2:], np.float32(1e-3))
    step = places()[1] - places()[0]
    then = cv2.remap(
        further, _cells() + flow[..., :2] / (step * certainty), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )  # type: ignore[call-overload] # None: the map has both axes
    offset = then[..., 2:] * flow[..., :2] + flow[..., 2:] * then[..., :2]
    return np.asarray(np.dstack([offset, flow[..., 2] * then[..., 2]]), np.float32)


@cache
def _cells() -> Floats:
    """Return (SIDE, SIDE, 2): column and row of each cell."""
    axis = np.arange(SIDE, dtype=np.float32)
    return np.dstack(np.meshgrid(axis, axis))
