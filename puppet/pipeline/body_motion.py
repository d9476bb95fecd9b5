"""Measured motion of the performer's shoulders, clothes and hair, for portraits that show the performer.

Between tracking and transfer. What is measured on one person fits no other: hair that moves as somebody else's tears.
So it is measured only where portrait and performer look alike at rest: a frame of the clip, a photograph of oneself,
the pictures of the guided minute. Belongs to the loop thread.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from puppet.domain import Floats, Keypoints, Picture
from puppet.geometry.crop import CropBox
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.flow_grid import SIDE, aligned
from puppet.geometry.head_pose import face_of, fit_head
from puppet.motion.calibration import is_at_rest
from puppet.pipeline.performer import PerformerPose
from puppet.pipeline.scenes import Portrait
from puppet.tracking.body_flow import SQUARE_SIDE, BodyFlow, grey_cells

_SIGMA = 2.0  # cells around a place whose structure is compared
_NOISE = 25.0  # square of the grey levels that are no structure
_ALIKE = 0.6, 0.85  # correlation from which two pictures show the same, and do so for certain
_DIFFERENT = 22.0, 14.0  # mean difference in grey levels, likewise


class BodyMotion:
    """Adds what is measured to the performer's poses."""

    def __init__(self, *, measures: bool, person_only: bool) -> None:
        """Begin without a pose at rest.

        Args:
            measures: False: poses stay as they are, for packs that cannot use it.
            person_only: the background behind the performer does not count.
        """
        self._measures = measures
        self._flow = BodyFlow(person_only=person_only)
        self._view: tuple[CropBox, bool] | None = None  # box and mirroring of the pose at rest
        self._rest: Keypoints | None = None
        self._calibrations = 0  # until that pose
        self._portrait: Portrait | None = None  # to which `_likeness` belongs
        self._likeness = 0.0

    def take_rest(self, image: Picture, pose: PerformerPose) -> None:
        """Measure from this pose on; `image`: the frame it was detected in, mirrored with it."""
        if self._measures:
            self._view, self._rest, self._portrait = (pose.box, pose.mirror), pose.keypoints, None
            self._flow.take_rest(pose.box.extract_nearest(image, SQUARE_SIDE))

    def find_rest(self, image: Picture, pose: PerformerPose, neutral: Keypoints, calibrations: int) -> None:
        """Measure from this pose on if it is the first near the neutral one.

        Args:
            image: as of `take_rest`.
            pose: the performer's.
            neutral: their neutral pose.
            calibrations: their number; after another one, another pose is looked for.
        """
        if calibrations != self._calibrations:
            self._calibrations, self._view = calibrations, None
        if self._measures and self._view != (pose.box, pose.mirror) and is_at_rest(pose.keypoints, neutral):
            self.take_rest(image, pose)

    def measured(self, image: Picture, pose: PerformerPose | None, portrait: Portrait | None) -> Keypoints | None:
        """Return what a frame shows of the performer, with the flow if the portrait shows them, too.

        Args:
            image: as of `take_rest`.
            pose: the performer's; None: no face, and nothing is returned.
            portrait: None: its body does not move.
        """
        if pose is None or portrait is None or self._rest is None or self._view != (pose.box, pose.mirror):
            return pose.keypoints if pose else None
        if self._portrait is not portrait:
            self._portrait, self._likeness = portrait, self._compare(portrait, self._rest)
        if self._likeness == 0:
            return pose.keypoints
        faces = (each.points[OVAL] for each in (pose.keypoints, self._rest))
        square = pose.box.extract_nearest(image, SQUARE_SIDE)
        flow = np.float32(self._likeness) * self._flow.measure(square, *faces)
        return replace(pose.keypoints, flow=flow, appearance=grey_cells(square))

    @property
    def likeness(self) -> float:
        """Likeness of the last portrait and the performer at rest, in [0, 1]."""
        return self._likeness

    def _compare(self, portrait: Portrait, rest: Keypoints) -> float:
        """Return the likeness of portrait and performer at rest, in [0, 1]: 1 for the same photograph."""
        head, own = (fit_head(face_of(pose)) for pose in (rest, portrait.keypoints))
        picture, share = self._flow.at_rest
        theirs = np.dstack([picture, share]).astype(np.float32)
        there = aligned(theirs, own.size / head.size, head.centre[:2], own.centre[:2])
        mine = grey_cells(portrait.face)
        correlation, difference = _agreement(mine, there[..., 0], there[..., 1] * beside_face(portrait.keypoints))
        shares = (np.interp(correlation, _ALIKE, (0, 1)), np.interp(difference, _DIFFERENT[::-1], (1, 0)))
        return float(min(shares))


def _agreement(a: Floats, b: Floats, share: Floats) -> tuple[float, float]:
    """Return correlation of the structure and mean difference of two pictures (h, w), where they have a share."""

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), _SIGMA), np.float32)

    a_mean, b_mean = mean(a), mean(b)
    a_variance, b_variance = (np.maximum(mean(each * each) - own * own, 0) for each, own in ((a, a_mean), (b, b_mean)))
    contrast = np.sqrt(a_variance * b_variance)
    correlation = (mean(a * b) - a_mean * b_mean) / (contrast + np.float32(_NOISE))
    weight = share * np.sqrt(contrast)
    if weight.sum() < 1:
        return 0.0, 255.0
    return float((correlation * weight).sum() / weight.sum()), float((np.abs(a - b) * share).sum() / share.sum())


def beside_face(pose: Keypoints) -> Floats:
    """Return (SIDE, SIDE): 0 on the face, which everybody has, else 1."""
    beside = np.ones((SIDE, SIDE), np.float32)
    hull = cv2.convexHull(((pose.points[OVAL] + 1) * (SIDE - 1) / 2).round().clip(-SIDE, 2 * SIDE).astype(np.int32))
    cv2.fillConvexPoly(beside, hull, 0.0)
    return np.asarray(cv2.erode(beside, np.ones((3, 3), np.uint8)), np.float32)
