"""The detail networks' corrections of mouth and eyes, added to the finished picture at the output's size."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from puppet.compositing.placement import Placement, Rectangle
from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry import face_mesh

_COARSE = 0.6  # output pixels per pixel of a crop below which the crop is averaged first


def add_corrections(picture: Picture, inspection: Inspection, driven: Keypoints, placement: Placement) -> None:
    """Add the corrections of a frame to the finished picture, in place; without corrections nothing changes.

    Args:
        picture: the output; of a fourth channel nothing is changed.
        inspection: of the frame.
        driven: the portrait's pose in the frame.
        placement: of the portrait in the output.
    """
    if inspection.mouth is None or inspection.eyes is None:
        return
    mouth, eyes = face_mesh.detail_crops(driven)
    for change, place in ((inspection.mouth, mouth), *zip(inspection.eyes, eyes, strict=True)):
        _add(picture, change, _to_output(place, placement))


def mixed_corrections(inspection: Inspection, before: Inspection, share: float) -> Inspection:
    """Return a frame whose corrections are mixed with those of a frame before; `share`: of its own, in [0, 1]."""
    if inspection.mouth is None or inspection.eyes is None or before.mouth is None or before.eyes is None:
        return inspection
    mouth, eyes = (
        np.asarray(cv2.addWeighted(own, share, old, 1 - share, 0), np.float32)
        for own, old in ((inspection.mouth, before.mouth), (inspection.eyes, before.eyes))
    )
    return replace(inspection, mouth=mouth, eyes=eyes)


def _to_output(place: Floats, placement: Placement) -> Floats:
    """Return the affine (2, 3) from a crop's [-1, 1]² to pixels of the output."""
    px, middle = placement.px_per_norm, (placement.size - 1) / 2
    centre = placement.of_model_px(np.array([middle, middle]))
    return np.column_stack([px * place[:, :2], px * place[:, 2] + centre]).astype(np.float32)


def _add(picture: Picture, change: Floats, place: Floats) -> None:
    """Add a crop (s, s, 3) that an affine places in the picture, in place."""
    side = len(change)
    if 2 * np.hypot(*place[:, 0]) < _COARSE * side:
        side //= 2
        change = np.asarray(cv2.resize(change, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    reach = np.abs(place[:, :2]).sum(1)
    low, high = np.floor(place[:, 2] - reach).astype(int), np.ceil(place[:, 2] + reach).astype(int) + 1
    height, width = picture.shape[:2]
    box = Rectangle(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & Rectangle(0, 0, width, height)
    if min(box.size) < 1:
        return

    unit = 2 / (side - 1)
    affine = np.column_stack([place[:, :2] * unit, place[:, 2] - place[:, :2].sum(1) - (box.left, box.top)])
    moved = cv2.warpAffine(change, affine, box.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    part = box.of(picture)[..., :3]
    part[:] = cv2.add(np.ascontiguousarray(part), moved, dtype=cv2.CV_8U)
