"""One performer drives one portrait: calibration, smoothing, and what is shown when the face is gone.

The portrait is shown as in its picture until a neutral pose of the performer is known. After that it follows. When the
face is lost it holds the pose, then eases back to its picture; when the face returns it is followed again. Whatever
changes at once (a new neutral pose, a face that returns) is blended in, so that nothing ever jumps.

On the puppet thread. Time comes only from the frames, so a run can be repeated exactly.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from puppet.domain import Controls, Floats, Following, Keypoints, Motion
from puppet.geometry import landmarks as lm
from puppet.motion.landmark_transfer import unrest
from puppet.motion.smoothing import Smoother

_HOLD_S = 0.5
_EASE_S = 0.8
_BLEND_S = 0.3
_STEADY_S = 0.5  # a pose held for this long is the neutral one
_STEADY_MOVE = 0.03  # of the face's extent: what counts as holding still
_PATIENCE_S = 2.0  # after which the best pose so far must do
_ABSENCE_S = 5.0  # whoever comes back after this may be someone else


class Transfer(Protocol):
    """How keypoints move across: `expression.drive` for landmarks, `motion.drive` for learned ones."""

    def __call__(
        self, source: Keypoints, driving: Keypoints, neutral: Keypoints | None, controls: Controls
    ) -> Keypoints:
        """The source's keypoints when the performer's are `driving`; `neutral` may be None when motion is absolute."""


class Follower:
    """Turns the performer's keypoints, frame by frame, into the portrait's."""

    def __init__(self, transfer: Transfer) -> None:
        """`transfer`: the arithmetic that suits the pack's keypoints."""
        self._transfer = transfer
        self.forget()

    def forget(self) -> None:
        """Start over, as for another performer: the neutral pose is forgotten too."""
        self._neutral: Keypoints | None = None
        self._chosen = False  # the neutral pose was chosen by a person, and stays
        self._calibration: _Calibration | None = None
        self._smoother = Smoother()
        self._pose: Keypoints | None = None  # the performer's last, smoothed
        self._seen_s = 0.0
        self._following = Following.SEARCHING
        self._source: Keypoints | None = None
        self._motion: Motion | None = None
        self._mirror: bool | None = None
        self._blend = _Blend()

    @property
    def following(self) -> Following:
        """What the portrait was doing at the last frame."""
        return self._following

    @property
    def neutral(self) -> Keypoints | None:
        """The performer's neutral pose, or None before it is known."""
        return self._neutral

    @property
    def settled(self) -> bool:
        """Whether the performer is followed, and no neutral pose is wanted or watched for."""
        return self._following is Following.TRACKING and self._neutral is not None and self._calibration is None

    def calibrate(self) -> None:
        """Take a new neutral pose from the next frames; the old one serves until then."""
        self._calibration = _Calibration(steady_s=_STEADY_S / 2, patience_s=_PATIENCE_S / 2)

    def set_neutral(self, neutral: Keypoints) -> None:
        """Take this neutral pose at once, without a blend: for videos, where the frame is chosen beforehand."""
        self._neutral, self._chosen, self._calibration = neutral, True, None
        self._blend = _Blend()

    def follow(self, source: Keypoints, driving: Keypoints | None, time_s: float, controls: Controls) -> Keypoints:
        """The portrait's keypoints for one frame.

        Args:
            source: the portrait's own; another object means that another portrait is shown, at once.
            driving: the performer's in one fixed box, or None when no face is seen.
            time_s: when the frame was captured, never falling.
            controls: motion, gains, smoothing, limits; a mirrored performer needs another neutral pose.
        """
        if source is not self._source:
            self._source, self._blend = source, _Blend()
        if controls.motion is not self._motion:
            self._motion = controls.motion
            self._blend.begin()
        if controls.mirror is not self._mirror:
            self._turn_round(controls.mirror)
        if driving is None or not _is_finite(driving):
            self._miss(time_s)
        else:
            self._see(driving, time_s, controls)
        return self._blend(self._target(source, time_s, controls), time_s)

    def _turn_round(self, mirror: bool) -> None:
        """The frames are mirrored from now on, or no longer: what is known of the performer is of the other hand."""
        if self._mirror is not None:
            self._neutral, self._calibration, self._pose = None, None, None
            self._blend.begin()
        self._mirror = mirror

    def _see(self, driving: Keypoints, time_s: float, controls: Controls) -> None:
        if self._following in (Following.HOLDING, Following.EASING):
            self._blend.begin()
            if time_s - self._seen_s > _ABSENCE_S and not self._chosen and self._calibration is None:
                self._calibration = _Calibration()
        self._pose, self._seen_s = self._smoother(driving, time_s, controls.smoothing), time_s
        if self._neutral is None and self._calibration is None and controls.motion is Motion.RELATIVE:
            self._calibration = _Calibration()
        if self._calibration is not None:
            neutral = self._calibration.see(self._pose, time_s)
            if neutral is not None:
                self._neutral, self._calibration = neutral, None
                self._blend.begin()
        self._following = Following.TRACKING if self._calibration is None else Following.CALIBRATING

    def _miss(self, time_s: float) -> None:
        if self._pose is not None:
            self._following = Following.HOLDING if time_s - self._seen_s < _HOLD_S else Following.EASING

    def _target(self, source: Keypoints, time_s: float, controls: Controls) -> Keypoints:
        """Where the portrait should be, were it not for the blend."""
        if self._pose is None or (self._neutral is None and controls.motion is Motion.RELATIVE):
            return source
        gone = _smoothstep((time_s - self._seen_s - _HOLD_S) / _EASE_S)
        if gone == 1:
            return source
        moved = self._transfer(source, self._pose, self._neutral, controls)
        return moved if gone == 0 else _mix(moved, source, gone)


