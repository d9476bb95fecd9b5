"""The performer's pose as VTube Studio's tracking parameters, for programs that read them. NumPy only; any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.apertures import eye_openness, eye_width, lip_gap
from puppet.geometry.head_pose import face_of, fit_head, rotation_vector

_OPEN_EYE, _OPEN_MOUTH, _BROW = 0.25, 0.6, 0.12  # apertures, and the brows' rise, that count as 1
_CLOSED_EYE = 0.06
_POSITION = 10.0  # VTube Studio's unit in half widths of the performer's square


@dataclass(frozen=True, slots=True)
class FaceParameter:
    """A tracking parameter: its value, range and value at rest."""

    value: float
    low: float
    high: float
    rest: float = 0.0


def face_parameters(pose: Keypoints | None, neutral: Keypoints | None) -> dict[str, FaceParameter]:
    """Return the parameters by their names in VTube Studio.

    Args:
        pose: the performer's landmarks; None, or a detector's keypoints: every value is the one at rest.
        neutral: positions and brows are measured from it; None: from a face that looks straight ahead.
    """
    values = _measured(pose, neutral) if pose is not None and pose.depth is not None else {}
    found = {}
    for name, (low, high, rest) in _RANGES.items():
        found[name] = FaceParameter(float(np.clip(values.get(name, rest), low, high)), low, high, rest)
    return found


_RANGES = {
    "FaceAngleX": (-30.0, 30.0, 0.0),  # degrees, to the picture's right
    "FaceAngleY": (-30.0, 30.0, 0.0),  # upwards
    "FaceAngleZ": (-90.0, 90.0, 0.0),  # leaning to the picture's right
    "FacePositionX": (-15.0, 15.0, 0.0),
    "FacePositionY": (-15.0, 15.0, 0.0),
    "FacePositionZ": (-10.0, 10.0, 0.0),
    "MouthOpen": (0.0, 1.0, 0.0),
    "MouthSmile": (0.0, 1.0, 0.5),
    "EyeOpenLeft": (0.0, 1.0, 1.0),
    "EyeOpenRight": (0.0, 1.0, 1.0),
    "EyeLeftX": (-1.0, 1.0, 0.0),
    "EyeRightX": (-1.0, 1.0, 0.0),
    "BrowLeftY": (0.0, 1.0, 0.5),
    "BrowRightY": (0.0, 1.0, 0.5),
    "Brows": (0.0, 1.0, 0.5),
}


def _measured(pose: Keypoints, neutral: Keypoints | None) -> dict[str, float]:
    face = face_of(pose)
    head = fit_head(face)
    own = head.to_own(face)
    at_rest = neutral is not None and neutral.depth is not None
    rest_face = face_of(neutral) if at_rest and neutral else None
    rest_head = fit_head(rest_face) if rest_face is not None else head
    rest_own = rest_head.to_own(rest_face) if rest_face is not None else lm.mean_face()
    pitch, yaw, roll = np.degrees(rotation_vector(head.rotation))
    shift = _POSITION * (head.centre - rest_head.centre)
    eyes = [(float(eye_openness(own, eye)) - _CLOSED_EYE) / (_OPEN_EYE - _CLOSED_EYE) for eye in (0, 1)]
    gaze = [
        2 * (own[lm.IRISES[eye][0], 0] - own[lm.EYE_CORNERS[eye], 0].mean()) / float(eye_width(own, eye))
        for eye in (0, 1)
    ]
    brows = [0.5 - 0.5 * float((own - rest_own)[lm.BROWS[eye], 1].mean()) / _BROW for eye in (0, 1)]
    width = float(np.ptp(own[lm.MOUTH_CORNERS, 0])) / float(np.ptp(rest_own[lm.MOUTH_CORNERS, 0]))
    return {
        "FaceAngleX": float(-yaw),
        "FaceAngleY": float(pitch),
        "FaceAngleZ": float(roll),
        "FacePositionX": float(shift[0]),
        "FacePositionY": float(-shift[1]),
        "FacePositionZ": _POSITION * float(np.log(head.size / rest_head.size)),
        "MouthOpen": float(lip_gap(own).mean()) / _OPEN_MOUTH,
        "MouthSmile": 0.5 + 2 * (width - 1),
        "EyeOpenLeft": eyes[1],
        "EyeOpenRight": eyes[0],
        "EyeLeftX": float(gaze[1]),
        "EyeRightX": float(gaze[0]),
        "BrowLeftY": brows[1],
        "BrowRightY": brows[0],
        "Brows": sum(brows) / 2,
    }
