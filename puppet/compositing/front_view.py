"""A portrait that looks aside, turned to the front: its far half is the mirror image of the near one.

A face that is turned hides its far cheek, eye and ear. Where it has to look ahead, or to the other side, its few far
pixels would be stretched into bands; the near half, turned to the front, knows what the far one looks like. Made once
per portrait, as a further picture of it. Pure functions; NumPy and OpenCV.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.backdrops import over
from puppet.compositing.cutout import Cutout
from puppet.compositing.layered_compositor import Composition, Subject
from puppet.compositing.placement import Placement
from puppet.domain import Background, BackgroundKind, Floats, Inspection, Keypoints, Output, Picture
from puppet.geometry import landmarks as lm
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.head_pose import FRONT_VIEW_DEG, Array, Head, face_of, fit_head, rotation_matrix
from puppet.geometry.smoothstep import smoothstep

_MIDDLE = 0.12  # of half the face's width: half of the band in which both halves are mixed
_OUTER = 1.2, 1.7  # halves of the face's width from its middle between which the mirror image ends
_NECK = 0.5, 0.9  # likewise, between which the neck ends
_BELOW, _BESIDE = (-0.3, -0.05), (-0.28, 0.12)
"""Heights of the face above the chin between which the mirror image ends, on the neck and beside it."""
_OVER = -0.05, 0.15
"""Likewise, beside the neck: between which it replaces all that is there, and is laid over it."""
_LIGHT = 0.4  # of half the face's width: standard deviation of what is light rather than skin
_LIGHT_CELLS = 4  # the same, in cells
_DOUBT = 0.05  # share of a place near by from which its light is believed
_SIDE_PX = 1080  # most pixels on the shorter side to compose


@dataclass(frozen=True, slots=True, eq=False)
class FrontPose:
    """A portrait's pose, turned to the front, with a face as symmetrical as its mirror image is.

    Attributes:
        keypoints: the pose.
        head: of it.
        far: 1: the half on the right of the picture was hidden, -1: the left one.
    """

    keypoints: Keypoints
    head: Head
    far: int


def front_pose(pose: Keypoints) -> FrontPose | None:
    """Return a pose turned to the front; None if it looks ahead already, is seen from the side, or has no landmarks."""
    if pose.depth is None:
        return None
    face = face_of(pose)
    head = fit_head(face)
    aside = head.aside_deg()
    if not FRONT_VIEW_DEG[0] <= abs(aside) <= FRONT_VIEW_DEG[1]:
        return None
    rotation = head.rotation @ rotation_matrix(np.radians((0.0, aside, 0.0)))
    front, far = head.turned_to(rotation), 1 if aside > 0 else -1
    moved = front.to_camera(_symmetrical(head.to_own(face), far)).astype(np.float32)
    return FrontPose(replace(pose, points=moved[:, :2], depth=moved[:, 2]), front, far)


def _symmetrical(own: Array, far: int) -> Array:
    """Return a face (478, 3) in its head's own frame whose far half mirrors the near one."""
    other, mean = lm.mirror_image(), lm.mean_face()
    middle = other == np.arange(len(other))
    own = own - (float(own[middle, 0].mean()), 0, 0)
    aside = far * mean[:, :1] / (np.ptp(mean[[lm.LEFT_SIDE, lm.RIGHT_SIDE], 0]) / 2)
    share = smoothstep(aside, -_MIDDLE, _MIDDLE)
    return np.asarray(own + share * (own[other] * (-1, 1, 1) - own))


def front_view(subject: Subject, inspect: Callable[[Keypoints], Inspection]) -> Picture | None:
    """Return a portrait's picture with the head turned to the front; None if it looks ahead already.

    Args:
        subject: the portrait.
        inspect: renders it in a pose, with flow and masks.
    """
    pose = front_pose(subject.keypoints)
    if pose is None:
        return None
    composition = Composition(subject, None, Output.FULL, _SIDE_PX, Background(BackgroundKind.NONE))
    inspection = inspect(pose.keypoints)
    composed = composition.compose(composition.flow(inspection, pose.keypoints), pose.keypoints)
    composition.correct(composed, inspection, pose.keypoints)
    person = _mirrored(composed, pose, composition.placement)
    height, width = subject.picture.shape[:2]
    return over(
        np.asarray(cv2.resize(person, (width, height)), np.uint8), _without_person(subject.picture, subject.cutout)
    )


