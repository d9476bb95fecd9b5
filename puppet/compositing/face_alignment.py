"""The face of a portrait that shows the performer, moved to where theirs is in the frame.

Landmarks lie a pixel or two beside the lips, lids and folds that they stand for. Where the portrait shows the
performer, the rendered face and the one in the frame look alike, so what is left between them is measured by optical
flow, and the rendered pixels move by it. No pixel of the frame is shown. Last step of a face, after corrections and
other pictures' parts. One object belongs to one thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.placement import Rectangle
from puppet.domain import Floats, Picture
from puppet.geometry.affine import Points, combined, inverse, moved, similarity
from puppet.geometry.face_mesh import OVAL
from puppet.geometry.head_pose import Array

_SIDE, _MARGIN = 160, 1.1  # of the compared squares in pixels; their side to the longer side of the face
_SMOOTH_PX = 0.8  # standard deviation of the motion's smoothing: else teeth and plain skin become jagged
_LARGEST = 0.03  # of the square's side: motion across or down that is left; more is no error of landmarks
_ALIKE, _APART = 0.02, 0.05  # distance of the two poses' landmarks in faces' widths: all of the effect, and none
_PLACE_PX = 8.0  # of the square: extent of a place at which both faces are compared after it
_DIFFERENCE = 40.0  # grey levels: mean difference at which a third of the motion is left
_CORRELATION = 0.4, 0.8  # of their structure: none of the motion is left, and all
_NOISE = np.float32(9)  # square of the grey levels that are no structure
_INSIDE, _SOFT = 0.05, 0.025  # of the side: distance to the face's outline, and softness, from which pixels move
_FINEST = 16  # pixels of a frame, at most, that are averaged to one of the square
_AROUND = 0.3  # of the face's longer side: margin of what is kept of a frame


@dataclass(frozen=True, slots=True, eq=False)
class PerformerView:
    """The performer's face in a frame.

    Attributes:
        image: (h, w, 3): the part of the frame around it.
        points: (478, 2): their landmarks in its pixels.
        likeness: of the portrait and the performer, in [0, 1]; 0: the face stays as it is.
    """

    image: Picture
    points: Floats
    likeness: float

    @classmethod
    def of(cls, frame: Picture, points: Floats, likeness: float, *, mirror: bool) -> PerformerView | None:
        """Return the view of a performer; None outside of the frame.

        Args:
            frame: (H, W, 3).
            points: (478, 2): their landmarks, in pixels of the frame, mirrored if `mirror`.
            likeness: as of the attribute.
            mirror: mirror the frame.
        """
        height, width = frame.shape[:2]
        low, high = points.min(0), points.max(0)
        margin = _AROUND * float((high - low).max())
        low, high = np.floor(low - margin).astype(int), np.ceil(high + margin).astype(int)
        area = Rectangle(int(low[0]), int(low[1]), int(high[0]), int(high[1])) & Rectangle(0, 0, width, height)
        if 0 in area.size:
            return None
        seen = frame[:, ::-1] if mirror else frame
        return cls(np.ascontiguousarray(area.of(seen)), points - np.array([area.left, area.top], np.float32), likeness)


class FaceAlignment:
    """Moves rendered faces to where the performer's are."""

    def __init__(self) -> None:
        """Prepare the search."""
        self._search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._search.setFinestScale(0)

    def align(self, picture: NDArray[np.uint8], points: Points, view: PerformerView) -> None:
        """Move the face in a picture (H, W, 3 or 4), in place; `points`: (478, 2): its landmarks in pixels."""
        to_frame = similarity(points, view.points)
        share = view.likeness * _agreement(moved(points, to_frame), view.points)
        if share <= 0:
            return
        low, high = points[OVAL].min(0), points[OVAL].max(0)
        scale = _SIDE / max(float((high - low).max()) * _MARGIN, 1.0)
        to_square = np.column_stack([np.eye(2) * scale, (_SIDE - 1) / 2 - scale * (low + high) / 2])
        own = _grey_square(picture, to_square)
        theirs = _grey_square(view.image, combined(inverse(to_frame), to_square))
        flow = self._search.calc(theirs, own, None)  # type: ignore[call-overload] # None: begins at rest
        offset = np.asarray(cv2.GaussianBlur(flow, (0, 0), _SMOOTH_PX), np.float32)
        offset = offset.clip(-_LARGEST * _SIDE, _LARGEST * _SIDE)
        outline = moved(points[OVAL], to_square)
        weight = np.float32(share / scale) * _certainty(offset, own, theirs) * _inside(outline)
        _move(picture, offset * weight[..., None], to_square, np.array([outline.min(0), outline.max(0)]))


