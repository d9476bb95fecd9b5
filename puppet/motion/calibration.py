"""The performer's neutral pose while live: head pose from a calibrated moment, expression from what is usual.

Between tracking and transfer, on the puppet thread. Time comes only from the frames, so a run is repeatable.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from puppet.domain import CHEST, Floats, Keypoints
from puppet.geometry.apertures import eye_openness, lip_gap
from puppet.geometry.head_pose import Array, face_of, fit_head, moved_head, rotation_vector
from puppet.motion.pose_match import pose_match
from puppet.motion.resting_face import RestingFace, are_landmarks, mirrored, mirrored_face, with_expression

STEADY_S = 0.5  # a pose held for this long becomes the neutral pose
STEADY_SHIFT = 0.03  # largest movement of a steady pose, as a share of the face's extent
PATIENCE_S = 2.0  # after this time without a steady pose, the best pose so far becomes the neutral pose
BEST_MOMENT_S = 5.0  # the best moment is searched for so long, unless a very good one comes before
_GOOD_MATCH = 0.95
_MOVED, _RESIZED = 1.0, 1.25  # a performer who sits elsewhere: shift of the head in its radii, ratio of its sizes
# A head at rest is near to the neutral pose: shift in its radii, turn, logarithm of its growth.
_REST_SHIFT, _REST_TURN_RAD, _REST_GROWTH = 0.1, 0.12, 0.05
_RESTORED_FACES = 60  # faces at rest that a restored neutral pose counts for
_LONGEST_STEP_S = 0.2  # a longer gap between two frames counts as this long
_ADAPT_S = 2.0  # time constant with which the expression of the neutral pose approaches the usual one
_ESTIMATE_EVERY_S = 0.5


class Search(Protocol):
    """Chooses the moment of the neutral pose."""

    def add(self, pose: Keypoints, time_s: float) -> Keypoints | None:
        """Add the pose of a frame with a face; return the neutral pose, or None while it is not known yet."""


@dataclass
class BestMoment:
    """Picks the pose that agrees best with the portrait's own, for landmarks. See `pose_match`.

    Attributes:
        portrait: the portrait's own pose.
        match: agreement of the best pose so far, in [0, 1].
    """

    portrait: Keypoints
    seconds: float = BEST_MOMENT_S
    match: float = field(default=0.0, init=False)
    _best: Keypoints | None = field(default=None, init=False)
    _begin_s: float | None = field(default=None, init=False)

    def add(self, pose: Keypoints, time_s: float) -> Keypoints | None:
        """Add the pose of a frame with a face; return the best one at a very good match or after `seconds`."""
        self._begin_s = time_s if self._begin_s is None else self._begin_s
        found = pose_match(self.portrait, pose)
        if found is not None and (self._best is None or found.share > self.match):
            self._best, self.match = pose, found.share
        return self._best if self.match >= _GOOD_MATCH or time_s - self._begin_s >= self.seconds else None


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
        deviation = deviation_from_neutral(pose) if are_landmarks(pose) else 0.0
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


def deviation_from_neutral(face: Keypoints) -> float:
    """Return the distance of landmarks from a frontal face with open eyes and closed lips; above 1: not neutral."""
    points = face_of(face)
    head = fit_head(points)
    pitch, yaw, roll = np.abs(rotation_vector(head.rotation))
    own = head.to_own(points)
    lips = max(float(lip_gap(own).mean()), 0.0)
    eyes = min(float(eye_openness(own, eye)) for eye in (0, 1))
    # Cameras look up or down at people, so pitch weighs least.
    signs = (pitch / np.radians(35), yaw / np.radians(20), roll / np.radians(25), lips / 0.15, max(0.3 - eyes, 0) / 0.2)
    return float(np.linalg.norm(signs))


def _sits_elsewhere(before: Keypoints, now: Keypoints) -> bool:
    """True if a head is too far from where it was, or its distance from the camera too different, to be a movement."""
    old, new = fit_head(face_of(before)), fit_head(face_of(now))
    shift = float(np.linalg.norm((new.centre - old.centre)[:2])) / old.size
    ratio = new.size / old.size
    return shift > _MOVED or max(ratio, 1 / ratio) > _RESIZED


def is_at_rest(pose: Keypoints, neutral: Keypoints) -> bool:
    """True if a head is where it is in the neutral pose, whatever its expression."""
    rest = face_of(neutral)
    head = fit_head(rest)
    now = moved_head(head, rest, face_of(pose))
    shift = float(np.linalg.norm((now.centre - head.centre)[:2])) / head.size
    turn = float(np.linalg.norm(rotation_vector(now.rotation @ head.rotation.T)))
    return shift < _REST_SHIFT and turn < _REST_TURN_RAD and abs(np.log(now.size / head.size)) < _REST_GROWTH


class NeutralPose:
    """The neutral pose of one performer: found by a `Calibration`, then adapted slowly to their face at rest.

    Attributes:
        pose: the neutral pose; None before it is known. The previous one is kept while another is searched for.
        fixed: `pose` was chosen and is not adapted.
        changes: number of calibrations so far; adaptation is none.
        match: agreement of the moment with the portrait's pose, in [0, 1], if a `BestMoment` chose it; else None.
    """

    def __init__(self) -> None:
        self.changes = 0
        self.forget()

    def forget(self) -> None:
        """Reset everything, as for another performer."""
        self.pose: Keypoints | None = None
        self.fixed = False
        self.match: float | None = None
        self._search: Search | None = None
        self._check: Search | None = None  # finds the moment that tells whether a restored pose still fits
        self._resting = RestingFace()
        self._own: Array | None = None  # the neutral face in the head's own frame
        self._usual: Array | None = None  # what `_own` approaches
        self._anchor: Keypoints | None = None  # has the head pose and the body
        self._chest_shift: Floats | None = None  # since the anchor, when it was mirrored: its body is still unknown
        self._estimated_s = self._last_s = 0.0

    @property
    def searching(self) -> bool:
        """True while a moment for the head pose is searched for."""
        return self._search is not None

    @property
    def matching(self) -> bool:
        """True while the moment that agrees best with the portrait is searched for."""
        return isinstance(self._search, BestMoment)

    def search(self, search: Search | None = None) -> None:
        """Take the head pose from the next good frames, and the expression from what is usual from now on."""
        self._search, self._resting, self.fixed, self._check = search or Calibration(), RestingFace(), False, None

    def fix(self, pose: Keypoints) -> None:
        """Use this pose and do not adapt it."""
        self.pose, self.fixed, self._search = pose, True, None

    def restore(self, pose: Keypoints) -> None:
        """Use the neutral pose of an earlier session. Its head pose is replaced if the performer sits elsewhere."""
        self._resting = RestingFace()
        for _ in range(_RESTORED_FACES):
            self._resting.add(pose)
        self._search, self._check, self.fixed = None, Calibration(), False
        self._take(pose, self._last_s)
        self._chest_shift = np.zeros(2, np.float32) if pose.body is None else None

    def reanchor(self, pose: Keypoints) -> None:
        """Take the head pose from this pose at once; the expression stays."""
        known = are_landmarks(pose) and self._own is not None
        self._search = self._check = None
        self._take(pose, self._last_s, keep_expression=known)

    def add(self, pose: Keypoints, time_s: float) -> bool:
        """Add the pose of a frame with a face; return True when the neutral pose was replaced by another."""
        step_s, self._last_s = min(time_s - self._last_s, _LONGEST_STEP_S), time_s
        self._resting.add(pose)
        self._find_body(pose)
        if self._search is not None:
            anchor = self._search.add(pose, time_s)
            if anchor is None:
                return False
            self.match = self._search.match if isinstance(self._search, BestMoment) else None
            self._search = None
            self._take(anchor, time_s)
            return True
        if self._check is not None and (anchor := self._check.add(pose, time_s)) is not None:
            self._check = None
            if self._anchor is not None and _sits_elsewhere(self._anchor, anchor):
                self._take(anchor, time_s, keep_expression=True)
                return True
        if not self.fixed:
            self._adapt(time_s, step_s)
        return False

    def mirror(self, now: Keypoints | None) -> None:
        """Mirror the neutral pose, because the frames are mirrored from now on; forget it if it is not landmarks.

        Args:
            now: the performer's last pose, not mirrored. A detector's keypoints change places in a mirrored picture,
                so the body at rest is found again in the next frame, with the chest's shift until now.
        """
        self._search, self._check = self._search and Calibration(), self._check and Calibration()
        if self.pose is None:
            self._resting.mirror()
        elif not are_landmarks(self.pose):
            self.forget()
        else:
            if now is not None and now.body is not None and self.pose.body is not None:
                shift = (now.body - self.pose.body)[CHEST].mean(0)
                self._chest_shift = (shift * (-1, 1)).astype(np.float32)
            self._resting.mirror()
            self.pose, self._anchor = mirrored(self.pose), self._anchor and mirrored(self._anchor)
            self._own, self._usual = (
                face if face is None else mirrored_face(face) for face in (self._own, self._usual)
            )

    def _take(self, anchor: Keypoints, time_s: float, *, keep_expression: bool = False) -> None:
        """Use the head pose and the body of `anchor`, with the face at rest, or with the expression as it is."""
        self.changes += 1
        self._anchor, self._estimated_s = anchor, time_s
        if not keep_expression:
            self._own = self._usual = self._resting.estimate() if are_landmarks(anchor) else None
        self._compose(anchor)

    def _find_body(self, now: Keypoints) -> None:
        """Find the body at rest after mirroring."""
        if self._chest_shift is None or now.body is None or self.pose is None:
            return
        body = now.body - self._chest_shift
        self.pose, self._anchor = replace(self.pose, body=body), self._anchor and replace(self._anchor, body=body)
        self._chest_shift = None

    def _adapt(self, time_s: float, step_s: float) -> None:
        """Move the neutral expression towards the usual one."""
        if self._anchor is None or self._own is None:
            return
        if time_s - self._estimated_s >= _ESTIMATE_EVERY_S:
            self._usual, self._estimated_s = self._resting.estimate(), time_s
        assert self._usual is not None
        self._own = self._own + (1 - np.exp(-step_s / _ADAPT_S)) * (self._usual - self._own)
        self._compose(self._anchor)

    def _compose(self, anchor: Keypoints) -> None:
        self.pose = anchor if self._own is None else with_expression(anchor, self._own)