def _mirrored(person: NDArray[np.uint8], pose: FrontPose, placement: Placement) -> NDArray[np.uint8]:
    """Return a premultiplied person (h, w, 4), the far half of whose head mirrors the near one.

    Args:
        person: in that pose, (h, w, 4), premultiplied.
        pose: the pose.
        placement: of the portrait in these pixels.
    """
    height, width = person.shape[:2]
    across = _across(pose)
    (centre,) = placement.of_normalised(pose.head.centre[None, :2])
    turn = np.eye(2) - 2 * np.outer(across, across)
    affine = np.column_stack([turn, centre - turn @ centre])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    # Where the near half ends with the picture, the far one stays.
    image = cv2.warpAffine(person, affine, (width, height), person.copy(), flags, cv2.BORDER_TRANSPARENT)
    mirrored = _lit(np.asarray(image, np.uint8), person, pose, placement)
    share, replaces = (each[..., None] for each in _shares(pose, placement, (width, height)))
    opaque = mirrored[..., 3:] / np.float32(255)
    kept = 1 - share * (replaces + (1 - replaces) * opaque)
    return np.asarray((kept * person + share * mirrored).round().clip(0, 255), np.uint8)


def _across(pose: FrontPose) -> Array:
    """Return (2,): the direction from the right ear to the left one, of length 1."""
    return np.asarray(pose.head.rotation[:2, 0] / np.linalg.norm(pose.head.rotation[:2, 0]))


def _half_width(pose: FrontPose, placement: Placement) -> float:
    """Return half the face's width in pixels."""
    right, left = placement.of_normalised(pose.keypoints.points[[lm.RIGHT_SIDE, lm.LEFT_SIDE]])
    return max(float(np.linalg.norm(left - right)), 1.0) / 2


def _shares(pose: FrontPose, placement: Placement, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return (h, w) in [0, 1]: the share of the mirror image in the picture, and how far it replaces what is there.

    Beside the neck it does not: hair that falls on a shoulder is laid over it.
    """
    centre, chin, forehead = placement.of_normalised(
        np.vstack([pose.head.centre[:2], pose.keypoints.points[[lm.CHIN, lm.FOREHEAD]]])
    )
    x, y = np.arange(size[0])[None], np.arange(size[1])[:, None]
    across, up = _across(pose) * pose.far / _half_width(pose, placement), forehead - chin
    up = up / max(float(up @ up), 1e-6)
    aside = (x - centre[0]) * across[0] + (y - centre[1]) * across[1]
    above = (x - chin[0]) * up[0] + (y - chin[1]) * up[1]
    neck = 1 - smoothstep(aside, *_NECK)
    low, high = (beside + neck * (below - beside) for below, beside in zip(_BELOW, _BESIDE, strict=True))
    far_half = smoothstep(aside, -_MIDDLE, _MIDDLE) * (1 - smoothstep(aside, *_OUTER))
    replaces = smoothstep(above, *_OVER)
    replaces = replaces + neck * (1 - replaces)
    return np.asarray(far_half * smoothstep(above, low, high), np.float32), np.asarray(replaces, np.float32)


def _lit(mirrored: NDArray[np.uint8], person: NDArray[np.uint8], pose: FrontPose, placement: Placement) -> Floats:
    """Return a mirror image (h, w, 4) with the slowly varying light of the face that it replaces."""
    height, width = person.shape[:2]
    face = np.zeros((height, width), np.float32)
    cv2.fillPoly(face, [placement.of_normalised(pose.keypoints.points[OVAL]).round().astype(np.int32)], 1.0)
    own, image = person.astype(np.float32), mirrored.astype(np.float32)
    known = (face * ((own[..., 3] == 255) & (image[..., 3] == 255)))[..., None]
    cell = max(1, round(_LIGHT / _LIGHT_CELLS * _half_width(pose, placement)))
    size = max(1, width // cell), max(1, height // cell)
    weighted = np.concatenate([(own - image)[..., :3] * known, known], 2).astype(np.float32)
    cells = cv2.GaussianBlur(cv2.resize(weighted, size, interpolation=cv2.INTER_AREA), (0, 0), _LIGHT_CELLS)
    light = cv2.resize(np.asarray(cells[..., :3] / (cells[..., 3:] + _DOUBT), np.float32), (width, height))
    image[..., :3] += light * (image[..., 3:] / np.float32(255))
    return image.clip(0, 255)


def _without_person(picture: Picture, cutout: Cutout) -> Picture:
    """Return a picture with the person painted over."""
    region, behind = cutout.region, picture.copy()
    size = region.right - region.left, region.bottom - region.top
    painted = cv2.resize(cutout.background, size, interpolation=cv2.INTER_LINEAR)
    behind[region.top : region.bottom, region.left : region.right] = painted
    return behind
