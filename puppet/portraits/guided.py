"""The guided minute: poses that a person shows the camera, each with its best picture.

Beside the live session, on one worker thread. Keeps one picture per pose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

import numpy as np

from puppet.domain import Picture
from puppet.geometry.face_shape import FaceShape, openness
from puppet.media.portrait_file import LONGEST_SIDE_PX, Shot
from puppet.portraits.candidates import Candidate, measured, reduced, scaled
from puppet.portraits.making import LEAST_FACE_PX, LIGHT, SHARP_SHARE
from puppet.tracking.tracker import MediaPipeTracker

_LOOKS_NEEDED = 3  # pictures of a pose before it is ticked off
_TRACKED_SIDE_PX = 960
_FRONT_RAD, _TURN_RAD, _PITCH_RAD, _FARTHEST_RAD = np.radians([14.0, 15.0, 8.0, 50.0])
_CLOSED_LIPS, _OPEN_LIPS = 0.05, 0.22  # aperture in the mean face's unit
_TEETH, _WIDE = 0.03, 1.07  # aperture, and width of the mouth to the neutral one's
_CLOSED_EYES = 0.35  # aperture to the neutral one
_GAZE = 0.1  # shift of the irises, in widths of an eye


class GuidedPose(Enum):
    """Poses in the order in which they are asked for; left and right are the person's own."""

    FRONT = "front"
    CHEESE = "cheese"
    OPEN = "open mouth"
    CLOSED_EYES = "closed eyes"
    LEFT = "turned left"
    RIGHT = "turned right"
    UP = "chin up"
    DOWN = "chin down"
    EYES_LEFT = "eyes left"
    EYES_RIGHT = "eyes right"


class Hint(Enum):
    """Reasons why a picture cannot be used."""

    NONE = ""
    NO_FACE = "no face"
    TOO_FAR = "too far"
    LIGHT = "light"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True)
class Progress:
    """State after a picture.

    Attributes:
        wanted: the pose to show next; None when all are done.
        done: poses with a picture.
        hint: why the last picture was not used.
    """

    wanted: GuidedPose | None
    done: frozenset[GuidedPose]
    hint: Hint = Hint.NONE


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    picture: Picture
    score: float


class GuidedMinute:
    """Looks at camera pictures and keeps the best of each pose; belongs to one thread. `close` it."""

    def __init__(self) -> None:
        """Open the face tracker. Raises TrackingError: its networks cannot be run."""
        self._tracker = MediaPipeTracker()
        self._neutral: FaceShape | None = None
        self._sharpest = 0.0
        self._kept: dict[GuidedPose, _Kept] = {}
        self._looks: dict[GuidedPose, int] = {}
        self._skipped: set[GuidedPose] = set()

    def look(self, picture: Picture) -> Progress:
        """Use a picture (H, W, 3) of the camera, not mirrored; takes some 20 ms."""
        small, scale = reduced(picture, _TRACKED_SIDE_PX)
        face = self._tracker.locate(small)
        if face is None:
            return self.progress(Hint.NO_FACE)
        candidate = measured(0, 0, 0.0, 0, picture, scaled(face, 1 / scale))
        self._sharpest = max(self._sharpest, candidate.sharpness)
        hint = self._hint(candidate)
        if hint is Hint.NONE:
            self._keep(picture, candidate)
        return self.progress(hint)

    def skip(self, pose: GuidedPose) -> Progress:
        """Do not ask for a pose; the neutral one cannot be skipped."""
        if pose is not GuidedPose.FRONT:
            self._skipped.add(pose)
        return self.progress()

    def progress(self, hint: Hint = Hint.NONE) -> Progress:
        """Return the state."""
        done = frozenset(pose for pose, looks in self._looks.items() if looks >= _LOOKS_NEEDED)
        wanted = next((pose for pose in GuidedPose if pose not in done and pose not in self._skipped), None)
        return Progress(wanted, done, hint)

    def shots(self) -> Sequence[Shot]:
        """Return the pictures of the poses that are done, the neutral one first; empty without it."""
        done = self.progress().done
        if GuidedPose.FRONT not in done:
            return ()
        return [Shot(self._kept[pose].picture, 0, f"camera, {pose.value}") for pose in GuidedPose if pose in done]

    def close(self) -> None:
        """Release the tracker."""
        self._tracker.close()

    def _hint(self, candidate: Candidate) -> Hint:
        if candidate.face_px < LEAST_FACE_PX:
            return Hint.TOO_FAR
        if not LIGHT[0] <= candidate.light <= LIGHT[1]:
            return Hint.LIGHT
        if candidate.sharpness < SHARP_SHARE * self._sharpest:
            return Hint.BLURRED
        return Hint.NONE

    def _keep(self, picture: Picture, candidate: Candidate) -> None:
        """Keep a picture for each pose that it shows better than those before."""
        shape = candidate.shape
        poses = [GuidedPose.FRONT] if self._neutral is None else list(GuidedPose)
        for pose in poses:
            shown = _shown(pose, shape, self._neutral or shape)
            if shown <= 0:
                continue
            self._looks[pose] = self._looks.get(pose, 0) + 1
            score = min(shown, 2.0) * candidate.sharpness
            if pose not in self._kept or score > self._kept[pose].score:
                self._kept[pose] = _Kept(reduced(picture, LONGEST_SIDE_PX)[0].copy(), score)
                if pose is GuidedPose.FRONT:
                    self._neutral = shape


