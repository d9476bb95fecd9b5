"""Apertures of lids and lips, measured on faces in the head's own frame. NumPy only; pure functions."""

from __future__ import annotations

from functools import cache

import numpy as np

from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array
from puppet.geometry.smoothstep import smoothstep


def lip_gap(faces: Array) -> Array:
    """Return the lips' aperture (..., columns); faces: (..., 478, 3)."""
    return _gap(faces, lm.UPPER_LIPS, lm.LOWER_LIPS)


def lid_gap(faces: Array, eye: int) -> Array:
    """Return the aperture (..., columns) of one eye's lids."""
    return _gap(faces, lm.UPPER_LIDS[eye], lm.LOWER_LIDS[eye])


def eye_width(faces: Array, eye: int) -> Array:
    """Return the distance (...) of an eye's corners, above 0."""
    return np.asarray(np.maximum(np.ptp(faces[..., lm.EYE_CORNERS[eye], 0], axis=-1), 1e-6))


def eye_openness(faces: Array, eye: int) -> Array:
    """Return the mean aperture (...) of an eye's lids, in widths of the eye."""
    return np.asarray(lid_gap(faces, eye).mean(-1) / eye_width(faces, eye))


@cache
def lower_face() -> Array:
    """Return (478, 1) in [0, 1]: 0 from the lower lids up, 1 from the nose's base down."""
    return smoothstep(lm.mean_face()[:, 1:2], -0.25, 0.25)


def _gap(faces: Array, upper: lm.Indices, lower: lm.Indices) -> Array:
    """Return the vertical distance (..., columns) from the upper margin to the lower one."""
    distance: Array = faces[..., lower[0], 1] - faces[..., upper[0], 1]
    return distance
