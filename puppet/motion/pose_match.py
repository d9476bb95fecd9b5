"""The performer's pose beside the portrait's own: outlines to draw, and how well the two agree.

The neutral pose corresponds to the portrait as it was photographed. A performer who calibrates in the portrait's pose
gets the portrait's motion without an offset. NumPy only; pure functions, any thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from puppet.domain import Floats, Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.apertures import eye_openness, lip_gap
from puppet.geometry.face_mesh import EYES, OUTER_LIPS, OVAL
from puppet.geometry.head_pose import Array, Head, face_of, fit_head, rotation_vector

_OUTLINES = (OVAL, *EYES, OUTER_LIPS)
_BRIDGE: lm.Indices = np.array([168, 6, 197, 195, 5, 4])
_TURN_RAD, _LIPS, _EYES = np.radians(12), 0.15, 0.2  # each of these alone leaves a match of 61 %


@dataclass(frozen=True, slots=True)
class PoseMatch:
    """Outlines of faces, each (n, 2) float32, normalised to the performer's box.

    Attributes:
        portrait: the portrait's face in its own pose, at the place and of the size of the performer's.
        share: agreement of head pose, lips and lids, in [0, 1].
    """

    portrait: tuple[Floats, ...]
    share: float


def pose_match(portrait: Keypoints, performer: Keypoints) -> PoseMatch | None:
    """Compare two poses; None for keypoints that are not landmarks."""
    if portrait.depth is None or performer.depth is None:
        return None
    faces = face_of(portrait), face_of(performer)
    own, now = fit_head(faces[0]), fit_head(faces[1])
    shapes = own.to_own(faces[0]), now.to_own(faces[1])
    ghost = Head(own.rotation, now.size, now.centre).to_camera(shapes[0])
    turn = float(np.linalg.norm(rotation_vector(now.rotation @ own.rotation.T)))
    signs = (turn / _TURN_RAD, _difference(shapes, lips=True) / _LIPS, _difference(shapes, lips=False) / _EYES)
    lines = [np.append(outline, outline[0]) for outline in _OUTLINES]
    outlines = tuple(ghost[line, :2].astype(np.float32) for line in (*lines, _BRIDGE, *lm.BROWS))
    return PoseMatch(outlines, float(np.exp(-0.5 * np.square(signs).sum())))


def _difference(shapes: tuple[Array, Array], *, lips: bool) -> float:
    """Return the difference of two faces' apertures: of the lips in units of the mean face, of the eyes in widths."""
    measures = [
        float(lip_gap(shape).mean()) if lips else float(np.mean([eye_openness(shape, eye) for eye in (0, 1)]))
        for shape in shapes
    ]
    return abs(measures[0] - measures[1])
