"""One-euro smoothing (Casiez et al. 2012): steady when still, prompt when moving. Driven by the frames' own times.

Landmarks are smoothed as a head's pose and a face in the head's own frame: lips and lids may then be quicker than the
head without running ahead of it when it turns.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, rotation_matrix, rotation_vector

_GAP_S = 0.3  # after a gap like this the past says nothing any more
_SPEED_CUTOFF_HZ = 2.0
_HEAD_CUTOFF_HZ, _FACE_CUTOFF_HZ, _QUICK_CUTOFF_HZ = 1.5, 1.5, 4.0  # at an amount of 0.5
_PROMPTNESS, _LIDS_PROMPTNESS = 5.0, 25.0  # Hz gained per unit (about half a face) a second; lids do not have far to go


class OneEuro:
    """Smooths an array over time."""

    def __init__(self) -> None:
        """Knows no value yet: the first passes as it is."""
        self._value: Array | None = None
        self._speed: Array | float = 0.0
        self._time_s = 0.0

    def __call__(self, value: Array, time_s: float, cutoff_hz: Array | float, promptness: Array | float) -> Array:
        """Smooth `value`. `cutoff_hz`: what passes at rest; `promptness`: Hz more for each unit a second."""
        step_s = time_s - self._time_s
        if self._value is None or self._value.shape != value.shape or step_s > _GAP_S or step_s < 0:
            self._value, self._speed, self._time_s = value, 0.0, time_s
            return value
        if step_s == 0:
            return self._value
        speed = (value - self._value) / step_s
        self._speed = self._speed + _share(step_s, _SPEED_CUTOFF_HZ) * (speed - self._speed)
        self._value = self._value + _share(step_s, cutoff_hz + promptness * np.abs(self._speed)) * (value - self._value)
        self._time_s = time_s
        return self._value


def _share(step_s: float, cutoff_hz: Array | float) -> Array | float:
    """How much of the way to a new value a first-order low pass goes in one step."""
    turns = 2 * np.pi * step_s * cutoff_hz
    return turns / (turns + 1)


class Smoother:
    """Smooths keypoints of any family; covariances and segmentations pass as they are."""

    def __init__(self) -> None:
        """Knows no pose yet."""
        self._pose, self._face, self._body = OneEuro(), OneEuro(), OneEuro()

    def __call__(self, keypoints: Keypoints, time_s: float, amount: float) -> Keypoints:
        """`amount`: 0 (as they come) to 1 (heavy)."""
        if amount <= 0:
            self._pose, self._face, self._body = OneEuro(), OneEuro(), OneEuro()
            return keypoints
        ease = 4.0 ** (1 - 2 * amount)
        if keypoints.depth is None:
            return self._moving_points(keypoints, time_s, ease)
        return self._moving_head(keypoints, time_s, ease)

    def _moving_points(self, keypoints: Keypoints, time_s: float, ease: float) -> Keypoints:
        points = self._pose(
            keypoints.points.astype(np.float64), time_s, _FACE_CUTOFF_HZ * ease, _PROMPTNESS * ease**0.5
        )
        jacobians = keypoints.jacobians
        if jacobians is not None:
            smoothed = self._face(jacobians.astype(np.float64), time_s, _FACE_CUTOFF_HZ * ease, _PROMPTNESS * ease**0.5)
            jacobians = smoothed.astype(np.float32)
        return Keypoints(points.astype(np.float32), None, jacobians, keypoints.covariances, keypoints.segmentation)

    def _moving_head(self, keypoints: Keypoints, time_s: float, ease: float) -> Keypoints:
        points = face_of(keypoints)
        head = fit_head(points)
        pose = np.concatenate([rotation_vector(head.rotation), [np.log(head.size)], head.centre])
        promptness = _PROMPTNESS * ease**0.5
        # Shifts count in the face's own size, so that a face far from the camera is smoothed as a near one is.
        prompt = promptness / np.array((1, 1, 1, 1, head.size, head.size, head.size))
        pose = self._pose(pose, time_s, _HEAD_CUTOFF_HZ * ease, prompt)
        own = self._face(head.to_own(points), time_s, _face_cutoffs() * ease, _face_promptness() * ease**0.5)
        smoothed = Head(rotation_matrix(pose[:3]), float(np.exp(pose[3])), pose[4:]).to_camera(own)
        body = keypoints.body
        if body is not None:
            body = self._body(body.astype(np.float64), time_s, _HEAD_CUTOFF_HZ * ease, promptness).astype(np.float32)
        return Keypoints(smoothed[:, :2].astype(np.float32), smoothed[:, 2].astype(np.float32), body=body)


_LIDS = np.concatenate([rows.ravel() for rows in (*lm.UPPER_LIDS, *lm.LOWER_LIDS, *lm.IRISES)])
_LIPS = np.concatenate([rows.ravel() for rows in (lm.UPPER_LIPS, lm.LOWER_LIPS, lm.LIP_CORNERS)])


@cache
def _face_cutoffs() -> Array:
    """(478, 1) Hz: lips, lids and irises are quick and their lag is seen first."""
    cutoffs = np.full((lm.COUNT, 1), _FACE_CUTOFF_HZ)
    cutoffs[np.concatenate([_LIDS, _LIPS])] = _QUICK_CUTOFF_HZ
    return cutoffs


@cache
def _face_promptness() -> Array:
    """(478, 1) Hz gained per unit a second: a blink is over in three frames and must close the eye."""
    promptness = np.full((lm.COUNT, 1), _PROMPTNESS)
    promptness[_LIDS] = _LIDS_PROMPTNESS
    return promptness
