"""Mouth and eyes of another picture of the same person, set into the picture a frame is made of.

After the corrections of the detail networks, on the thread that paints. Each part is warped by the face mesh, its light
and colour are matched at its border, and it is blended in with a soft edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from puppet.compositing.layered_compositor import Composition
from puppet.compositing.placement import Placement
from puppet.domain import Floats, Keypoints, Picture
from puppet.geometry import face_mesh
from puppet.geometry import landmarks as lm

_SMALLEST_PX = 8
_SOFT = 0.1  # of a part's width: softness of its edge
_MATCHED_PX = 32  # side at which colours are matched


class Part(Enum):
    """Parts that are taken from another picture."""

    MOUTH = "mouth"
    EYES = "eyes"


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    """A part of another picture of the same person.

    Attributes:
        part: the part.
        layers: of the picture.
        keypoints: its pose.
        weight: share of the part in the result, in (0, 1].
    """

    part: Part
    layers: Composition
    keypoints: Keypoints
    weight: float


def add_parts(picture: Picture, driven: Keypoints, donors: Sequence[Donor]) -> None:
    """Blend parts of other pictures into a composed one, in place.

    Args:
        picture: of `Composition.compose`.
        driven: its pose.
        donors: drawn in this order.
    """
    for donor in donors:
        for outline in _outlines(donor.part, driven):
            _add(picture, driven, donor, outline)


def _outlines(part: Part, pose: Keypoints) -> list[Floats]:
    """Return the outlines (K, 2), normalised, of what is taken over."""
    if part is Part.MOUTH:
        return [_grown(pose.points[face_mesh.OUTER_LIPS], 1.25, 1.5)]
    rows = [np.concatenate([upper[1], lower[1], corners]) for upper, lower, corners in _LIDS]
    return [_grown(pose.points[row], 1.15, 1.3) for row in rows]


_LIDS = list(zip(lm.UPPER_LIDS, lm.LOWER_LIDS, lm.EYE_CORNERS, strict=True))


def _grown(points: Floats, across: float, down: float) -> Floats:
    centre = (points.min(0) + points.max(0)) / 2
    return np.asarray(centre + (points - centre) * (across, down), np.float32)


def _add(picture: Picture, driven: Keypoints, donor: Donor, outline: Floats) -> None:
    placement = donor.layers.placement
    pixels = _to_px(placement, outline)
    soft = _SOFT * float(np.ptp(pixels[:, 0]))
    size = np.array(picture.shape[1::-1])
    low = np.floor(pixels.min(0) - 2 * soft).clip(0, size).astype(int)
    high = np.ceil(pixels.max(0) + 2 * soft + 1).clip(0, size).astype(int)
    width, height = high - low
    if min(width, height) < _SMALLEST_PX:
        return
    corners = _to_norm(placement, np.array([low, high - 1], np.float32))
    field, inside = face_mesh.displacement_within(donor.keypoints, driven, *corners)
    moved = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR) * np.float32(placement.px_per_norm)
    across, down = (np.arange(a, b, dtype=np.float32) for a, b in zip(low, high, strict=True))
    moved[..., 0] += across
    moved[..., 1] += down[:, None]
    theirs = donor.layers.sample(moved)
    mask = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull((pixels - low).round().astype(np.int32)), 1.0)
    mask = np.minimum(mask, cv2.resize(inside, (width, height), interpolation=cv2.INTER_LINEAR))
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(soft / 2, 0.5)), np.float32)
    part = picture[low[1] : high[1], low[0] : high[0]]
    change = np.asarray(cv2.subtract(theirs, part, dtype=cv2.CV_32F), np.float32)
    change += _difference(change, mask)
    change *= mask[..., None] * np.float32(donor.weight)
    cv2.add(part, change, part, dtype=cv2.CV_8U)


def _difference(change: Floats, mask: Floats) -> Floats:
    """Return what takes the slowly varying part of a change away, as it is along the border of the mask."""
    height, width = mask.shape
    scale = min(1.0, _MATCHED_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small, inside = (np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA)) for each in (change, mask))
    border = np.asarray(4 * inside * (1 - inside) + 1e-4, np.float32)[..., None]
    sigma = max(size) / 4
    weighted = cv2.GaussianBlur(np.dstack([small * border, border]), (0, 0), sigma)
    slow = np.asarray(-weighted[..., :3] / weighted[..., 3:], np.float32)
    return np.asarray(cv2.resize(slow, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _to_px(placement: Placement, points: Floats) -> Floats:
    return np.asarray(placement.of_model_px((points + 1) * ((placement.size - 1) / 2)), np.float32)


def _to_norm(placement: Placement, pixels: Floats) -> Floats:
    return np.column_stack([placement.normalised(pixels[:, axis], axis) for axis in (0, 1)]).astype(np.float32)