@dataclass
class _Calibration:
    """Watches for a pose worth calling neutral: frontal, eyes open, lips closed, and held."""

    steady_s: float = _STEADY_S
    patience_s: float = _PATIENCE_S

    def __post_init__(self) -> None:
        self._held: deque[tuple[float, Keypoints, float]] = deque()  # time, pose, unrest
        self._best: tuple[float, Keypoints] | None = None  # unrest, pose
        self._watched_s = 0.0

    def see(self, pose: Keypoints, time_s: float) -> Keypoints | None:
        """The neutral pose once it is known. Frames without a face are simply not shown to it."""
        score = unrest(pose) if _are_landmarks(pose) else 0.0
        if self._best is None or score < self._best[0]:
            self._best = (score, pose)
        if self._held:
            self._watched_s += min(time_s - self._held[-1][0], 0.2)
        if score > 1 or any(_moved(pose, other) > _STEADY_MOVE for _, other, _ in self._held):
            self._held.clear()
        self._held.append((time_s, pose, score))
        if time_s - self._held[0][0] >= self.steady_s:
            return min(self._held, key=lambda held: held[2])[1]
        return self._best[1] if self._watched_s >= self.patience_s else None


class _Blend:
    """Hides a jump: what is shown starts where it was and reaches the target after a moment."""

    def __init__(self) -> None:
        self._shown: Keypoints | None = None
        self._begins = False
        self._offset: Keypoints | None = None
        self._since_s = 0.0

    def begin(self) -> None:
        """The next target may be far from what is shown."""
        self._begins = True

    def __call__(self, target: Keypoints, time_s: float) -> Keypoints:
        """What to show."""
        if self._begins and self._shown is not None:
            self._offset, self._since_s = _combine(self._shown, 1, target, -1), time_s
        self._begins = False
        left = 1 - _smoothstep((time_s - self._since_s) / _BLEND_S)
        if self._offset is None or left == 0:
            self._offset, self._shown = None, target
        else:
            self._shown = _combine(target, 1, self._offset, left)
        return self._shown


def _mix(start: Keypoints, end: Keypoints, share: float) -> Keypoints:
    return _combine(start, 1 - share, end, share)


def _combine(a: Keypoints, by_a: float, b: Keypoints, by_b: float) -> Keypoints:
    """The weighted sum of two poses."""

    def total(x: Floats | None, y: Floats | None) -> Floats | None:
        return None if x is None or y is None else (by_a * x + by_b * y).astype(np.float32)

    points = (by_a * a.points + by_b * b.points).astype(np.float32)
    return replace(
        a,
        points=points,
        depth=total(a.depth, b.depth),
        jacobians=total(a.jacobians, b.jacobians),
        covariances=total(a.covariances, b.covariances),
        segmentation=total(a.segmentation, b.segmentation),
        body=total(a.body, b.body),
    )


def _moved(a: Keypoints, b: Keypoints) -> float:
    """Root mean square shift of the points, relative to their extent."""
    extent = float(np.ptp(b.points, axis=0).max())
    return float(np.sqrt(((a.points - b.points) ** 2).sum(1).mean())) / max(extent, 1e-6)


def _is_finite(pose: Keypoints) -> bool:
    numbers = (pose.points, pose.depth, pose.jacobians, pose.covariances, pose.body)
    return all(np.isfinite(values).all() for values in numbers if values is not None)


def _are_landmarks(pose: Keypoints) -> bool:
    return pose.depth is not None and len(pose.points) == lm.COUNT


def _smoothstep(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)
