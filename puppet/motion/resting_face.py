"""The performer's face at rest, from many frames: lids, brows, gaze and mouth as they usually are.

A neutral pose that is one frame may lie in the middle of a blink or a word. Here the head pose alone comes from one
frame, the anchor; the expression is a robust mean over all frames seen, in the head's own frame. Neither clocks nor
chance are used: the same frames give the same face. Memory is bounded; NumPy only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from puppet.domain import Keypoints
from puppet.geometry import landmarks as lm
from puppet.geometry.apertures import eye_openness, eye_width, lid_gap, lip_gap, lower_face
from puppet.geometry.head_pose import Array, face_of, fit_head, moved_onto
from puppet.motion.landmark_transfer import move_lids

CAPACITY = 256
"""Faces kept; when they are full, every second one is discarded, and only every second further frame is kept."""
_BLINK = 0.5  # of the usual aperture of open eyes: less is a blink
_OPEN = 0.4, 0.9  # quantiles of the aperture outside of blinks: neither looking down nor wide open
_LEAST_OPEN = 0.1  # aperture in widths of the eye: eyes that are never wider are taken for eyes kept closed


class RestingFace:
    """Collects the faces of one performer and estimates the face at rest."""

    def __init__(self) -> None:
        self._faces = np.empty((CAPACITY, lm.COUNT, 3))
        self._kept = self._seen = 0
        self._stride = 1

    def add(self, pose: Keypoints) -> None:
        """Add the pose of a frame; poses that are not landmarks, or not finite, are ignored."""
        if not are_landmarks(pose) or not np.isfinite(face := face_of(pose)).all():
            return
        if self._seen % self._stride == 0:
            if self._kept == CAPACITY:
                self._kept, self._stride = CAPACITY // 2, 2 * self._stride
                self._faces[: self._kept] = self._faces[::2].copy()
            self._faces[self._kept] = fit_head(face).to_own(face)
            self._kept += 1
        self._seen += 1

    def mirror(self) -> None:
        """Mirror every face, for frames that are mirrored from now on."""
        self._faces[: self._kept] = mirrored_face(self._faces[: self._kept])

    def estimate(self) -> Array | None:
        """Return the face at rest (478, 3), in the head's own frame; None before the first face."""
        faces = self._faces[: self._kept]
        if not len(faces):
            return None
        upper = _raised_lids(np.median(faces[_with_open_eyes(faces)], axis=0))
        lower = faces[_with_relaxed_mouth(faces)].mean(0)
        rest: Array = upper + lower_face() * (lower - upper)
        return rest

    def neutral(self, anchor: Keypoints) -> Keypoints:
        """Return the neutral pose with the head pose of `anchor`; `anchor` itself when it is not landmarks."""
        rest = self.estimate() if are_landmarks(anchor) else None
        return anchor if rest is None else with_expression(anchor, rest)


def are_landmarks(pose: Keypoints) -> bool:
    """Return True for landmarks with depth, False for a detector's keypoints."""
    return pose.depth is not None and len(pose.points) == lm.COUNT


def with_expression(anchor: Keypoints, own: Array) -> Keypoints:
    """Return the face `own` (478, 3), in the head's own frame, with the head pose and the body of `anchor`."""
    face = moved_onto(own, face_of(anchor))
    return replace(anchor, points=face[:, :2].astype(np.float32), depth=face[:, 2].astype(np.float32))


def mirrored(pose: Keypoints) -> Keypoints:
    """Return landmarks as they are found in the mirrored picture, without the body."""
    face = mirrored_face(face_of(pose)).astype(np.float32)
    return Keypoints(np.ascontiguousarray(face[:, :2]), np.ascontiguousarray(face[:, 2]))


def mirrored_face(faces: Array) -> Array:
    """Mirror faces (..., 478, 3): right and left change places."""
    return np.asarray(faces[..., lm.mirror_image(), :] * (-1, 1, 1))


def _with_open_eyes(faces: Array) -> lm.Indices:
    """Return the indices of the faces outside of blinks whose aperture is from the 40th to the 90th percentile."""
    apertures = np.minimum(*(eye_openness(faces, eye) for eye in (0, 1)))
    order = np.argsort(apertures, kind="stable")
    awake = order[apertures[order] >= _BLINK * np.quantile(apertures, 0.95)]
    if not len(awake):
        return order
    begin, end = (round(share * len(awake)) for share in _OPEN)
    chosen: lm.Indices = awake[min(begin, len(awake) - 1) : max(end, begin + 1)]
    return chosen


def _with_relaxed_mouth(faces: Array) -> lm.Indices:
    """Return the indices of the quarter of the faces with the smallest gap of the lips."""
    order = np.argsort(lip_gap(faces).mean(-1), kind="stable")
    return order[: -(-len(order) // 4)]


def _raised_lids(face: Array) -> Array:
    """Open eyes that are closed to `_LEAST_OPEN`: closed eyes at rest would keep the portrait's eyes open."""
    for eye in (0, 1):
        lack = _LEAST_OPEN - float(eye_openness(face, eye))
        if lack > 0:
            gap = lid_gap(lm.mean_face(), eye)
            move_lids(face, eye, lack * float(eye_width(face, eye)) * gap / gap.mean())
    return face
