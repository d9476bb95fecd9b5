"""Which driving frame is the neutral pose of an offline rendering: the first, one by its number, or the best match.

Called once before rendering; it has a tracker of its own, so that the rendering's starts fresh. Blocking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from puppet.crop import whole
from puppet.domain import Floats, Frame, Framing, Picture
from puppet.engines import Engine
from puppet.errors import MediaError, TrackingError
from puppet.tracking import FaceTracker, largest_face

Shape = Callable[[Picture], Floats | None]
"""A picture's pose as (K, 2) float32 in any unit, or None where there is none to see."""


def landmark_shape(tracker: FaceTracker) -> Shape:
    """The pose as the tracker's landmarks, for frames of one video in order."""

    def shape(image: Picture) -> Floats | None:
        face = tracker.locate(image)
        return None if face is None else face.points[:, :2]

    return shape


def learned_shape(engine: Engine) -> Shape:
    """The pose as the engine's own keypoints, for pictures that are framed already."""
    return lambda image: engine.detect(whole(image).extract(image, engine.size)).points


def source_shape(picture: Picture, engine: Engine, framing: Framing) -> Floats:
    """The pose of the source in the same points. Raises TrackingError when it has no face."""
    if engine.detects and framing is Framing.NONE:
        return engine.detect(whole(picture).extract(picture, engine.size)).points
    return largest_face(picture)[0].points[:, :2]


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
