"""Attachment of a person to the edges of the picture that cut them off: shoulders at the lower edge, hair at the upper.

Nothing is known beyond an edge, so pixels there must not be moved in. Where a person touches an edge, the motion that
would bring them in fades out towards it, over four times its length: the person is stretched there, twofold at most.
The face itself is never stretched: below a chin that rises farther, the neck is stretched more, and at worst its last
row is repeated. A face that is close to an edge is kept from moving away from it before
(`puppet/motion/tight_framing.py`).

Between the model's flow and the layers. NumPy and OpenCV; one object belongs to one thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.placement import Rectangle
from puppet.domain import Floats
from puppet.geometry.smoothstep import smoothstep

_TOUCHING = 64  # of 255: a smaller matte at the edge does not touch it
_EDGE, _SOFT = 0.006, 0.03  # rows that are the edge, softness along it, as a share of the shown square's side
_STILL_PX = 4.0  # output pixels at the edge that do not move across it, because the flow is coarse
_LENGTHS = 4.0
_ROOM = 0.02  # distance kept from the face, as a share of the shown square's side


class Attachment:
    """Keeps the person's flow from reaching beyond the edges that the person touches."""

    def __init__(
        self,
        matte: NDArray[np.uint8],
        source: Rectangle,
        picture: Rectangle,
        across: NDArray[np.floating],
        down: NDArray[np.floating],
        side: float,
    ) -> None:
        """Find the touched edges.

        Args:
            matte: (h, w): the person.
            source: where `matte` lies, in output pixels.
            picture: the picture's place; edges outside of `source` do not matter.
            across: (columns,): output pixels of the flow's points.
            down: (rows,): the same, vertically.
            side: of the model's square, in output pixels.
        """
        inside = source & picture
        kept = inside.of(matte, (source.left, source.top))
        self._edges, self._room = [], _ROOM * side
        for axis, outwards, end, rim in (
            (1, -1, picture.top, inside.top - picture.top),
            (1, 1, picture.bottom - 1, picture.bottom - inside.bottom),
            (0, -1, picture.left, inside.left - picture.left),
            (0, 1, picture.right - 1, picture.right - inside.right),
        ):
            along, against = (across - inside.left, down) if axis else (down - inside.top, across)
            rows = (kept if axis else kept.T)[::-outwards]
            share = _touching(rows[: max(2, round(_EDGE * side))].max(0), along, _SOFT * side)
            if rim == 0 and share.any():
                distance = ((end - against) * outwards).clip(0).astype(np.float32)[:, None]
                self._edges.append(_Edge(axis, outwards, end, share[None], distance))

    def hold(self, x: Floats, y: Floats, unit: float, face: Floats | None = None) -> None:
        """Change a flow in place.

        Args:
            x: (rows, columns): from a point of the output to its place in the person.
            y: the same, vertically.
            unit: units of the flow per output pixel.
            face: (K, 2): outline of the moved face in output pixels, or None.
        """
        for edge in self._edges:
            room = np.inf
            if face is not None:
                room = float(((edge.end - face[:, edge.axis]) * edge.outwards).min()) - self._room
            edge.hold(y if edge.axis else x.T, unit, max(room, _STILL_PX))


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """A touched edge.

    Attributes:
        axis: 0: left or right, 1: upper or lower.
        outwards: sign of a shift that leads out of the picture.
        end: output coordinate of the edge.
        share: (1, columns) float32 in [0, 1]: 1 where the person touches the edge.
        distance: (rows, 1) float32: output pixels from the edge inwards.
    """

    axis: int
    outwards: int
    end: float
    share: Floats
    distance: Floats

    def hold(self, along: Floats, unit: float, room: float) -> None:
        """Fade out what leads across the edge, in place.

        Args:
            along: the flow's axis across the edge, its rows parallel to the edge.
            unit: see `Attachment.hold`.
            room: output pixels from the edge within which the flow may change.
        """
        out = along * np.float32(self.outwards / unit)
        reach = (out - self.distance / _LENGTHS).max(0, keepdims=True)
        reach[self.share == 0] = 0
        length = np.maximum(_LENGTHS * reach, 1)
        # Farther inwards nothing changes: the longest fade has ended, and no shift reaches the edge.
        near = np.flatnonzero(self.distance < length.max() + _STILL_PX)
        if reach.max() <= 0 or not len(near):
            return
        rows = slice(near[0], near[-1] + 1)
        out, distance = out[rows], self.distance[rows]
        kept = np.minimum(out * smoothstep((distance - _STILL_PX) / np.minimum(length, room)), distance)
        along[rows] -= np.where(out > 0, (out - kept) * self.share * np.float32(self.outwards * unit), 0)


def _touching(row: NDArray[np.uint8], at: NDArray[np.floating], soft: float) -> Floats:
    """Return the share of an edge at points `at` that the person touches: 1 there, fading to 0 along the edge."""
    touching = (row > _TOUCHING).astype(np.float32)[None]
    reach = 2 * round(soft) + 1
    wide = cv2.dilate(touching, np.ones((1, 2 * reach + 1), np.uint8))
    wide = cv2.GaussianBlur(wide, (2 * reach + 1, 1), soft, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.interp(at, np.arange(wide.shape[1]), wide[0]), np.float32)
