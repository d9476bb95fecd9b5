"""One-euro filter (Casiez et al. 2012) for keypoints: strong smoothing at rest, little lag in motion.

Landmarks are smoothed as a head pose and a face in the head's own frame, so that lips and lids may react faster than
the head without moving ahead of it when it turns. Time comes from the frames. On the puppet thread.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, rotation_matrix, rotation_vector

_GAP_S = 0.3  # the filter restarts after a longer gap
_SPEED_CUTOFF_HZ = 2.0
_HEAD_CUTOFF_HZ, _FACE_CUTOFF_HZ, _QUICK_CUTOFF_HZ = 1.5, 1.5, 4.0  # at an amount of 0.5
# The filter's beta: Hz per unit (about half a face) per second; more for lids, which move over short distances.
_BETA, _LIDS_BETA = 5.0, 25.0


class OneEuro:
    """One-euro filter of an array."""

    def __init__(self) -> None:
        self._value: Array | None = None
        self._speed: Array | float = 0.0
        self._time_s = 0.0

    def __call__(self, value: Array, time_s: float, cutoff_hz: Array | float, beta: Array | float) -> Array:
        """Return `value` smoothed.

        Args:
            value: the new value.
            time_s: its time.
            cutoff_hz: cutoff frequency at rest.
            beta: increase of the cutoff frequency, in Hz per unit per second.
        """
        step_s = time_s - self._time_s
        if self._value is None or self._value.shape != value.shape or step_s > _GAP_S or step_s < 0:
            self._value, self._speed, self._time_s = value, 0.0, time_s
            return value
        if step_s == 0:
            return self._value
        speed = (value - self._value) / step_s
        self._speed = self._speed + _low_pass(step_s, _SPEED_CUTOFF_HZ) * (speed - self._speed)
        self._value = self._value + _low_pass(step_s, cutoff_hz + beta * np.abs(self._speed)) * (value - self._value)
        self._time_s = time_s
        return self._value


def _low_pass(step_s: float, cutoff_hz: Array | float) -> Array | float:
    """Return the weight of a new value in a first-order low-pass filter."""
    angle = 2 * np.pi * step_s * cutoff_hz
    return angle / (angle + 1)


class Smoother:
    """Smooths keypoints of any family; covariances and segmentations are not changed."""

    def __init__(self) -> None:
        self._pose, self._face, self._body, self._flow = OneEuro(), OneEuro(), OneEuro(), OneEuro()

    def __call__(self, keypoints: Keypoints, time_s: float, amount: float) -> Keypoints:
        """Return the keypoints smoothed by `amount`: 0 (none) to 1 (heavy)."""
        if amount <= 0:
            self._pose, self._face, self._body, self._flow = OneEuro(), OneEuro(), OneEuro(), OneEuro()
            return keypoints
        ease = 4.0 ** (1 - 2 * amount)
        if keypoints.depth is None:
            return self._smooth_points(keypoints, time_s, ease)
        return self._smooth_head(keypoints, time_s, ease)

    def _smooth_points(self, keypoints: Keypoints, time_s: float, ease: float) -> Keypoints:
        cutoff_hz, beta = _FACE_CUTOFF_HZ * ease, _BETA * ease**0.5
        points = self._pose(keypoints.points.astype(np.float64), time_s, cutoff_hz, beta).astype(np.float32)
        jacobians = keypoints.jacobians
        if jacobians is not None:
            jacobians = self._face(jacobians.astype(np.float64), time_s, cutoff_hz, beta).astype(np.float32)
        return Keypoints(points, None, jacobians, keypoints.covariances, keypoints.segmentation)

    def _smooth_head(self, keypoints: Keypoints, time_s: float, ease: float) -> Keypoints:
        points = face_of(keypoints)
        head = fit_head(points)
        pose = np.concatenate([rotation_vector(head.rotation), [np.log(head.size)], head.centre])
        beta = _BETA * ease**0.5
        # Shifts are measured in the face's own size, so that faces near and far are smoothed alike.
        pose_beta = beta / np.array((1, 1, 1, 1, head.size, head.size, head.size))
        pose = self._pose(pose, time_s, _HEAD_CUTOFF_HZ * ease, pose_beta)
        own = self._face(head.to_own(points), time_s, _face_cutoffs() * ease, _face_betas() * ease**0.5)
        smoothed = Head(rotation_matrix(pose[:3]), float(np.exp(pose[3])), pose[4:]).to_camera(own)
        body = keypoints.body
        if body is not None:
            body = self._body(body.astype(np.float64), time_s, _HEAD_CUTOFF_HZ * ease, beta).astype(np.float32)
        flow = keypoints.flow
        if flow is not None:  # hair beside a smoothed face must not move ahead of it
            flow = self._flow(flow.astype(np.float64), time_s, _HEAD_CUTOFF_HZ * ease, beta).astype(np.float32)
        flat, depth = smoothed[:, :2].astype(np.float32), smoothed[:, 2].astype(np.float32)
        return replace(keypoints, points=flat, depth=depth, body=body, flow=flow)


_LIDS = np.concatenate([rows.ravel() for rows in (*lm.UPPER_LIDS, *lm.LOWER_LIDS, *lm.IRISES)])
_LIPS = np.concatenate([rows.ravel() for rows in (lm.UPPER_LIPS, lm.LOWER_LIPS, lm.LIP_CORNERS)])


@cache
def _face_cutoffs() -> Array:
    """Return (478, 1) Hz: higher for lips, lids and irises, whose lag is the most visible."""
    cutoffs = np.full((lm.COUNT, 1), _FACE_CUTOFF_HZ)
    cutoffs[np.concatenate([_LIDS, _LIPS])] = _QUICK_CUTOFF_HZ
    return cutoffs


@cache
def _face_betas() -> Array:
    """Return (478, 1) Hz per unit per second: a blink lasts three frames and must close the eye."""
    betas = np.full((lm.COUNT, 1), _BETA)
    betas[_LIDS] = _LIDS_BETA
    return betas
