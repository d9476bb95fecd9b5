"""The performer's neutral pose while live: head pose from a calibrated moment, expression from what is usual.

Between tracking and transfer, on the puppet thread. Time comes only from the frames, so a run is repeatable.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from puppet.domain import CHEST, Floats, Keypoints
from puppet.geometry.apertures import eye_openness, lip_gap
from puppet.geometry.head_pose import Array, face_of, fit_head, rotation_vector
from puppet.motion.resting_face import RestingFace, are_landmarks, mirrored, mirrored_face, with_expression

STEADY_S = 0.5  # a pose held for this long becomes the neutral pose
STEADY_SHIFT = 0.03  # largest movement of a steady pose, as a share of the face's extent
PATIENCE_S = 2.0  # after this time without a steady pose, the best pose so far becomes the neutral pose
_LONGEST_STEP_S = 0.2  # a longer gap between two frames counts as this long
_ADAPT_S = 2.0  # time constant with which the expression of the neutral pose approaches the usual one
_ESTIMATE_EVERY_S = 0.5


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


class NeutralPose:
    """The neutral pose of one performer: found by a `Calibration`, then adapted slowly to their face at rest.

    Attributes:
        pose: the neutral pose; None before it is known. The previous one is kept while another is searched for.
        fixed: `pose` was chosen and is not adapted.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Reset everything, as for another performer."""
        self.pose: Keypoints | None = None
        self.fixed = False
        self._search: Calibration | None = None
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

    def search(self, steady_s: float = STEADY_S, patience_s: float = PATIENCE_S) -> None:
        """Take the head pose from the next good frames, and the expression from what is usual from now on."""
        self._search, self._resting, self.fixed = Calibration(steady_s, patience_s), RestingFace(), False

    def fix(self, pose: Keypoints) -> None:
        """Use this pose and do not adapt it."""
        self.pose, self.fixed, self._search = pose, True, None

    def add(self, pose: Keypoints, time_s: float) -> bool:
        """Add the pose of a frame with a face; return True when the neutral pose was replaced by another."""
        step_s, self._last_s = min(time_s - self._last_s, _LONGEST_STEP_S), time_s
        self._resting.add(pose)
        self._find_body(pose)
        if self._search is not None:
            anchor = self._search.add(pose, time_s)
            if anchor is None:
                return False
            self._anchor, self._search = anchor, None
            self._own = self._usual = self._resting.estimate() if are_landmarks(anchor) else None
            self._estimated_s = time_s
            self._compose(anchor)
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
        self._search = self._search and Calibration()
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
