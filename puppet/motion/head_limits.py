"""Limits of the head's motion from the portrait's own pose, so that nobody is turned or moved beyond what looks right.

A part of `LandmarkTransfer`. Pure functions; NumPy only.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from puppet.domain import Floats
from puppet.geometry.head_pose import FRONT_VIEW_DEG, Array, Head, rotation_vector

_ROTATION_LIMIT_RAD = np.radians((24.0, 30.0, 35.0))  # pitch, yaw, roll
_ASIDE_RAD, _LEAST_ASIDE_RAD = np.radians((48.0, 10.0))
"""Yaw up to which a portrait that looks aside turns farther aside, and how far it always does."""
_BEYOND, _FARTHEST_RAD = 0.6, np.radians(60.0)
"""Share of the limits by which a head turns farther than a further picture shows it, and the farthest turn."""
_HIDDEN, _PAST_FRONT_RAD = 0.95, np.radians(4.5)
"""Share of its yaw by which a portrait turns less to the cheek that it hides, and how far past the front it does."""
_SHIFT_LIMIT = np.array((0.18, 0.12))  # of half the square: the shoulders stay, so the neck can stretch no further


def turn_limit(turn: Array, own: Head, shown: Floats | None = None) -> Array:
    """Return (3,) radians: the largest rotation.

    A smaller yaw towards a cheek that not even a front view shows, and farther aside than a face looks like one; a
    larger one where further pictures show the head turned.

    Args:
        turn: (3,) rotation vector that is asked for.
        own: the portrait's head.
        shown: (2, 3) the farthest turns of further pictures against and along each axis, 0 or more; None: none.
    """
    limit = _ROTATION_LIMIT_RAD.copy()
    yaw = float(rotation_vector(own.rotation)[1])
    least, most = FRONT_VIEW_DEG
    if turn[1] * yaw > 0:
        limit[1] = np.clip(_ASIDE_RAD - abs(yaw), _LEAST_ASIDE_RAD, limit[1])
    elif abs(own.aside_deg()) < least:
        limit[1] = max(limit[1] - _HIDDEN * abs(yaw), abs(yaw) + _PAST_FRONT_RAD)
    elif abs(own.aside_deg()) > most:
        limit[1] *= 0.5
    if shown is None:
        return limit
    known = np.where(turn > 0, shown[1], shown[0]) + _BEYOND * _ROTATION_LIMIT_RAD
    return np.asarray(np.maximum(limit, np.minimum(known, _FARTHEST_RAD)))


def shown_turns(own: Head, others: Iterable[Head]) -> Floats:
    """Return `shown` of `turn_limit` for the heads of further pictures."""
    turns = np.array([(0.0, 0.0, 0.0), *(rotation_vector(other.rotation @ own.rotation.T) for other in others)])
    return np.array([-turns.min(0), turns.max(0)], np.float32)


def limited_shift(shift: Array, portrait: Array) -> Array:
    """Limit a shift (2,) so that the face stays in the square and the neck is not stretched; 0.08 is always allowed."""
    low, high = portrait[:, :2].min(0), portrait[:, :2].max(0)
    room = np.where(shift > 0, 1 - high, low + 1)
    return soft_limit(shift, np.clip(room, 0.08, _SHIFT_LIMIT))


def soft_limit(values: Array, limit: Array | float) -> Array:
    """Return values unchanged up to 0.7 of the limit (> 0), beyond that approaching it."""
    knee = 0.7 * np.asarray(limit)
    span = np.asarray(limit) - knee
    beyond = np.maximum(np.abs(values) - knee, 0)
    kept: Array = np.sign(values) * (np.minimum(np.abs(values), knee) + span * np.tanh(beyond / span))
    return kept
