"""A landmark engine without networks, and a tracker that finds given poses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from puppet.domain import Face, Floats, Keypoints, Picture
from puppet.geometry.crop import CropBox
from tests.support.square_engine import SIZE, SquareEngine


class LandmarkSquares(SquareEngine):
    """A landmark engine that keeps what it was asked to render."""

    detects = False

    def __init__(self) -> None:
        self.driven: list[Keypoints] = []

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        assert landmarks is not None
        return landmarks

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        assert isinstance(code, np.ndarray)
        self.driven.append(driving)
        return code


class ScriptedTracker:
    """Finds the given poses, one a frame."""

    too_small = False

    def __init__(self, poses: Sequence[Keypoints | None]) -> None:
        self._poses = iter(poses)
        self.frames = 0

    def locate(self, image: Picture) -> Face | None:
        self.frames += 1
        pose = next(self._poses)
        return None if pose is None else Face(face_pixels(pose))

    def reset(self) -> None: ...

    def close(self) -> None: ...


def face_pixels(pose: Keypoints) -> Floats:
    """A face in pixels of a picture of `SIZE`."""
    assert pose.depth is not None
    box = CropBox((SIZE - 1) / 2, 32, 40)
    depth = pose.depth * box.side * (SIZE - 1) / (2 * SIZE)
    return np.column_stack([box.to_px(pose, SIZE), depth]).astype(np.float32)
