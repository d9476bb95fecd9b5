"""Neutral pose of an offline rendering: the performer at rest, or that of one driving frame.

Called once before rendering, for the frames of a clip or the poses of a motion track. Blocking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import numpy as np

from puppet.domain import Floats, Keypoints
from puppet.errors import MediaError, TrackingError
from puppet.motion.resting_face import RestingFace

Item = TypeVar("Item")


def choose_neutral(
    items: Iterable[Item], pose_of: Callable[[Item], Keypoints | None], which: str | int, source: Keypoints, name: Path
) -> tuple[Item, Keypoints]:
    """Return the item with the neutral pose, and the pose.

    Args:
        items: frames or poses in order, read until the item is found.
        pose_of: returns the pose of an item, in any unit, or None without a face.
        which: "first", "best" (most like the source) or the number of an item, counted from 0.
        source: pose of the source, in any unit.
        name: file of the items, for errors.

    Raises:
        TrackingError: no item, or not the numbered one, shows a face.
        MediaError: the number is past the end.
    """
    if isinstance(which, int):
        return _numbered(items, pose_of, which, name)
    shown = ((item, pose) for item in items if (pose := pose_of(item)) is not None)
    if which == "best":
        chosen = min(shown, key=lambda each: distance(source.points, each[1].points), default=None)
    else:
        chosen = next(shown, None)
    if chosen is None:
        raise no_face(name)
    return chosen


def no_face(name: Path) -> TrackingError:
    """Return the error about a clip without a face."""
    return TrackingError(f"{name}: no face in any frame; choose a clip that shows a face from the front")


def pose_at_rest(poses: Iterable[Keypoints]) -> Keypoints | None:
    """Return the head pose of the first of some landmarks, with the expression at rest of all; None of no pose."""
    anchor, resting = None, RestingFace()
    for pose in poses:
        anchor = anchor or pose
        resting.add(pose)
    return anchor and resting.neutral(anchor)


def _numbered(
    items: Iterable[Item], pose_of: Callable[[Item], Keypoints | None], number: int, name: Path
) -> tuple[Item, Keypoints]:
    count = 0
    for item in items:
        if count == number:
            if (pose := pose_of(item)) is None:
                raise TrackingError(f"{name}: frame {number} has no face; choose another with --neutral")
            return item, pose
        count += 1
    raise MediaError(f"{name}: has {count} frames, counted from 0; --neutral {number} is past the end")


def distance(first: Floats, second: Floats) -> float:
    """Return the root mean square distance of two poses' points after both are centred and scaled to one size."""
    return float(np.sqrt(np.mean((_normalised(first) - _normalised(second)) ** 2)))


def _normalised(points: Floats) -> Floats:
    centred = points - points.mean(axis=0)
    return np.asarray(centred / max(float(np.sqrt(np.mean(centred**2))), 1e-9), np.float32)
