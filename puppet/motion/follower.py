"""Applies one performer's motion to one portrait: calibration, smoothing, behaviour while no face is found.

The portrait shows its own pose until the performer's neutral pose is known; then it follows the performer, and the
neutral pose adapts slowly to the performer's face at rest. While the face is lost it holds the last pose, then returns
to its own. Abrupt changes (a new neutral pose, a face found again) are blended.

On the puppet thread. Time comes only from the frames, so a run is repeatable.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from puppet.domain import Controls, Floats, Following, Keypoints, Motion
from puppet.geometry.smoothstep import smoothstep
from puppet.motion.calibration import PATIENCE_S, STEADY_S, BestMoment, Calibration, NeutralPose
from puppet.motion.idle import idle_pose
from puppet.motion.resting_face import are_landmarks
from puppet.motion.smoothing import Smoother

_HOLD_S = 0.5
_EASE_S = 0.8
_BLEND_S = 0.3
_ABSENCE_S = 5.0  # after a longer absence the performer may be another person


class Transfer(Protocol):
    """Motion transfer: `LandmarkTransfer` for landmark packs, `keypoint_transfer.drive` for learned ones."""

    def __call__(
        self,
        source: Keypoints,
        driving: Keypoints,
        neutral: Keypoints | None,
        controls: Controls,
        shown: Floats | None = None,
    ) -> Keypoints:
        """Return the portrait's keypoints for the performer's pose `driving`.

        Args:
            source: the portrait's own pose.
            driving: the performer's pose.
            neutral: the performer's neutral pose; None only when the motion is absolute.
            controls: motion, gains, limits.
            shown: turns of the head in further pictures of the portrait; see `head_limits.shown_turns`.
        """


class Follower:
    """Turns the performer's keypoints, frame by frame, into the portrait's."""

    def __init__(self, transfer: Transfer) -> None:
        """`transfer`: motion transfer for the pack's kind of keypoints."""
        self._transfer = transfer
        self.forget()

    def forget(self) -> None:
        """Reset everything, the neutral pose too, as for another performer."""
        self._neutral = NeutralPose()
        self._smoother = Smoother()
        self._pose: Keypoints | None = None  # the performer's last pose, smoothed
        self._last_seen_s = 0.0
        self._following = Following.SEARCHING
        self._source: Keypoints | None = None
        self._motion: Motion | None = None
        self._mirror: bool | None = None
        self._blend = _Blend()

    @property
    def following(self) -> Following:
        """State at the last frame."""
        return self._following

    @property
    def neutral(self) -> Keypoints | None:
        """The performer's neutral pose; None before calibration."""
        return self._neutral.pose

    @property
    def settled(self) -> bool:
        """True while the performer is followed, with a neutral pose and no calibration running."""
        known = self._neutral.pose is not None and not self._neutral.searching
        return self._following is Following.TRACKING and known

    @property
    def calibrations(self) -> int:
        """Number of neutral poses found, taken or restored so far; it only grows."""
        return self._neutral.changes

    @property
    def match(self) -> float | None:
        """Agreement of the neutral pose's moment with the portrait, in [0, 1], if the best one was looked for."""
        return self._neutral.match

    def calibrate(self, portrait: Keypoints | None = None) -> None:
        """Take a new neutral pose from the next frames; the present one is used until then.

        Args:
            portrait: the portrait's own pose: take the moment that agrees best with it; None: the first good moment.
        """
        best = portrait is not None and are_landmarks(portrait)
        self._neutral.search(BestMoment(portrait) if best and portrait else Calibration(STEADY_S / 2, PATIENCE_S / 2))

    def reanchor(self) -> None:
        """Take the head's neutral pose from the newest frame at once; without one, from the next good frames."""
        if self._pose is None:
            self.calibrate()
        else:
            self._neutral.reanchor(self._pose)
            self._blend.begin()

    def restore(self, neutral: Keypoints) -> None:
        """Use the neutral pose of an earlier session, in the box that the next poses refer to."""
        self._neutral.restore(neutral)
        self._pose, self._smoother = None, Smoother()
        self._blend.begin()

    def set_neutral(self, neutral: Keypoints) -> None:
        """Set the neutral pose at once, without a blend: for videos, where it is chosen before rendering."""
        self._neutral.fix(neutral)
        self._blend = _Blend()

    def follow(
        self,
        source: Keypoints,
        driving: Keypoints | None,
        time_s: float,
        controls: Controls,
        shown: Floats | None = None,
    ) -> Keypoints:
        """Return the portrait's keypoints for one frame.

        Args:
            source: the portrait's own pose; another object means another portrait, which is shown without a blend.
            driving: the performer's pose, all frames in the same box; None when no face is found.
            time_s: when the frame was captured, never decreasing.
            controls: motion, gains, smoothing, limits; a change of `mirror` mirrors the neutral pose.
            shown: as for `Transfer`.
        """
        self._take_source(source)
        if self._following is Following.IDLE:
            self._blend.begin()
        if controls.motion is not self._motion:
            self._motion = controls.motion
            self._blend.begin()
        if controls.mirror is not self._mirror:
            self._change_mirror(controls.mirror)
        if driving is not None and _is_finite(driving):
            self._update(driving, time_s, controls)
        elif self._pose is not None:
            self._following = Following.HOLDING if time_s - self._last_seen_s < _HOLD_S else Following.EASING
        else:
            self._following = Following.SEARCHING
        return self._blend(self._target(source, time_s, controls, shown), time_s)

    def idle(self, source: Keypoints, time_s: float) -> Keypoints:
        """Return the portrait's keypoints for one frame of the idle loop; nobody is followed, the neutral pose is kept.

        Args:
            source: the portrait's own pose.
            time_s: as for `follow`.
        """
        self._take_source(source)
        self._following, self._last_seen_s = Following.IDLE, time_s - _HOLD_S - _EASE_S
        return self._blend.cut(idle_pose(source, time_s))

    def _take_source(self, source: Keypoints) -> None:
        if source is not self._source:
            self._source, self._blend = source, _Blend()

    def _change_mirror(self, mirror: bool) -> None:
        """Mirror the neutral pose; discard the poses that were measured in frames mirrored the other way."""
        if self._mirror is not None:
            self._neutral.mirror(self._pose)
            self._pose, self._smoother = None, Smoother()
            self._blend.begin()
        self._mirror = mirror

    def _update(self, driving: Keypoints, time_s: float, controls: Controls) -> None:
        neutral = self._neutral
        if self._following in (Following.HOLDING, Following.EASING):
            self._blend.begin()
            if time_s - self._last_seen_s > _ABSENCE_S and not neutral.fixed and not neutral.searching:
                neutral.search()
        self._pose, self._last_seen_s = self._smoother(driving, time_s, controls.smoothing), time_s
        if neutral.pose is None and not neutral.searching and controls.motion is Motion.RELATIVE:
            neutral.search()
        if neutral.add(self._pose, time_s):
            self._blend.begin()
        searching = Following.MATCHING if neutral.matching else Following.CALIBRATING
        self._following = searching if neutral.searching else Following.TRACKING

    def _target(self, source: Keypoints, time_s: float, controls: Controls, shown: Floats | None) -> Keypoints:
        """Return the portrait's pose before blending."""
        if self._pose is None or (self._neutral.pose is None and controls.motion is Motion.RELATIVE):
            return source
        eased = float(smoothstep((time_s - self._last_seen_s - _HOLD_S) / _EASE_S))
        if eased == 1:
            return source
        driven = self._transfer(source, self._pose, self._neutral.pose, controls, shown)
        return driven if eased == 0 else _combine(driven, 1 - eased, source, eased)


