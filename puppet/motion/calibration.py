"""Calibration: choice of the performer's neutral pose while live."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.motion.landmark_transfer import deviation_from_neutral

STEADY_S = 0.5  # a pose held for this long becomes the neutral pose
STEADY_SHIFT = 0.03  # largest movement of a steady pose, as a share of the face's extent
PATIENCE_S = 2.0  # after this time without a steady pose, the best pose so far becomes the neutral pose
_LONGEST_STEP_S = 0.2  # a longer gap between two frames counts as this long for the patience


@dataclass
class Calibration:
    """Picks the neutral pose: frontal, eyes open, lips closed, and held still."""

    steady_s: float = STEADY_S
    patience_s: float = PATIENCE_S

    def __post_init__(self) -> None:
        self._steady: deque[tuple[float, Keypoints, float]] = deque()  # time, pose, deviation
        self._best: tuple[float, Keypoints] | None = None  # deviation, pose
        self._elapsed_s = 0.0

    def add(self, pose: Keypoints, time_s: float) -> Keypoints | None:
        """Add the pose of a frame with a face; return the neutral pose, or None while it is not known yet."""
        deviation = deviation_from_neutral(pose) if _are_landmarks(pose) else 0.0
        if self._best is None or deviation < self._best[0]:
            self._best = (deviation, pose)
        if self._steady:
            self._elapsed_s += min(time_s - self._steady[-1][0], _LONGEST_STEP_S)
        if deviation > 1 or any(_shift(pose, other) > STEADY_SHIFT for _, other, _ in self._steady):
            self._steady.clear()
        self._steady.append((time_s, pose, deviation))
        if time_s - self._steady[0][0] >= self.steady_s:
            return min(self._steady, key=lambda entry: entry[2])[1]
        return self._best[1] if self._elapsed_s >= self.patience_s else None


def _shift(a: Keypoints, b: Keypoints) -> float:
    """Root mean square distance of the points, relative to their extent."""
    extent = float(np.ptp(b.points, axis=0).max())
    return float(np.sqrt(((a.points - b.points) ** 2).sum(1).mean())) / max(extent, 1e-6)


def _are_landmarks(pose: Keypoints) -> bool:
    return pose.depth is not None and len(pose.points) == lm.COUNT
