"""Removal of specks: parts of the person that the flow repeats beside the head, apart from the person.

Beside a turned head the flow falls from the head's to none within a few pixels, and may reach back into the face. What
it brings from inside of the person, but lies apart from the moved person, is no hair: it is replaced by the plate.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Picture

_SOLID = 128  # of 255: matte of what is certainly the person
_INSIDE, _DEEP = 1.5, 3.0  # cells from the person's outline: of every speck, and in its middle; hair is less deep
_LARGEST = 0.02  # of the person's area
_RIM = 5  # cells around a speck


class Specks:
    """Finds and removes specks; belongs to one thread."""

    def __init__(self, matte: NDArray[np.uint8], step: int) -> None:
        """`matte`: (h, w): the person; `step`: pixels per cell, the resolution at which specks are found."""
        height, width = (-(-side // step) for side in matte.shape)
        cells = cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA)
        solid = np.asarray(cv2.copyMakeBorder((cells > _SOLID).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT))
        self._depth = np.asarray(cv2.distanceTransform(solid, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)
        self._step = step

    def erase(self, picture: Picture, plate: Picture, x: Floats, y: Floats) -> None:
        """Remove the specks of a frame, in place.

        Args:
            picture: (H, W, 3): the moved person over `plate`.
            plate: (H, W, 3): what is behind the person.
            x: (rows, columns): for each cell of `picture`, the cell of the person that it shows.
            y: the same, vertically.
        """
        depth = np.asarray(cv2.remap(self._depth, x, y, cv2.INTER_NEAREST))
        within = (depth > _INSIDE).astype(np.uint8)
        if cv2.connectedComponents(within)[0] < 3:  # nothing, and the person
            return
        count, found, stats, _ = cv2.connectedComponentsWithStats(within)
        labels, areas = np.asarray(found), np.asarray(stats)[1:, cv2.CC_STAT_AREA]
        person = int(areas.argmax()) + 1
        for label in range(1, count):
            if label == person or areas[label - 1] > _LARGEST * areas.max():
                continue
            left, top, width, height = (int(value) for value in stats[label, :4])
            around = _RIM + 2
            rows = slice(max(top - around, 0), top + height + around)
            part = rows, slice(max(left - around, 0), left + width + around)
            piece = labels[part] == label
            if depth[part][piece].max() >= _DEEP:
                cells = _grown(piece, _RIM) & ~_grown(labels[part] == person, 2)
                self._cover(picture, plate, part, cells)

    def _cover(self, picture: Picture, plate: Picture, part: tuple[slice, slice], cells: NDArray[np.bool_]) -> None:
        """Show the plate in some cells of a part."""
        rows, columns = (slice(each.start * self._step, each.stop * self._step) for each in part)
        there = picture[rows, columns]
        size = cells.shape[1] * self._step, cells.shape[0] * self._step
        share = cv2.resize(cells.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        share = np.ascontiguousarray(share[: there.shape[0], : there.shape[1]])
        behind = np.ascontiguousarray(plate[rows, columns])
        there[:] = cv2.blendLinear(behind, np.ascontiguousarray(there), share, 1 - share)


def _grown(cells: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(cells.astype(np.uint8), np.ones((2 * by + 1,) * 2, np.uint8)) > 0)