def _shown(pose: GuidedPose, shape: FaceShape, neutral: FaceShape) -> float:
    """Return how clearly a face shows a pose: above 0 it does, 1 and more is plain."""
    pitch, yaw = (shape.turn - neutral.turn)[:2]
    frontal = float(np.abs(shape.turn[:2]).max()) < _FRONT_RAD
    lips, eyes = openness(shape)
    open_eyes = openness(neutral)[1]
    gaze = float((shape.eyes - neutral.eyes)[:, -2].mean())
    near_front = max(abs(pitch), abs(yaw)) < _TURN_RAD
    turned = float(np.abs(shape.turn[:2]).max()) < _FARTHEST_RAD
    match pose:
        case GuidedPose.FRONT:
            steady = frontal and lips < _CLOSED_LIPS and eyes > 0.8 * open_eyes
            return 1.0 / (1.0 + 4 * float(np.linalg.norm(shape.turn))) if steady else 0.0
        case GuidedPose.CHEESE:
            width = float(np.ptp(shape.mouth[:, 0]) / max(np.ptp(neutral.mouth[:, 0]), 1e-6))
            return min(_beyond(width, _WIDE) * 10, _beyond(lips, _TEETH)) if near_front and lips < _OPEN_LIPS else 0.0
        case GuidedPose.OPEN:
            return _beyond(lips, _OPEN_LIPS) if near_front else 0.0
        case GuidedPose.CLOSED_EYES:
            return 1 - eyes / max(_CLOSED_EYES * open_eyes, 1e-6) if near_front else 0.0
        case GuidedPose.LEFT:
            return _beyond(-yaw, _TURN_RAD) if turned else 0.0
        case GuidedPose.RIGHT:
            return _beyond(yaw, _TURN_RAD) if turned else 0.0
        case GuidedPose.UP:
            return _beyond(-pitch, _PITCH_RAD) if turned else 0.0
        case GuidedPose.DOWN:
            return _beyond(pitch, _PITCH_RAD) if turned else 0.0
        case GuidedPose.EYES_LEFT | GuidedPose.EYES_RIGHT:
            sign = 1 if pose is GuidedPose.EYES_LEFT else -1
            return _beyond(sign * gaze, _GAZE) if near_front and eyes > 0.6 * open_eyes else 0.0
        case _:
            assert_never(pose)


def _beyond(value: float, limit: float) -> float:
    """Return how far a value exceeds a limit, in limits."""
    return float((value - limit) / limit)
