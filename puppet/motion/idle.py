"""The idle loop: the poses of a portrait that nobody drives. It blinks, breathes, and sways a little.

The poses are made from the portrait's own keypoints, and repeat without a seam after `PERIOD_S`. NumPy only; pure
functions, any thread.
"""

from __future__ import annotations

import numpy as np

from puppet.domain import CHEST, Floats, Keypoints
from puppet.geometry.apertures import lid_gap
from puppet.geometry.head_pose import Head, face_of, fit_head, rotation_matrix
from puppet.motion.landmark_transfer import move_lids

PERIOD_S = 12.0
_BREATHS = 3  # in a period: fifteen a minute
_BLINKS_S = (1.4, 5.2, 5.9, 9.6)  # when the lids begin to close
_CLOSING_S, _CLOSED_S, _OPENING_S = 0.09, 0.05, 0.17
_NOD_RAD, _TURN_RAD, _TILT_RAD = np.radians((0.6, 1.2, 0.6))
_HEAD_RISE, _CHEST_RISE = 0.004, 0.008  # of half the square


def idle_pose(source: Keypoints, time_s: float) -> Keypoints:
    """Return the portrait's pose at a moment of the idle loop.

    Args:
        source: the portrait's own pose. Learned keypoints have no lids: they only breathe.
        time_s: seconds on any clock.
    """
    turn = 2 * np.pi * (time_s % PERIOD_S) / PERIOD_S
    breath, sway = float(np.sin(_BREATHS * turn)), float(np.sin(turn))
    body = None if source.body is None else _breathing(source.body, breath)
    if source.depth is None:
        shift = np.array((0, -_HEAD_RISE * breath), np.float32)
        return Keypoints(source.points + shift, None, source.jacobians, source.covariances, source.segmentation, body)
    face = face_of(source)
    head = fit_head(face)
    own = head.to_own(face)
    for eye in (0, 1):
        move_lids(own, eye, -closed_share(time_s) * np.maximum(lid_gap(own, eye), 0))
    turned = rotation_matrix(np.array((_NOD_RAD * breath, _TURN_RAD * sway, _TILT_RAD * float(np.sin(2 * turn)))))
    centre = head.centre - np.array((0, _HEAD_RISE * breath, 0))
    moved = Head(turned @ head.rotation, head.size, centre).to_camera(own).astype(np.float32)
    return Keypoints(moved[:, :2], moved[:, 2], body=body)


def closed_share(time_s: float) -> float:
    """Return how far the lids are closed at a moment of the idle loop: 0 open, 1 closed."""
    at_s = time_s % PERIOD_S
    edges_s = np.cumsum((0.0, _CLOSING_S, _CLOSED_S, _OPENING_S))
    return max(float(np.interp(at_s - begin_s, edges_s, (0, 1, 1, 0))) for begin_s in _BLINKS_S)


def _breathing(body: Floats, breath: float) -> Floats:
    """Return the body with chest and shoulders raised by a breath in [-1, 1]."""
    moved = body.copy()
    moved[CHEST, 1] -= np.float32(_CHEST_RISE * breath)
    return moved
