"""Affine maps of the plane as arrays (2, 3): the matrix, then the shift. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.geometry.head_pose import Array

Points = NDArray[np.floating]


def similarity(start: Points, end: Points) -> Array:
    """Fit shift, scale and roll from points (K, 2) to others, least squares."""
    middle, goal = (np.asarray(points, np.float64).mean(0) for points in (start, end))
    a, b = ((points - centre) @ (1, 1j) for points, centre in ((start, middle), (end, goal)))
    factor = np.vdot(a, b) / max(np.vdot(a, a).real, 1e-9)
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    return np.column_stack([turn, goal - turn @ middle])


def moved(points: Points, affine: Array) -> Array:
    """Return points (K, 2) where the map brings them."""
    return np.asarray(points @ affine[:, :2].T + affine[:, 2], np.float64)


def inverse(affine: Array) -> Array:
    """Return the map back."""
    return np.asarray(cv2.invertAffineTransform(affine), np.float64)


def combined(first: Array, then: Array) -> Array:
    """Return the map that does one, then the other."""
    return np.column_stack([then[:, :2] @ first[:, :2], then[:, :2] @ first[:, 2] + then[:, 2]])
