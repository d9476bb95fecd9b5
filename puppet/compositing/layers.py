"""Composition from the portrait's own pixels: the person, moved by the model's flow, over the background.

Between render and the sinks, for `face` packs. The networks see a small square; their flow is smooth, so it moves the
portrait at the size of the output. The layers are exact at rest: person = picture − (1 − matte) · background, so a
portrait that does not move is the picture itself, and the background shows only where the person has moved away.

One `LayeredComposer` belongs to one thread; every returned picture is a new array.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.placement import ENLARGED, Placement, Rectangle, enlarge
from puppet.domain import Floats, Inspection, Picture

FADE = 0.25
"""Distance outside of the model's square over which its motion fades out, as a share of the square's side."""
_REACH = 0.4  # of the side: pixels outside of the square that the motion may bring in
_STEP = 4  # output pixels per point of the coarse flow, which is interpolated linearly
_LEAST_SHARE = 0.6  # the person's share of a flow is not divided by less


class Layers:
    """Person and background of one portrait at the output's size, and the buffers of a frame."""

    def __init__(
        self,
        plate: Picture,
        area: Rectangle,
        source: Rectangle,
        pixels: Picture,
        matte: NDArray[np.uint8],
        background: Picture,
        placement: Placement,
    ) -> None:
        """Prepare the layers; takes some ten milliseconds.

        Args:
            plate: (H, W, 3): the output at rest.
            area: the part of it that moves.
            source: where `pixels`, `matte` and `background` lie; covers `area`, and may reach beyond the plate.
            pixels: (h, w, 3): the portrait.
            matte: (h, w): the person.
            background: (h, w, 3): the picture without the person.
            placement: of the portrait.
        """
        self.plate, self._area, self._placement = plate, area, placement
        person, background = split(pixels, matte, background)
        self._person = enlarge(person)
        width, height = area.size
        x, y = area.left - source.left, area.top - source.top
        self._background = np.ascontiguousarray(background[y : y + height, x : x + width])
        self._to_coarse = tuple(
            _Resampling(placement.normalised(np.arange(count) * _STEP + (_STEP - 1) / 2 + start, axis))
            for axis, (start, count) in enumerate(((area.left, -(-width // _STEP)), (area.top, -(-height // _STEP))))
        )
        columns, rows = (-(-side // _STEP) for side in area.size)
        self._coarse = np.empty((rows, columns, 2), np.float32)
        self._map = np.empty((rows * _STEP, columns * _STEP, 2), np.float32)
        self._base = _base_map(columns * _STEP, rows * _STEP, x, y)
        self._moved = np.empty((height, width, 4), np.uint8)
        self._rgb, self._behind, self._share = (np.empty((height, width, 3), np.uint8) for _ in range(3))
        self._alpha = np.empty((height, width), np.uint8)

    def compose(self, flow: Floats) -> Picture:
        """Return the plate with the person moved by the person's flow (h, w, 2), normalised."""
        picture = self.plate.copy()
        across, down = self._to_coarse
        unit = np.float32(self._placement.px_per_norm * ENLARGED)
        for axis in range(2):
            np.multiply(down.apply(across.apply(flow[..., axis].T).T), unit, out=self._coarse[..., axis])
        cv2.resize(self._coarse, self._map.shape[1::-1], self._map, interpolation=cv2.INTER_LINEAR)
        cv2.add(self._map, self._base, self._map)
        width, height = self._area.size
        at = self._map[:height, :width]
        cv2.remap(  # type: ignore[call-overload] # None: the map has both axes
            self._person, at, None, cv2.INTER_LINEAR, self._moved, cv2.BORDER_REFLECT_101
        )
        cv2.cvtColor(self._moved, cv2.COLOR_RGBA2RGB, self._rgb)
        cv2.extractChannel(self._moved, 3, self._alpha)
        _behind(self._background, self._alpha, self._share, self._behind)
        self._area.of(picture)[:] = cv2.add(self._rgb, self._behind, self._rgb)
        return picture


def split(pixels: Picture, matte: NDArray[np.uint8], background: Picture) -> tuple[NDArray[np.uint8], Picture]:
    """Split a picture into a premultiplied person (h, w, 4) and a background (h, w, 3).

    The person over the background is the picture, bit for bit, whatever the matte. Where the matte's share of the
    background would be brighter than the picture, the matte is raised.
    """
    fits = np.floor((pixels * np.float32(255) / np.maximum(background, 1)).min(2)).clip(0, 255).astype(np.uint8)
    matte = np.where(matte > 0, np.maximum(matte, 255 - fits), 0).astype(np.uint8)
    background = np.where(matte[..., None] > 0, background, pixels)
    behind = _behind(background, matte, np.empty_like(background), np.empty_like(background))
    return np.dstack([cv2.subtract(pixels, behind), matte]), background


def _behind(background: Picture, matte: NDArray[np.uint8], share: Picture, out: Picture) -> Picture:
    """Return (1 − matte) · background; `share` is a buffer."""
    cv2.cvtColor(matte, cv2.COLOR_GRAY2RGB, share)
    cv2.bitwise_not(share, share)
    cv2.multiply(background, share, out, 1 / 255)
    return out


def own_flow(inspection: Inspection) -> Floats:
    """Return the person's own flow: the mixture without the share that stands still, (h, w, 2)."""
    flow, masks = inspection.flow, inspection.masks
    assert flow is not None
    assert masks is not None
    side = flow.shape[0]
    still = cv2.resize(masks[0], (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(flow / np.maximum(1 - still, _LEAST_SHARE)[..., None], np.float32)


class _Resampling:
    """Linear resampling along one axis from a square grid with aligned corners, fading out outside of the square."""

    def __init__(self, at: NDArray[np.float64], side: int = 128) -> None:
        """`at`: normalised coordinates of the new points."""
        place = (at.clip(-1, 1) + 1) / 2 * (side - 1)
        low = np.minimum(place.astype(np.int64), side - 2)
        share = place - low
        outside = (np.abs(at) - 1).clip(0, None) / (2 * FADE)
        kept = _smooth(1 - outside)
        matrix = np.zeros((len(at), side))
        rows = np.arange(len(at))
        matrix[rows, low] = (1 - share) * kept
        matrix[rows, low + 1] += share * kept
        self._matrix = matrix.astype(np.float32)

    def apply(self, field: Floats) -> Floats:
        """Resample the first axis."""
        return np.asarray(self._matrix @ field, np.float32)


def _smooth(t: NDArray[np.floating]) -> NDArray[np.floating]:
    t = t.clip(0, 1)
    return np.asarray(t * t * (3 - 2 * t))


@lru_cache(maxsize=2)
def _base_map(width: int, height: int, x: int, y: int) -> Floats:
    """Return the map of no motion, in pixels of the enlarged person."""
    columns = (np.arange(width, dtype=np.float32) + x) * ENLARGED
    rows = (np.arange(height, dtype=np.float32) + y) * ENLARGED
    return np.dstack(np.broadcast_arrays(columns[None], rows[:, None])).astype(np.float32)
