"""Head pose from landmarks with depth: the pose of the skull, independent of the expression.

NumPy only; used between tracking and rendering.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm

Array = NDArray[np.float64]

FRONT_VIEW_DEG = 18.0, 60.0
"""Turns of a portrait's head from which it is worth a front view, and up to which its near half is known."""
_SKULL_DEPTH = 0.4
"""Distance of the skull's centre, about which heads turn, behind the middle of the face, in heights of the face."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head's pose: face = centre + size · rotation · (face in the head's own frame).

    Attributes:
        rotation: (3, 3) from the frontal mean face; x right, y down, z away from the camera.
        size: length of the mean face's unit, in the unit of the points.
        centre: (3,) position of the mean face's centre.
    """

    rotation: Array
    size: float
    centre: Array

    def to_own(self, points: Array) -> Array:
        """Return points (K, 3) in the head's own frame: frontal, in units of the mean face."""
        return (points - self.centre) @ self.rotation / self.size

    def to_camera(self, points: Array) -> Array:
        """Inverse of `to_own`."""
        return points @ self.rotation.T * self.size + self.centre

    def skull(self) -> Array:
        """Return the skull's centre (3,)."""
        return self.centre + self.size * self.rotation @ _skull()

    def aside_deg(self) -> float:
        """Return how far the face looks aside, in degrees; above 0: the half on the right of the picture is far."""
        return float(np.degrees(np.arctan2(self.rotation[2, 0], self.rotation[2, 2])))

    def turned_to(self, rotation: Array) -> Head:
        """Return the head with another rotation, turned about its skull's centre."""
        return Head(rotation, self.size, self.skull() - self.size * rotation @ _skull())


@cache
def face_height() -> float:
    """Return the height of the mean face, from chin to forehead."""
    return float(np.linalg.norm(lm.mean_face()[lm.FOREHEAD] - lm.mean_face()[lm.CHIN]))


@cache
def _skull() -> Array:
    """Return the skull's centre (3,) in the head's own frame."""
    return np.array([0.0, 0.0, _SKULL_DEPTH * face_height()])


def face_of(keypoints: Keypoints) -> Array:
    """Return landmarks with their depth, (478, 3) float64. Raises ValueError for other keypoints."""
    if keypoints.depth is None or len(keypoints.points) != lm.COUNT:
        raise ValueError(f"Landmark motion needs {lm.COUNT} points with depth; found {len(keypoints.points)} points")
    return np.column_stack([keypoints.points, keypoints.depth]).astype(np.float64)


def fit_head(face: Array) -> Head:
    """Fit the head pose of a face (478, 3) to its stable points."""
    rotation, size, centre = _similarity(lm.mean_face()[lm.STABLE], face[lm.STABLE])
    return Head(rotation, size, centre)


def moved_head(head: Head, rest: Array, face: Array) -> Head:
    """Return the pose in `face` of the head with pose `head` in `rest`: fitted to the person's own shape."""
    rotation, size, shift = _similarity(rest[lm.STABLE] - head.centre, face[lm.STABLE])
    return Head(rotation @ head.rotation, size * head.size, shift)


def moved_onto(rest: Array, face: Array) -> Array:
    """Return a face at rest (478, 3), in any frame, moved to where the skull of `face` is."""
    rotation, size, centre = _similarity(rest[lm.STABLE], face[lm.STABLE])
    return Head(rotation, size, centre).to_camera(rest)


def _similarity(start: Array, end: Array) -> tuple[Array, float, Array]:
    """Fit rotation, scale and shift: end ≈ shift + scale · rotation · start (Umeyama 1991, least squares)."""
    start_mean, end_mean = start.mean(0), end.mean(0)
    centred = start - start_mean
    left, singular, right = np.linalg.svd((end - end_mean).T @ centred)
    signs = np.array((1.0, 1.0, np.sign(np.linalg.det(left @ right)) or 1.0))
    rotation = (left * signs) @ right
    scale = max(float((singular * signs).sum() / max(float((centred**2).sum()), 1e-12)), 1e-6)
    return rotation, scale, end_mean - scale * rotation @ start_mean


def rotation_vector(rotation: Array) -> Array:
    """Return (3,) radians: axis times angle of a rotation below a half turn."""
    twice = rotation - rotation.T
    axis: Array = np.array((twice[2, 1], twice[0, 2], twice[1, 0])) / 2
    sine = float(np.linalg.norm(axis))
    angle = float(np.arctan2(sine, (np.trace(rotation) - 1) / 2))
    return axis if sine < 1e-9 else axis * (angle / sine)


def rotation_matrix(vector: Array) -> Array:
    """Inverse of `rotation_vector` (Rodrigues' formula)."""
    angle = float(np.linalg.norm(vector))
    x, y, z = vector
    cross = np.array(((0, -z, y), (z, 0, -x), (-y, x, 0)))
    if angle < 1e-9:
        return np.asarray(np.eye(3) + cross)
    rotation: Array = np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * cross @ cross
    return rotation