class _Blend:
    """Hides a jump: the shown pose starts where it was and reaches the target after `_BLEND_S`."""

    def __init__(self) -> None:
        self._shown: Keypoints | None = None
        self._begins = False
        self._offset: Keypoints | None = None
        self._started_s = 0.0

    def begin(self) -> None:
        """Blend from the shown pose to the next target."""
        self._begins = True

    def cut(self, target: Keypoints) -> Keypoints:
        """Return the target and show it at once."""
        self._begins, self._offset, self._shown = False, None, target
        return target

    def __call__(self, target: Keypoints, time_s: float) -> Keypoints:
        """Return the pose to show."""
        if self._begins and self._shown is not None:
            self._offset, self._started_s = _combine(self._shown, 1, target, -1), time_s
        self._begins = False
        remaining = 1 - float(smoothstep((time_s - self._started_s) / _BLEND_S))
        if self._offset is None or remaining == 0:
            self._offset, self._shown = None, target
        else:
            self._shown = _combine(target, 1, self._offset, remaining)
        return self._shown


def _combine(a: Keypoints, by_a: float, b: Keypoints, by_b: float) -> Keypoints:
    """Return the weighted sum of two poses; where one measured no flow, the other's certainty fades."""
    mixed = a.map(lambda x, y: (by_a * x + by_b * y).astype(np.float32), b)
    if (a.flow is None) is (b.flow is None):
        return mixed
    flow = by_a * a.flow if a.flow is not None else by_b * b.flow if b.flow is not None else None
    return replace(mixed, flow=flow)


def _is_finite(pose: Keypoints) -> bool:
    return all(np.isfinite(array).all() for array in pose.arrays().values())
