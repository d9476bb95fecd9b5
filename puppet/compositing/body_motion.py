"""Measured motion of the body in place of the networks', where it is certain.

Between the model's flow and the pixels. The networks move shoulders, clothes and hair by ten keypoints; a pose may
carry what was measured (`puppet/geometry/flow_grid.py`). The face keeps its own motion. Pure functions.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry.face_mesh import OVAL

_AROUND = 3 / 128  # margin of the face that moves as the face does, as a share of the square's side
_REACH = 2  # points of a flow around what would come from inside of the face
_COARSE = 64  # side of the grid on which measured motion is continued beside what is certain
_NEAR, _FAR = 0.7, 1.5  # standard deviations of two means of what is certain near by, in its cells
_FAR_SHARE, _DOUBT = 0.3, 0.08  # weights of the wider mean, and of the networks' motion


def with_body(flow: Floats, driven: Keypoints, inside: Floats | None = None) -> Floats:
    """Return the flow (h, h, 2) of a square, normalised, with the pose's measured motion beside the face.

    Args:
        flow: from a pixel to its place in the portrait.
        driven: the pose.
        inside: (k, k): `inside_face` of the portrait: nothing beside the moved face comes from there. None: unknown.
    """
    if driven.flow is None:
        return flow
    corrected = _corrected(flow, driven, driven.flow)[0]
    if inside is None:
        return corrected
    half, side = (len(inside) - 1) / 2, len(flow)
    places = np.float32(half) * corrected + np.float32(2 * half / (side - 1)) * _places(side)
    repeated = cv2.dilate(_sampled(inside, places, cv2.INTER_LINEAR), np.ones((2 * _REACH + 1,) * 2, np.uint8))
    kept = 1 - np.asarray(cv2.GaussianBlur(repeated, (0, 0), _REACH), np.float32)
    return np.asarray(flow + kept[..., None] * (corrected - flow), np.float32)


def inside_face(pose: Keypoints, side: int) -> Floats:
    """Return (side, side): 1 well inside of a face, else 0."""
    filled = _face(pose, side)
    return np.asarray(cv2.erode(filled, np.ones((2 * _REACH + 1,) * 2, np.uint8)), np.float32)


def moved_square(face: Picture, inspection: Inspection, driven: Keypoints) -> Picture:
    """Return a rendered square with the pose's measured motion beside the face.

    Args:
        face: (size, size, 3): the square that was rendered from.
        inspection: the rendered square, with flow and occlusion.
        driven: the pose in it.
    """
    flow, occlusion, size = inspection.flow, inspection.occlusion, len(face)
    if driven.flow is None or flow is None or occlusion is None:
        return inspection.picture
    corrected, certainty = _corrected(flow, driven, driven.flow)
    px = np.float32((size - 1) / 2)
    before, after = (_sampled(face, _places(size) + px * _enlarged(each, size)) for each in (flow, corrected))
    visible, certain = (_enlarged(each, size)[..., None] for each in (occlusion, certainty))
    rendered = inspection.picture + visible * (after - before)
    return np.asarray(rendered + certain * (after - rendered) + 0.5).clip(0, 255).astype(np.uint8)


def _corrected(flow: Floats, driven: Keypoints, measured: Floats) -> tuple[Floats, Floats]:
    """Return a flow with the measured motion, and the certainty (h, h) in [0, 1] of that beside the face."""
    side, sides = len(flow), (_COARSE, _COARSE)
    beside = _beside_face(driven, side)
    coarse = cv2.resize(flow, sides, interpolation=cv2.INTER_AREA)
    free = cv2.resize(beside, sides, interpolation=cv2.INTER_AREA)
    cells = cv2.resize(measured, sides, interpolation=cv2.INTER_LINEAR) * free[..., None]
    cells[..., :2] -= cells[..., 2:] * coarse
    near = np.asarray(cv2.GaussianBlur(cells, (0, 0), _NEAR), np.float32)
    mean = near + np.float32(_FAR_SHARE) * np.asarray(cv2.GaussianBlur(cells, (0, 0), _FAR), np.float32)
    change = np.asarray(mean[..., :2] / (mean[..., 2:] + np.float32(_DOUBT)), np.float32)
    corrected = flow + beside[..., None] * _enlarged(change, side)
    return np.asarray(corrected, np.float32), beside * _enlarged(near[..., 2], side)


def _beside_face(driven: Keypoints, side: int) -> Floats:
    """Return (side, side) in [0, 1]: 0 on the face and close to it, with a soft border."""
    margin = round(_AROUND * side)
    around = cv2.dilate(_face(driven, side), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1,) * 2))
    return np.asarray(1 - cv2.GaussianBlur(around, (0, 0), margin / 2), np.float32)


def _face(pose: Keypoints, side: int) -> Floats:
    """Return (side, side) in [0, 1]: 1 inside of a face."""
    hull = cv2.convexHull(((pose.points[OVAL] + 1) * ((side - 1) / 2)).astype(np.float32))
    filled = np.zeros((side, side), np.float32)
    cv2.fillConvexPoly(filled, np.round(hull.clip(-side, 2 * side) * 16).astype(np.int32), 1.0, cv2.LINE_AA, 4)
    return filled


def _enlarged(values: Floats, side: int) -> Floats:
    return np.asarray(cv2.resize(values, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


@cache
def _places(size: int) -> Floats:
    """Return (size, size, 2): the place of each pixel of a square."""
    axis = np.arange(size, dtype=np.float32)
    return np.dstack(np.meshgrid(axis, axis))


def _sampled(picture: Picture | Floats, at: Floats, interpolation: int = cv2.INTER_CUBIC) -> Floats:
    """Return the pixels of a picture at places (h, w, 2) as float32."""
    moved = cv2.remap(picture, at, None, interpolation, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload] # None: the map has both axes
    return np.asarray(moved, np.float32)
