"""Neutral pose of an offline rendering: the first driving frame with a face, the one most like the source, or a number.

Called once before rendering; poses are detected as for rendering itself. Blocking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from puppet.domain import Floats, Frame, Keypoints, Picture
from puppet.errors import MediaError, TrackingError
from puppet.pipeline.puppeteer import Puppeteer

DetectPoints = Callable[[Picture], Floats | None]
"""Returns a picture's pose as (K, 2) float32 in any unit, or None without a face."""


def neutral_frame(puppeteer: Puppeteer, frames: Iterable[Frame], name: Path, which: str | int) -> Frame:
    """Return the driving frame with the neutral pose.

    Args:
        puppeteer: detects the poses; "best" compares them with its portrait.
        frames: the driving clip, read until the frame is found.
        name: the clip's file, for errors.
        which: "first", "best" or the number of a frame.

    Raises:
        TrackingError: no frame, or not the numbered one, shows a face.
        MediaError: the number is past the end.
    """

    def detect(image: Picture) -> Floats | None:
        pose = puppeteer.pose(image)
        return None if pose is None else pose.points

    if isinstance(which, int):
        return numbered_frame(frames, detect, name, which)
    if which == "first" or puppeteer.portrait is None:
        return first_frame(frames, detect, name)
    return best_frame(frames, detect, name, puppeteer.portrait.keypoints.points)


def neutral_pose(
    source: Keypoints, poses: Sequence[Keypoints | None], neutral: Keypoints | None, name: Path, which: str | int
) -> Keypoints:
    """Return the neutral pose of a motion track; "first" means the track's own. Raises MediaError, TrackingError."""
    if isinstance(which, int):
        if which >= len(poses):
            raise _past_end(name, len(poses), which)
        if (chosen := poses[which]) is None:
            raise _no_face_in(name, which)
        return chosen
    shown = [pose for pose in poses if pose is not None]
    if which == "best":
        return min(shown, key=lambda pose: distance(source.points, pose.points))
    return neutral or shown[0]


def first_frame(frames: Iterable[Frame], detect: DetectPoints, name: Path) -> Frame:
    """Return the first frame with a pose. Raises TrackingError when no frame has one."""
    for frame in frames:
        if detect(frame.image) is not None:
            return frame
    raise _no_face(name)


def numbered_frame(frames: Iterable[Frame], detect: DetectPoints, name: Path, number: int) -> Frame:
    """Return frame `number`, counted from 0. Raises MediaError past the end, TrackingError without a pose."""
    count = 0
    for frame in frames:
        if count == number:
            if detect(frame.image) is None:
                raise _no_face_in(name, number)
            return frame
        count += 1
    raise _past_end(name, count, number)


def best_frame(frames: Iterable[Frame], detect: DetectPoints, name: Path, source: Floats) -> Frame:
    """Return the frame whose pose is most like the source's. Raises TrackingError when no frame has a pose."""
    best: Frame | None = None
    least = np.inf
    for frame in frames:
        points = detect(frame.image)
        if points is not None and (difference := distance(source, points)) < least:
            best, least = frame, difference
    if best is None:
        raise _no_face(name)
    return best


def distance(first: Floats, second: Floats) -> float:
    """Return the root mean square distance of two poses' points after both are centred and scaled to one size."""
    return float(np.sqrt(np.mean((_normalised(first) - _normalised(second)) ** 2)))


def _normalised(points: Floats) -> Floats:
    centred = points - points.mean(axis=0)
    return np.asarray(centred / max(float(np.sqrt(np.mean(centred**2))), 1e-9), np.float32)


def _no_face(name: Path) -> TrackingError:
    return TrackingError(f"{name}: no face in any frame; choose a clip that shows a face from the front")


def _no_face_in(name: Path, number: int) -> TrackingError:
    return TrackingError(f"{name}: frame {number} has no face; choose another with --neutral")


def _past_end(name: Path, count: int, number: int) -> MediaError:
    return MediaError(f"{name}: has {count} frames, counted from 0; --neutral {number} is past the end")
