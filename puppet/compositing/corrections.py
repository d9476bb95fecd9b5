"""The detail networks' corrections of mouth and eyes, enlarged to the output.

The render graph gives only the corrected small square. Warping the portrait's square as the graph does gives the square
before the correction; the difference is what the detail networks added.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.placement import ENLARGED, Placement, Rectangle, enlarge
from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry import face_mesh

_QUIET = 2  # grey levels: smaller differences come from resampling
_MARGIN_PX = 2
_LEAST_SEEN = 0.8  # of the source: below, the square shows its background, and the difference is no correction


class Corrections:
    """Corrections of one portrait."""

    def __init__(self, face: Picture) -> None:
        """`face`: (size, size, 3): the model's square of the portrait."""
        self._size = face.shape[0]
        self._enlarged = cv2.cvtColor(enlarge(face), cv2.COLOR_RGB2RGBA)  # four channels are sampled twice as fast
        self._at = dict[int, tuple[Floats, Floats]]()  # side of a field -> the pixels in it, x and y

    def add(
        self,
        picture: Picture,
        inspection: Inspection,
        driven: Keypoints,
        placement: Placement,
        weight: float = 1.0,
    ) -> None:
        """Add the corrections of a frame to the finished picture, in place.

        Args:
            picture: the output; of a fourth channel nothing is changed.
            inspection: the rendered square, with flow and occlusion.
            driven: the portrait's pose in the frame.
            placement: of the portrait in the output.
            weight: of the corrections, in [0, 1].
        """
        for box in _boxes(driven, self._size):
            if min(box.size) > 1:
                change, box = _trimmed(self._change(inspection, box), box)
                if weight < 1:
                    change = change * np.float32(weight)
                if change.size:
                    _add_enlarged(picture, change, box, placement)

    def _change(self, inspection: Inspection, box: Rectangle) -> Floats:
        """Return the rendered square minus the warped one in a box of the square: (h, w, 3)."""
        flow, occlusion, last = inspection.flow, inspection.occlusion, np.float32(self._size - 1)
        assert flow is not None
        assert occlusion is not None
        x, y = (
            (self._interpolated(shift, box) * (last / 2) + pixels).clip(0, last) * np.float32(ENLARGED)
            for shift, pixels in zip(cv2.split(flow), self._places(self._size, box), strict=True)
        )
        warped = cv2.cvtColor(cv2.remap(self._enlarged, x, y, cv2.INTER_LINEAR), cv2.COLOR_RGBA2RGB)
        change = np.asarray(cv2.subtract(box.of(inspection.picture), warped, dtype=cv2.CV_32F), np.float32)
        change -= change.clip(-_QUIET, _QUIET)
        seen = self._interpolated(occlusion, box)
        if seen.min() < 1:
            change *= ((seen - _LEAST_SEEN) / (1 - _LEAST_SEEN)).clip(0, 1)[..., None]
        return change

    def _interpolated(self, field: NDArray[Any], box: Rectangle) -> Floats:
        """Return a field (h, h) with aligned corners at the pixels of a box of the square."""
        x, y = self._places(len(field), box)
        return np.asarray(cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)

    def _places(self, side: int, box: Rectangle) -> tuple[Floats, Floats]:
        """Return x and y, in a field of this side, of the pixels of a box of the square."""
        if side not in self._at:
            line = np.arange(self._size, dtype=np.float32) * np.float32((side - 1) / (self._size - 1))
            x, y = np.broadcast_arrays(line, line[:, None])
            self._at[side] = np.ascontiguousarray(x), np.ascontiguousarray(y)
        x, y = self._at[side]
        return box.of(x), box.of(y)


def _trimmed(change: Floats, box: Rectangle) -> tuple[Floats, Rectangle]:
    """Return the part of a box that is changed, with a margin for the interpolation."""
    lines = change.reshape(len(change), -1)
    rows, columns = np.flatnonzero(lines.any(1)), np.flatnonzero(lines.any(0)) // 3
    if not len(rows):
        return change[:0], box
    x, y = box.left, box.top
    found = Rectangle(int(columns[0]) + x, int(rows[0]) + y, int(columns[-1]) + x + 1, int(rows[-1]) + y + 1)
    part = found.grown(_MARGIN_PX) & box
    return part.of(change, (x, y)), part


def _add_enlarged(picture: Picture, change: Floats, box: Rectangle, placement: Placement) -> None:
    """Add a change in a box of the model's square to the picture, in place."""
    scale = placement.px_per_model_px
    width, height = box.size
    left, top = placement.of_model_px(np.array([box.left, box.top]) - 0.5) + 0.5  # outer edges
    x0, y0 = (max(round(float(edge)), 0) for edge in (left, top))
    x1 = min(round(float(left + width * scale)), picture.shape[1])
    y1 = min(round(float(top + height * scale)), picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    # First a small warp onto the pixel grid of the output's rectangle, then a plain enlargement.
    step_x, step_y = (x1 - x0) / scale / width, (y1 - y0) / scale / height
    shift_x, shift_y = (x0 - left) / scale, (y0 - top) / scale
    affine = np.array([[step_x, 0, shift_x + step_x / 2 - 0.5], [0, step_y, shift_y + step_y / 2 - 0.5]], np.float32)
    aligned = cv2.warpAffine(
        change, affine, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT
    )
    large = cv2.resize(aligned, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC)
    part = picture[y0:y1, x0:x1, :3]
    part[:] = cv2.add(np.ascontiguousarray(part), large, dtype=cv2.CV_8U)


def _boxes(driven: Keypoints, size: int) -> list[Rectangle]:
    """Return rectangles around the crops of mouth and eyes, in pixels of the square, without overlap."""
    mouth, eyes = face_mesh.detail_crops(driven)
    boxes = [_around(mouth[None], size), _around(eyes, size)]
    overlap = boxes[0] & boxes[1]
    return [boxes[0] | boxes[1]] if min(overlap.size) > 0 else boxes


def _around(crops: Floats, size: int) -> Rectangle:
    """Return the rectangle around crops (K, 2, 3): affines from [-1, 1]² to the square's."""
    centre, reach = crops[..., 2], np.abs(crops[..., :2]).sum(2)
    low, high = (
        ((edge + 1) * ((size - 1) / 2)).tolist() for edge in ((centre - reach).min(0), (centre + reach).max(0))
    )
    left, top = (math.floor(at) - _MARGIN_PX for at in low)
    right, bottom = (math.ceil(at) + 1 + _MARGIN_PX for at in high)
    return Rectangle(left, top, right, bottom) & Rectangle(0, 0, size, size)
