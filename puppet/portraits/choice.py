"""Choosing the pictures of a portrait: the neutral one, and those that show what the others do not.

Pure functions of the candidates' values; safe on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from puppet.geometry.face_shape import FaceShape, FaceShapes, distances, openness
from puppet.geometry.head_pose import Array

_ALIKE = 0.02
"""Pictures nearer to one another than this, in `Distances.face`, are alike."""
_MOST_FRONTAL_RAD = np.radians(25.0)
_EYES_SHARE = 0.15  # of the eyes' distances, whose unit is larger, beside the face's
_POOL = 400


def frontal(shape: FaceShape) -> bool:
    """Return True if a face is seen from the front, so that it can be the neutral picture."""
    return bool(np.abs(shape.turn[:2]).max() < _MOST_FRONTAL_RAD)


def neutral_of(shapes: Sequence[FaceShape], sharpness: Array) -> int | None:
    """Return the index of the most neutral face; None when none is frontal.

    Neutral is frontal and upright, with closed lips and open eyes, sharp, and not far from most others.

    Args:
        shapes: the candidates.
        sharpness: (N,) of the pictures.
    """
    possible = [index for index, shape in enumerate(shapes) if frontal(shape)]
    if not possible:
        return None
    lips, eyes = np.array([openness(shapes[index]) for index in possible]).T
    turns = np.array([np.linalg.norm(shapes[index].turn) for index in possible])
    open_eyes = np.percentile(eyes, 75)
    usual = np.median([shapes[index].mouth.ravel() for index in possible], axis=0)
    smile = np.array([float(np.abs(shapes[index].mouth.ravel() - usual).mean()) for index in possible])
    widths = np.array([float(np.ptp(shapes[index].mouth[:, 0])) for index in possible])
    smile += 2 * (widths - np.median(widths)).clip(0)  # which of two is the smile, the median does not tell
    blur = 1 - sharpness[possible] / max(float(sharpness[possible].max()), 1e-9)
    own = FaceShapes.of([shapes[index] for index in possible])
    apart = np.sqrt((distances(own, own).face ** 2).mean(1))
    cost = turns + 2 * lips.clip(0) + smile + 2 * (open_eyes - eyes).clip(0) + 0.3 * blur + 2 * apart
    return possible[int(cost.argmin())]


def choose(shapes: Sequence[FaceShape], quality: Array, first: int, most: int) -> list[int]:
    """Return the indices of up to `most` pictures, the neutral one first; no two are alike.

    Every next picture is the one that brings all candidates nearest to a chosen one, in face, mouth and eyes: what a
    person does often is shown exactly, what they do seldom is shown too, because distances count by their square.

    Args:
        shapes: the candidates.
        quality: (N,) in (0, 1]: a better picture is preferred among alike ones.
        first: index of the neutral picture.
        most: number of pictures.
    """
    pool = _pool(len(shapes), first)
    own = FaceShapes.of([shapes[index] for index in pool])
    found = distances(own, own)
    parts = np.stack([found.face, found.mouth, *(_EYES_SHARE * found.eyes)])
    squares = parts**2
    start = int(np.flatnonzero(pool == first)[0])
    chosen, nearest = [start], squares[:, start]
    weights = np.array([1.0, 1.0, 0.5, 0.5])[:, None, None]
    while len(chosen) < most:
        gain = (weights * (nearest[:, None] - squares.transpose(0, 2, 1)).clip(0)).sum((0, 2)) * quality[pool]
        gain[found.face[chosen].min(0) < _ALIKE] = 0
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        chosen.append(best)
        nearest = np.minimum(nearest, squares[:, best])
    return [int(pool[index]) for index in chosen]


def _pool(count: int, first: int) -> NDArray[np.int64]:
    """Return evenly spaced indices of at most `_POOL` candidates, `first` among them."""
    spaced = np.linspace(0, count - 1, min(count, _POOL)).round().astype(np.int64)
    return np.unique(np.append(spaced, first))
