"""Similarity of two poses of one person: the whole face, the mouth, each eye.

Portraits of several pictures are made and animated by these distances. NumPy only; well under a millisecond; safe on
any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, rotation_vector

_LIPS = np.unique(np.concatenate([lm.UPPER_LIPS.ravel(), lm.LOWER_LIPS.ravel(), lm.LIP_CORNERS]))
_BROW_POINTS = np.concatenate(lm.BROWS)
_ALL = 468  # without the irises
# Weights of the distances beside one another, chosen by the perceptual distance of warped pictures
# (docs/results/several.md).
_TURN, _MOUTH, _EYES, _BROWS, _BODY = 0.5, 0.1, 0.1, 1.0, 0.2
# A picture that shows the expression better by more than this is worth an exchange of head and hair: cheeks and folds
# belong to it, and the networks correct its own mouth.
_EXPRESSION_MOUTH, _EXPRESSION_OPENING, _ALIKE_EXPRESSION = 0.6, 0.22, 0.06
_MOUTH_PLACE, _MOUTH_OPENING = 0.6, 0.4
_EYE_TURN = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class FaceShape:
    """One pose of a face, as far as it decides which picture fits.

    Attributes:
        points: (468, 2) normalised landmarks.
        head: the head's pose.
        turn: (3,) radians: rotation vector of the head from the front; x is pitch, y yaw, z roll.
        own: (478, 3): the face in the head's own frame.
        mouth: (L, 2): the lips in the head's own frame.
        opening: square root of the lips' aperture: a little of the teeth differs more from none than from all.
        eyes: (2, 9): per eye the seven apertures of its lids and the iris' place, in widths of the eye.
        brows: (K, 2): the brows in the head's own frame.
        body: (B, 2): normalised keypoints of shoulders and hair; None: unknown.
    """

    points: Array
    head: Head
    turn: Array
    own: Array
    mouth: Array
    opening: float
    eyes: Array
    brows: Array
    body: Array | None = None


def shape_of(pose: Keypoints) -> FaceShape:
    """Describe a pose of 478 landmarks with depth. Raises ValueError for other keypoints."""
    face = face_of(pose)
    head = fit_head(face)
    own = head.to_own(face)
    eyes = np.array([_eye(own, eye) for eye in (0, 1)])
    aperture = float((own[lm.LOWER_LIPS[0], 1] - own[lm.UPPER_LIPS[0], 1]).mean())
    turn, opening = rotation_vector(head.rotation), max(aperture, 0.0) ** 0.5
    body = None if pose.body is None else pose.body.astype(np.float64)
    return FaceShape(face[:_ALL, :2], head, turn, own, own[_LIPS, :2], opening, eyes, own[_BROW_POINTS, :2], body)


@dataclass(frozen=True, slots=True, eq=False)
class FaceShapes:
    """N poses, stacked for `distances`: a row each.

    Attributes:
        points: (N, 936): landmarks.
        turn: (N, 3).
        mouth: (N, 2 L).
        opening: (N, 1).
        eyes: (2, N, 9).
        brows: (N, 2 K).
        body: (N, 2 B); None: unknown of one of them.
    """

    points: Array
    turn: Array
    mouth: Array
    opening: Array
    eyes: Array
    brows: Array
    body: Array | None

    @classmethod
    def of(cls, shapes: Sequence[FaceShape]) -> FaceShapes:
        """Stack poses."""
        bodies = [shape.body.ravel() for shape in shapes if shape.body is not None]
        return cls(
            np.array([shape.points.ravel() for shape in shapes]),
            np.array([shape.turn for shape in shapes]),
            np.array([shape.mouth.ravel() for shape in shapes]),
            np.array([[shape.opening] for shape in shapes]),
            np.array([shape.eyes for shape in shapes]).transpose(1, 0, 2),
            np.array([shape.brows.ravel() for shape in shapes]),
            np.array(bodies) if len(bodies) == len(shapes) else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Distances of N poses from M others.

    Attributes:
        whole: (N, M): of the faces, their expressions, and of shoulders and hair where they are known.
        face: (N, M): how far a picture has to be moved to show the other pose: place, turn, mouth, eyes, brows.
        mouth: (N, M): of the mouths, in the mean face's unit; that of the faces counts as well.
        eyes: (2, N, M): of the lids and the gaze, in widths of the eye; the turn of the head counts as well.
        lips: (N, M): of the mouths alone.
        lids: (2, N, M): of the lids and the gaze alone.
    """

    whole: Array
    face: Array
    mouth: Array
    eyes: Array
    lips: Array
    lids: Array


def distances(poses: FaceShapes, others: FaceShapes) -> Distances:
    """Compare every pose with every other one."""
    turn = _apart(poses.turn, others.turn, 1)
    mouth = _apart(poses.mouth, others.mouth, len(_LIPS))
    eyes = np.array([_apart(own, other, 9) for own, other in zip(poses.eyes, others.eyes, strict=True)])
    opening = _apart(poses.opening, others.opening, 1)
    brows = _apart(poses.brows, others.brows, len(_BROW_POINTS))
    place = _apart(poses.points, others.points, _ALL)
    face = place + _TURN * turn + _MOUTH * mouth + _EYES * eyes.sum(0) + _BROWS * brows
    expression = _EXPRESSION_MOUTH * mouth + _EXPRESSION_OPENING * opening
    whole = face + (expression - expression.min(0) - _ALIKE_EXPRESSION).clip(0)
    if poses.body is not None and others.body is not None:
        whole += _BODY * _apart(poses.body, others.body, poses.body.shape[1] // 2)
    in_face, in_turn = mouth + _MOUTH_PLACE * face + _MOUTH_OPENING * opening, eyes + _EYE_TURN * turn
    return Distances(whole, face, in_face, in_turn, mouth, eyes)


def _apart(own: Array, others: Array, count: int) -> Array:
    """Return the root mean square distances (N, M) of `count` points, or numbers, in rows (N, D) and (M, D)."""
    squares = (own**2).sum(1)[:, None] + (others**2).sum(1)[None] - 2 * own @ others.T
    return np.asarray(np.sqrt(squares.clip(0) / count))


def openness(shape: FaceShape) -> tuple[float, float]:
    """Return the apertures of the lips, in the mean face's unit, and of the eyes, in widths of an eye."""
    lips = shape.own[lm.LOWER_LIPS[0], 1] - shape.own[lm.UPPER_LIPS[0], 1]
    return float(lips.mean()), float(shape.eyes[:, :-2].mean())


def _eye(own: Array, eye: int) -> Array:
    corners = own[lm.EYE_CORNERS[eye], :2]
    width = max(float(np.linalg.norm(corners[1] - corners[0])), 1e-6)
    gaps = own[lm.LOWER_LIDS[eye][0], 1] - own[lm.UPPER_LIDS[eye][0], 1]
    iris = own[lm.IRISES[eye][0], :2] - corners.mean(0)
    return np.concatenate([gaps, iris]) / width