def _agreement(points: Points, others: Points) -> float:
    """Return how alike the landmarks of two poses at one place are, in [0, 1]: gains make a pose another one."""
    width = max(float(np.ptp(others[OVAL, 0])), 1.0)
    apart = float(np.sqrt(np.square(points - others).sum(1).mean())) / width
    return float(np.interp(apart, (_ALIKE, _APART), (1, 0)))


def _certainty(offset: Floats, own: Picture, theirs: Picture) -> Floats:
    """Return (_SIDE, _SIDE) in [0, 1]: how alike both faces are after the motion; a hand before one is not."""
    axis = np.arange(_SIDE, dtype=np.float32)
    at = offset + np.dstack(np.meshgrid(axis, axis))
    shown = cv2.remap(own, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload] # None: the map has both axes
    side = _SIDE // 2
    a, b = (cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) for each in (shown, theirs))
    (a_mean, b_mean), difference = map(_mean, (a, b)), _mean(np.abs(a - b))
    a_variance, b_variance = (_mean(each * each) - mean * mean for each, mean in ((a, a_mean), (b, b_mean)))
    contrast = np.sqrt(np.maximum(a_variance, 0) * np.maximum(b_variance, 0))
    correlation = (_mean(a * b) - a_mean * b_mean + _NOISE) / (contrast + _NOISE)
    least, most = _CORRELATION
    certain = np.exp(-np.square(difference / _DIFFERENCE)) * ((correlation - least) / (most - least)).clip(0, 1)
    return np.asarray(cv2.resize(certain, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def _mean(values: Floats) -> Floats:
    """Return the means around each place."""
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _PLACE_PX / 2), np.float32)


def _inside(outline: Points) -> Floats:
    """Return (_SIDE, _SIDE) in [0, 1]: 1 well inside of an outline (K, 2)."""
    filled = np.zeros((_SIDE, _SIDE), np.float32)
    cv2.fillConvexPoly(filled, cv2.convexHull(outline.round().astype(np.int32)), 1.0)
    inner = cv2.erode(filled, np.ones((2 * round(_INSIDE * _SIDE) + 1,) * 2, np.uint8), borderValue=0)
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), _SOFT * _SIDE), np.float32)


def _move(picture: NDArray[np.uint8], offset: Floats, to_square: Array, box: Points) -> None:
    """Show at each pixel of a box what lies `offset` beside it.

    Args:
        picture: changed in place.
        offset: (_SIDE, _SIDE, 2) in pixels of the picture.
        to_square: affine (2, 3) from the picture to places in `offset`.
        box: (2, 2): first and last such places of the box.
    """
    (left, top), (right, bottom) = moved(box, inverse(to_square))
    height, width = picture.shape[:2]
    area = Rectangle(round(left), round(top), round(right), round(bottom)) & Rectangle(0, 0, width, height)
    if 0 in area.size:
        return
    there = combined(np.array([[1.0, 0, area.left], [0, 1, area.top]]), to_square)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    places = cv2.warpAffine(offset, there, area.size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    x, y = np.arange(area.left, area.right), np.arange(area.top, area.bottom)
    at = (places + np.dstack(np.meshgrid(x, y))).astype(np.float32)
    area.of(picture)[:] = cv2.remap(picture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload] # None: the map has both axes


def _grey_square(picture: NDArray[np.uint8], to_square: Array) -> Picture:
    """Return the grey levels (_SIDE, _SIDE) of a picture that an affine brings there, without aliasing."""
    finer = min(max(1, int(1 / max(float(np.hypot(*to_square[:, 0])), 1e-6))), _FINEST)
    size = finer * _SIDE
    to_finer = to_square * finer
    to_finer[:, 2] += (finer - 1) / 2
    square = cv2.warpAffine(picture, to_finer, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if finer > 1:
        square = cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.cvtColor(square, cv2.COLOR_RGB2GRAY if square.shape[2] == 3 else cv2.COLOR_RGBA2GRAY), np.uint8
    )
