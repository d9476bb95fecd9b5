"""Composition from the portrait's own pixels: the person, moved by the model's flow, over the background.

Between render and the sinks, for `face` packs. The networks see a small square; their flow is smooth, so it moves the
portrait at the size of the output. The layers are exact at rest: person = picture − (1 − matte) · background, so a
portrait that does not move is the picture itself, and the background shows only where the person has moved away.

`Layers` belong to one thread; every returned picture is a new array.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.attachment import Attachment
from puppet.compositing.body_motion import with_body
from puppet.compositing.interior import Interior
from puppet.compositing.large_shifts import with_large_shift
from puppet.compositing.placement import ENLARGED, Placement, Rectangle, enlarge, interpolated
from puppet.compositing.specks import Specks
from puppet.compositing.stretching import without_tears
from puppet.concurrency.shared_work import share
from puppet.domain import Floats, Inspection, Keypoints, Picture
from puppet.geometry.head_pose import Head
from puppet.geometry.smoothstep import smoothstep

FADE = 0.25
"""Distance outside of the model's square over which its motion fades out, as a share of the square's side."""
_STEP = 4  # output pixels per point of the coarse flow, which is interpolated linearly
_ROWS = 64  # output rows of a band: its buffers stay in a core's cache
_SHARED_PX = 400_000  # an area of so many pixels is worth a second thread
_SPREAD = 3  # coarse points around a person's pixel at which it may be sampled: stretching by a factor of 4
_SOLID = 2  # of `_presence`
_FINE = 1.75  # output pixels per pixel of the portrait from which the output is an enlargement itself
_LEAST_SHARE = 0.6  # the person's share of a flow is not divided by less


class Layers:
    """Person and background of one portrait at the output's size, and the buffers of a band of rows.

    Attributes:
        plate: (H, W, 3) uint8: the picture without the person, where the person can move.
    """

    def __init__(
        self,
        plate: Picture,
        area: Rectangle,
        source: Rectangle,
        person: NDArray[np.uint8],
        placement: Placement,
        ends: Rectangle,
        face: Floats | None,
    ) -> None:
        """Prepare the layers; takes some ten milliseconds.

        Args:
            plate: (H, W, 3): the output without the person inside `area`.
            area: the part of it that moves.
            source: where `person` lies; may reach beyond the plate.
            person: (h, w, 4): the premultiplied person with its matte, as of `split`.
            placement: of the portrait.
            ends: the whole picture's place; the person stays attached to the edges that cut them off.
            face: (K, 2): outline of the face in output pixels; None: unknown.
        """
        self.plate, self._area = plate, area
        part = _visible(person[..., 3])
        factor = 1 if placement.scale >= _FINE else ENLARGED
        self._person = enlarge(part.of(person), factor)
        self._presence = _presence(part.of(person)[..., 3])
        columns, rows = (-(-side // _STEP) + 2 for side in area.size)  # one more at each end
        across, down = (
            np.arange(count) * _STEP + (_STEP - 1) / 2 - _STEP + start
            for count, start in ((columns, area.left), (rows, area.top))
        )
        left, top = source.left + part.left, source.top + part.top
        self._origin = np.array([left, top], np.float32)
        self._rest = _axes((across - left) * factor, (down - top) * factor)
        x, y = placement.normalised(across, 0), placement.normalised(down, 1)
        self._unit = _axes((x + 1) / 2, (y + 1) / 2)
        self._at_flow, self._last = self._unit, 1
        self._gain = (np.outer(_kept(y), _kept(x)) * placement.px_per_norm * factor).astype(np.float32)
        side = placement.scale * placement.crop.side
        self._attachment, self._factor = Attachment(person[..., 3], source, ends, across, down, side), factor
        self._specks = Specks(part.of(person)[..., 3], _STEP)
        self._interior = None if face is None else Interior(part.of(person), face - self._origin, _STEP)
        self._to_cells = np.float32(1 / (_STEP * factor))
        self._coarse = np.empty_like(self._rest[0]), np.empty_like(self._rest[1])
        self._buffers = [_Buffers(columns * _STEP) for _ in range(2)]

    @property
    def size_bytes(self) -> int:
        """Memory of the person."""
        return self._person.nbytes

    def over(self, other: Layers) -> Layers:
        """Return the same person over the background of other layers of the same place; shares memory with both."""
        layers = copy(self)
        layers.plate = other.plate
        return layers

    def sample(self, at: Floats, to_grid: Floats, size: tuple[int, int]) -> Picture:
        """Return the person's pixels (h, w, 3) at places of the output at rest that lie inside of them.

        Args:
            at: (k, l, 2): the places, on a coarse grid.
            to_grid: (2, 3): affine from the result's pixels to the grid.
            size: (w, h).
        """
        coarse = np.asarray((at - self._origin) * np.float32(self._factor), np.float32)
        places = interpolated(coarse, to_grid, size)
        moved = cv2.remap(  # type: ignore[call-overload] # None: the map has both axes
            self._person, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB), np.uint8)

    def compose(self, flow: Floats, face: Floats | None = None) -> Picture:
        """Return the plate with the moved person.

        Args:
            flow: (h, w, 2): the person's flow, normalised.
            face: (K, 2): outline of the moved face in output pixels, which no edge holds; None: unknown.
        """
        picture, area = np.empty_like(self.plate), self._area
        picture[: area.top] = self.plate[: area.top]
        picture[area.bottom :] = self.plate[area.bottom :]
        self._move(flow, face)
        bands, (width, height) = self._bands(), area.size
        workers = 2 if width * height >= _SHARED_PX else 1
        share(bands, lambda band, worker: self._compose_band(band, picture, self._buffers[worker]), workers)
        moved, behind = area.of(picture), area.of(self.plate)
        x, y = (axis[1:-1, 1:-1] * self._to_cells for axis in self._coarse)
        self._specks.erase(moved, behind, x, y)
        if face is not None and self._interior is not None:
            start = np.array([area.left, area.top], np.float32)
            outline = (face - start - np.float32((_STEP - 1) / 2)) / np.float32(_STEP) + 1
            self._interior.cover(moved, *self._coarse, self._rest, outline, self._factor)
        return picture

    def _move(self, flow: Floats, face: Floats | None) -> None:
        """Set the coarse map: for every point of the output its place in the person."""
        last = len(flow) - 1
        if last != self._last:
            x, y = self._unit
            self._at_flow, self._last = (x * np.float32(last), y * np.float32(last)), last
        at_x, at_y = self._at_flow
        for moved, shift in zip(self._coarse, cv2.split(flow), strict=True):
            cv2.remap(shift, at_x, at_y, cv2.INTER_LINEAR, moved, cv2.BORDER_REPLICATE)
            cv2.multiply(moved, self._gain, moved)
        self._attachment.hold(*self._coarse, self._factor, face)
        for moved, rest in zip(self._coarse, self._rest, strict=True):
            cv2.add(moved, rest, moved)

    def _bands(self) -> list[_Band]:
        """Return the bands of rows of the area."""
        x, y = (axis[1:-1] * self._to_cells + np.float32(_SPREAD + 0.5) for axis in self._coarse)
        found = np.asarray(cv2.remap(self._presence, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))
        tops = range(0, len(found), _ROWS // _STEP)
        shown = _spans(np.maximum.reduceat(found, tops) > 0)
        solid = _spans(np.minimum.reduceat(found, tops) == _SOLID, unbroken=True)
        return [
            _Band(row * _STEP, min(row * _STEP + _ROWS, self._area.size[1]), *span, *inside)
            for row, span, inside in zip(tops, shown, solid, strict=True)
        ]

    def _compose_band(self, band: _Band, picture: Picture, buffers: _Buffers) -> None:
        """Draw some rows of the picture."""
        area, height = self._area, band.bottom - band.top
        rows = slice(area.top + band.top, area.top + band.bottom)
        picture, plate = picture[rows], self.plate[rows]
        first = band.top // _STEP
        points = np.s_[first : first + -(-height // _STEP) + 2, band.begin : band.end]
        if band.begin == band.end:
            picture[:] = plate
            return
        # Without the coarse points at either end, which only serve to interpolate.
        left = area.left + band.begin * _STEP
        width = min(area.left + (band.end - 2) * _STEP, area.right) - left
        x, y = (
            _interpolated(axis[points], buffer)[_STEP : _STEP + height, _STEP : _STEP + width]
            for axis, buffer in zip(self._coarse, buffers.map, strict=True)
        )
        moved = buffers.moved[:height, :width]
        cv2.remap(self._person, x, y, cv2.INTER_LINEAR, moved, cv2.BORDER_REPLICATE)
        picture[:, :left] = plate[:, :left]
        picture[:, left + width :] = plate[:, left + width :]
        picture, plate = picture[:, left : left + width], plate[:, left : left + width]
        inside = slice(*(min(max(at - 1 - band.begin, 0) * _STEP, width) for at in (band.solid_begin, band.solid_end)))
        if inside.start < inside.stop:
            cv2.cvtColor(moved[:, inside], cv2.COLOR_RGBA2RGB, picture[:, inside])
        for edge in (slice(0, inside.start), slice(inside.stop, width)):
            if edge.start < edge.stop:
                _blend(moved[:, edge], plate[:, edge], picture[:, edge], buffers)


def _interpolated(points: Floats, buffer: Floats) -> Floats:
    """Return the pixels between coarse points, a view of `buffer`."""
    tall, wide = (count * _STEP for count in points.shape)
    pixels = buffer[:tall, :wide]
    cv2.resize(points, (wide, tall), pixels, interpolation=cv2.INTER_LINEAR)
    return pixels


def _blend(moved: NDArray[np.uint8], plate: Picture, out: Picture, buffers: _Buffers) -> None:
    """Draw the moved person over the plate."""
    rgb, share, behind, alpha = (buffer[: out.shape[0], : out.shape[1]] for buffer in buffers.parts)
    cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB, rgb)
    cv2.extractChannel(moved, 3, alpha)
    _behind(plate, alpha, share, behind)
    cv2.add(rgb, behind, out)


def _spans(columns: NDArray[np.bool_], *, unbroken: bool = False) -> list[tuple[int, int]]:
    """Return the first and last true column (exclusive) of each row, one column wider on both sides if not unbroken."""
    count = columns.shape[1]
    begins, ends = columns.argmax(1), count - columns[:, ::-1].argmax(1)
    if unbroken:
        valid = columns.sum(1) == ends - begins
    else:
        valid, begins, ends = columns.any(1), (begins - 1).clip(0), (ends + 1).clip(None, count)
    return [(b, e) if v else (0, 0) for b, e, v in zip(begins.tolist(), ends.tolist(), valid.tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class _Band:
    """Some rows of the area.

    Attributes:
        top: first row.
        bottom: last row, exclusive.
        begin: first column of the coarse flow in which they may show the person, and one more to interpolate.
        end: last such column, exclusive, and one more.
        solid_begin: first of the columns in which they show nothing but the person.
        solid_end: last of them, exclusive.
    """

    top: int
    bottom: int
    begin: int
    end: int
    solid_begin: int
    solid_end: int


class _Buffers:
    """Buffers of one thread for one band: the map into the person; the moved person and its parts."""

    def __init__(self, width: int) -> None:
        self.map = [np.empty((_ROWS + 2 * _STEP, width), np.float32) for _ in range(2)]
        self.moved = np.empty((_ROWS, width, 4), np.uint8)
        colours = (np.empty((_ROWS, width, 3), np.uint8) for _ in range(3))
        self.parts = *colours, np.empty((_ROWS, width), np.uint8)


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


def own_flow(
    inspection: Inspection, driven: Keypoints, head: Head | None = None, face_inside: Floats | None = None
) -> Floats:
    """Return the person's own flow (h, w, 2).

    It is the mixture without the share that stands still, not torn, and beside the face what the pose measured.

    Args:
        inspection: the rendered square, with masks and flow.
        driven: the pose in it.
        head: in the portrait, for masks of face and head; None: hair moves as the pack says.
        face_inside: `inside_face` of the portrait; None: unknown.
    """
    flow, masks = inspection.flow, inspection.masks
    assert flow is not None
    assert masks is not None
    side = flow.shape[0]
    still, face = (np.asarray(cv2.resize(each, (side, side)), np.float32) for each in masks[:2])
    own = np.maximum(1 - still, np.float32(_LEAST_SHARE))
    alone = np.asarray(cv2.divide(flow, cv2.merge((own, own))), np.float32)
    if head is not None and driven.depth is not None:
        skull = np.asarray(cv2.resize(masks[2], (side, side)), np.float32)
        alone = with_large_shift(alone, face, skull, head, driven)
    return with_body(without_tears(alone, face), driven, face_inside)


def _visible(matte: NDArray[np.uint8]) -> Rectangle:
    """Return the part of a matte that is not zero, with a transparent margin where it ends inside."""
    rows, columns = (np.flatnonzero(matte.max(axis)) for axis in (1, 0))
    if not len(rows):
        return Rectangle(0, 0, 1, 1)
    found = Rectangle(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return found.grown(2) & Rectangle(0, 0, matte.shape[1], matte.shape[0])


def _presence(matte: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (h, w): what a point of the coarse flow may bring in: 0: no person, `_SOLID`: nothing but the person.

    A pixel covers one step of the coarse flow at rest; `_SPREAD` + 1 of them are added on every side.
    """
    margin = (_SPREAD + 1) * _STEP
    bottom, right = (margin + -side % _STEP for side in matte.shape)
    matte = np.asarray(cv2.copyMakeBorder(matte, margin, bottom, margin, right, cv2.BORDER_REPLICATE), np.uint8)
    height, width = (side // _STEP for side in matte.shape)
    cells = matte.reshape(height, _STEP, width, _STEP)
    around = np.ones((2 * _SPREAD + 1,) * 2, np.uint8)
    solid = (cells.min((1, 3)) == 255).astype(np.uint8)
    shown = cv2.dilate((cells.max((1, 3)) > 0).astype(np.uint8), around)
    return np.asarray(shown + cv2.erode(solid, around), np.uint8)


def _axes(across: NDArray[np.floating], down: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Return the map of two axes: x and y, each (len(down), len(across))."""
    x, y = (np.ascontiguousarray(axis, np.float32) for axis in np.broadcast_arrays(across[None], down[:, None]))
    return x, y


def _kept(at: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the share of the motion that is kept at normalised coordinates: fading out outside of the square."""
    return smoothstep(np.abs(at), 1 + 2 * FADE, 1)
