"""Which driving frame is the neutral pose of an offline rendering: the first, one by its number, or the best match.

Called once before rendering, with the puppeteer's own eyes. Blocking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from puppet.domain import Floats, Frame, Keypoints, Picture
from puppet.errors import MediaError, TrackingError
from puppet.pipeline.puppeteer import Puppeteer

Shape = Callable[[Picture], Floats | None]
"""A picture's pose as (K, 2) float32 in any unit, or None where there is none to see."""


def neutral_frame(puppeteer: Puppeteer, frames: Iterable[Frame], name: Path, which: str | int) -> Frame:
    """The driving frame that `which` ("first", "best" or a number) names as the neutral pose.

    Raises:
        TrackingError: no frame, or not this one, shows a face.
        MediaError: the number is past the end.
    """

    def shape(image: Picture) -> Floats | None:
        pose = puppeteer.pose(image)
        return None if pose is None else pose.points

    if isinstance(which, int):
        return numbered_frame(frames, shape, name, which)
    if which == "first" or puppeteer.portrait is None:
        return first_frame(frames, shape, name)
    return best_frame(frames, shape, name, puppeteer.portrait.keypoints.points)


def neutral_pose(
    source: Keypoints, poses: Sequence[Keypoints | None], neutral: Keypoints | None, name: Path, which: str | int
) -> Keypoints:
    """The same for a motion track, whose own neutral pose is meant by "first". Raises MediaError, TrackingError."""
    if isinstance(which, int):
        if which >= len(poses):
            raise MediaError(f"{name}: has {len(poses)} frames, counted from 0; --neutral {which} is past the end.")
        if (chosen := poses[which]) is None:
            raise TrackingError(f"{name}: frame {which} has no face; choose another with --neutral.")
        return chosen
    shown = [pose for pose in poses if pose is not None]
    if which == "best":
        return min(shown, key=lambda pose: distance(source.points, pose.points))
    return neutral or shown[0]


def first_frame(frames: Iterable[Frame], shape: Shape, name: Path) -> Frame:
    """The first frame with a pose. Raises TrackingError when there is none."""
    for frame in frames:
        if shape(frame.image) is not None:
            return frame
    raise TrackingError(f"{name}: no face in any frame; choose a clip that shows a face from the front.")


def numbered_frame(frames: Iterable[Frame], shape: Shape, name: Path, number: int) -> Frame:
    """Frame `number`, counted from 0. Raises MediaError past the end, TrackingError when it has no pose."""
    count = 0
    for frame in frames:
        if count == number:
            if shape(frame.image) is None:
                raise TrackingError(f"{name}: frame {number} has no face; choose another with --neutral.")
            return frame
        count += 1
    raise MediaError(f"{name}: has {count} frames, counted from 0; --neutral {number} is past the end.")


def best_frame(frames: Iterable[Frame], shape: Shape, name: Path, source: Floats) -> Frame:
    """The frame whose pose is the most like the source's. Raises TrackingError when no frame has a pose."""
    best: Frame | None = None
    least = np.inf
    for frame in frames:
        found = shape(frame.image)
        if found is not None and (apart := distance(source, found)) < least:
            best, least = frame, apart
    if best is None:
        raise TrackingError(f"{name}: no face in any frame; choose a clip that shows a face from the front.")
    return best


def distance(first: Floats, second: Floats) -> float:
    """How unlike two poses are, their positions and sizes apart: root mean square over the points."""
    return float(np.sqrt(np.mean((_normalised(first) - _normalised(second)) ** 2)))


def _normalised(points: Floats) -> Floats:
    centred = points - points.mean(axis=0)
    return np.asarray(centred / max(float(np.sqrt(np.mean(centred**2))), 1e-9), np.float32)
