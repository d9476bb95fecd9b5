"""The moved face shows the person everywhere: no wall shines through a cheek that the portrait does not show.

A head that turns far shows a side that the picture lacks. The flow then reaches beyond the person's outline, where the
wall is; inside of the moved face such points take the nearest of the person instead: skin goes on to the outline. Where
the wall would show within a twentieth of the face's width alone, the face just looks narrower, and nothing changes.

Between the model's flow and the layers. NumPy and OpenCV; one object belongs to one thread.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats

_SOLID = 250  # of 255: matte of what is nothing but the person
_SOFT, _OUTER, _INNER = 1.0, 0.4, 0.9  # softness of the face's outline in cells; its shares with none and all of it
_SUBPIXEL_BITS = 4
_SHALLOW, _DEEP = 0.05, 0.09  # depths of the hole, in widths of the face: none and all of the effect
_STILL, _MOVED = 1.0, 4.0  # cells of motion: none and all of the effect, so that a portrait at rest is the picture


class Interior:
    """Moves places of a face into the person."""

    def __init__(self, matte: NDArray[np.uint8], step: int) -> None:
        """`matte`: (h, w): the person; `step`: pixels per cell, the resolution of the places."""
        height, width = (-(-side // step) for side in matte.shape)
        cells = cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA)
        outside = (cells < _SOLID).astype(np.uint8)
        self._way: Floats | None = None  # (h, w, 2): from each cell to the nearest of the person
        if outside.min() == 0 and outside.max() == 1:
            labels = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
            at = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
            nearest = np.zeros((labels.max() + 1, 2), np.float32)
            nearest[labels[outside == 0]] = at[outside == 0]
            self._way = nearest[labels] - at

    def keep(self, x: Floats, y: Floats, rest: tuple[Floats, Floats], face: Floats, unit: float) -> None:
        """Change the places of a frame, in place.

        Args:
            x: (rows, columns): for each point of the output, the place of the person that it shows.
            y: the same, vertically.
            rest: the same of a person who does not move.
            face: (K, 2): outline of the moved face, in points of the output.
            unit: of the places, per cell.
        """
        (left, top), (right, bottom) = np.floor(face.min(0)).astype(int), np.ceil(face.max(0)).astype(int) + 1
        rows, columns = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
        x, y = x[rows, columns], y[rows, columns]
        if self._way is None or not x.size:
            return
        height, width = self._way.shape[:2]
        inner = (x / unit).clip(0, width - 1), (y / unit).clip(0, height - 1)
        way = np.asarray(cv2.remap(self._way, *inner, cv2.INTER_LINEAR))
        if not way.any():
            return
        within = np.zeros((x.shape[0] + 2, x.shape[1] + 2), np.uint8)
        outline = np.round((face - (columns.start - 1, rows.start - 1)) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(within, [outline], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        depth = np.asarray(cv2.distanceTransform(within, cv2.DIST_L2, 3))[1:-1, 1:-1]
        deepest = float(depth[np.abs(way).max(2) > 1].max(initial=0)) / (columns.stop - columns.start)
        if deepest <= _SHALLOW:
            return
        moved = np.hypot(x - rest[0][rows, columns], y - rest[1][rows, columns]) / unit
        soft = np.asarray(cv2.GaussianBlur(within, (0, 0), _SOFT))[1:-1, 1:-1] / 255
        share = ((soft - _OUTER) / (_INNER - _OUTER)).clip(0, 1) * ((moved - _STILL) / (_MOVED - _STILL)).clip(0, 1)
        share *= min((deepest - _SHALLOW) / (_DEEP - _SHALLOW), 1)
        for axis, at in enumerate((x, y)):
            at += share * ((inner[axis] + way[..., axis]) * unit - at)
