"""What surrounds the model's square: a quiet background, or the portrait's whole picture with the square pasted back.

Last stop of a frame before the sinks. One `Compositor` belongs to one thread; the pictures it returns are new ones and
may be kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from puppet.domain import Floats, Output, Picture
from puppet.geometry.crop import CropBox

FEATHER = 0.04
"""Width of the soft edge inside the pasted square, as a part of its side."""
_GROUND_BLUR = 0.06  # of the longer side
_GROUND_BRIGHTNESS = 0.30
_GROUND_COLOUR = 0.6
_GROUND_SMALL_PX = 64  # blurred this small: a blur has no detail to lose


class Compositor:
    """Sets the model's square into a picture of the wanted size."""

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        """`size`: (width, height) of the pictures, or None: the square itself, or with FULL the portrait's own size."""
        self._size = size
        self._stage: _Stage | None = None

    def place(self, face: Picture, portrait: Picture, crop: CropBox, output: Output) -> Picture:
        """The finished picture, a new (H, W, 3) uint8 RGB.

        Args:
            face: (size, size, 3): what the model rendered for the square `crop` of `portrait`.
            portrait: the portrait's whole picture; what depends on it alone is computed once, until another one comes.
            crop: where the square lies in `portrait`.
            output: CROP: the square, centred before a quiet background. FULL: pasted back into `portrait`, nothing
                outside the square changed, letterboxed.
        """
        if output is Output.CROP and self._size is None:
            return face.copy()
        stage = self._stage
        if stage is None or stage.portrait is not portrait or (stage.crop, stage.output) != (crop, output):
            stage = self._stage = self._set(portrait, crop, output)
        return stage.with_face(face)

    def _set(self, portrait: Picture, crop: CropBox, output: Output) -> _Stage:
        if self._size is not None and output is Output.CROP:
            return _centred(portrait, crop, self._size)
        return _pasted_back(portrait, crop, self._size)


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    """Everything of a picture but the face, for one portrait.

    Attributes:
        portrait: the picture it was made from; compared by identity.
        crop: the square in it.
        output: what surrounds the square.
        plate: (H, W, 3) uint8: the finished picture without the face.
        square: the square's place in the plate; may reach beyond it.
        area: the part of the plate that a face changes.
        edges: the soft edges: parts of `area`, and (h, w) float32 how much of the face is seen there, 0 to 1.
    """

    portrait: Picture
    crop: CropBox
    output: Output
    plate: Picture
    square: _Rectangle
    area: _Rectangle
    edges: tuple[tuple[_Rectangle, Floats], ...] = ()

    def with_face(self, face: Picture) -> Picture:
        """A new picture: the plate around the face, and the face, each pixel written once but for the soft edges."""
        if self.area.empty:
            return self.plate.copy()
        picture = np.empty_like(self.plate)
        for band in self.area.around(self.plate):
            band.of(picture)[:] = band.of(self.plate)
        self._set(face, picture)
        for edge, weight in self.edges:
            inside = edge.of(picture)
            inside[:] = cv2.blendLinear(inside, edge.of(self.plate), weight, 1 - weight)
        return picture

    def _set(self, face: Picture, picture: Picture) -> None:
        """The face scaled into its place."""
        side = self.square.width
        smooth = cv2.INTER_CUBIC if side > face.shape[0] else cv2.INTER_AREA
        if side == face.shape[0] or self.area != self.square:
            scaled = face if side == face.shape[0] else _resized(face, (side, side), smooth)
            self.area.of(picture)[:] = self.area.of(scaled, self.square)
        else:
            cv2.resize(face, (side, side), self.square.of(picture), interpolation=smooth)


@dataclass(frozen=True, slots=True)
class _Rectangle:
    """Whole pixels of the plate, ends excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def of(self, picture: Picture, within: _Rectangle | None = None) -> Picture:
        """These pixels of the plate, or of a picture that covers only `within`; a view."""
        x, y = (within.left, within.top) if within else (0, 0)
        return picture[self.top - y : self.bottom - y, self.left - x : self.right - x]

    def around(self, picture: Picture) -> tuple[_Rectangle, ...]:
        """What the picture has above, below, left and right of it, without overlap."""
        height, width = picture.shape[:2]
        return (
            _Rectangle(0, 0, width, self.top),
            _Rectangle(0, self.bottom, width, height),
            _Rectangle(0, self.top, self.left, self.bottom),
            _Rectangle(self.right, self.top, width, self.bottom),
        )

    def and_(self, other: _Rectangle) -> _Rectangle:
        """What both cover."""
        return _Rectangle(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )


def _centred(portrait: Picture, crop: CropBox, size: tuple[int, int]) -> _Stage:
    """The square as large as fits, in the middle, before a quiet background."""
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    square = _Rectangle(left, top, left + side, top + side)
    return _Stage(portrait, crop, Output.CROP, quiet_background(portrait, size), square, square)


def _pasted_back(portrait: Picture, crop: CropBox, size: tuple[int, int] | None) -> _Stage:
    """The whole picture, scaled to fit; the square lies in it where it was cut from.

    Every frame the face is only resized, which is much cheaper than a warp: so the square must fall on whole pixels.
    A picture that is scaled anyway is scaled so that it does; in one shown as it is, the square moves by half a pixel
    at most, and not at all when the crop lies on whole pixels.
    """
    height, width = portrait.shape[:2]
    if size is None or size == (width, height):
        square = _square_at(crop.x + 0.5 - crop.side / 2, crop.y + 0.5 - crop.side / 2, crop.side)
        plate, picture = portrait, _Rectangle(0, 0, width, height)
    else:
        plate, picture, square = _letterboxed(portrait, crop, size)
    area = square.and_(picture)
    return _Stage(portrait, crop, Output.FULL, plate, square, area, _soft_edges(square, area))


def _square_at(left: float, top: float, side: float) -> _Rectangle:
    x, y, whole = round(left), round(top), max(1, round(side))
    return _Rectangle(x, y, x + whole, y + whole)


def _letterboxed(portrait: Picture, crop: CropBox, size: tuple[int, int]) -> tuple[Picture, _Rectangle, _Rectangle]:
    """The portrait scaled to fit into `size`: (plate, where the picture lies in it, where the square lies)."""
    height, width = portrait.shape[:2]
    fit = min(size[0] / width, size[1] / height)
    own = max(1, round(width * fit)), max(1, round(height * fit))
    left, top = (size[0] - own[0]) // 2, (size[1] - own[1]) // 2
    square = _square_at(
        left + (crop.x + 0.5 - crop.side / 2) * fit, top + (crop.y + 0.5 - crop.side / 2) * fit, crop.side * fit
    )
    # Pixels of the portrait to pixels of the plate: the crop's outer edges onto the square's.
    scale = square.width / crop.side
    x = square.left - 0.5 + (crop.side / 2 - crop.x) * scale
    y = square.top - 0.5 + (crop.side / 2 - crop.y) * scale
    plate = quiet_background(portrait, size)
    picture = _Rectangle(left, top, left + own[0], top + own[1])
    picture.of(plate)[:] = _scaled(portrait, scale, x - left, y - top, own)
    return plate, picture, square


def _scaled(portrait: Picture, scale: float, x: float, y: float, size: tuple[int, int]) -> Picture:
    """The portrait scaled and shifted exactly, free of aliasing; what lies outside repeats its border."""
    finer = max(1, round(1 / scale))
    affine = np.array(
        [[scale * finer, 0, finer * (x + 0.5) - 0.5], [0, scale * finer, finer * (y + 0.5) - 0.5]], np.float32
    )
    fine = cv2.warpAffine(
        portrait, affine, (size[0] * finer, size[1] * finer), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return _resized(np.asarray(fine, np.uint8), size, cv2.INTER_AREA)


def _soft_edges(square: _Rectangle, area: _Rectangle) -> tuple[tuple[_Rectangle, Floats], ...]:
    """The four bands along the square's edges where the face fades into the picture, without overlap."""
    band = max(1, math.ceil(FEATHER * square.width))
    high, low = square.top + band, square.bottom - band
    bands = (
        _Rectangle(square.left, square.top, square.right, high),
        _Rectangle(square.left, low, square.right, square.bottom),
        _Rectangle(square.left, high, square.left + band, low),
        _Rectangle(square.right - band, high, square.right, low),
    )
    seen = (edge.and_(area) for edge in bands)
    return tuple((edge, _weights(edge, square)) for edge in seen if not edge.empty)


def _weights(edge: _Rectangle, square: _Rectangle) -> Floats:
    """How much of the face is seen: 0 at the square's edges, 1 from `FEATHER` of its side inwards, smooth between."""
    weights: Floats = np.minimum.outer(
        _fade(edge.top, edge.bottom, square.top, square.bottom), _fade(edge.left, edge.right, square.left, square.right)
    )
    return weights


def _fade(begin: int, end: int, low: int, high: int) -> Floats:
    centres = np.arange(begin, end) + 0.5
    ramp = np.clip(np.minimum(centres - low, high - centres) / (FEATHER * (high - low)), 0.0, 1.0)
    fade: Floats = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return fade


def quiet_background(portrait: Picture, size: tuple[int, int]) -> Picture:
    """The portrait's picture filling `size`, strongly blurred, darkened and paler: (H, W, 3) uint8."""
    width, height = size
    zoom = _GROUND_SMALL_PX / max(size)
    small = max(2, round(width * zoom)), max(2, round(height * zoom))
    cover = max(small[0] / portrait.shape[1], small[1] / portrait.shape[0])
    covering = max(small[0], round(portrait.shape[1] * cover)), max(small[1], round(portrait.shape[0] * cover))
    filled = _resized(portrait, covering, cv2.INTER_AREA)
    x, y = (filled.shape[1] - small[0]) // 2, (filled.shape[0] - small[1]) // 2
    cut = filled[y : y + small[1], x : x + small[0]].astype(np.float32)
    ground = np.asarray(cv2.GaussianBlur(cut, (0, 0), _GROUND_BLUR * max(small)), np.float32)
    grey = ground.mean(axis=2, keepdims=True)
    ground = (grey + (ground - grey) * _GROUND_COLOUR) * _GROUND_BRIGHTNESS
    # Scaled up as floats and dithered: a dark, smooth ramp of whole numbers would show its steps.
    large = np.asarray(cv2.resize(ground, size, interpolation=cv2.INTER_CUBIC), np.float32)
    large += _dither(width, height)
    return np.maximum(large, 0, out=large).astype(np.uint8)  # far from 255


@lru_cache(maxsize=2)
def _dither(width: int, height: int) -> Floats:
    """(height, width, 1) in [0, 1), always the same: made anew it would delay the frame a portrait comes with."""
    return np.random.default_rng(0).random((height, width, 1), np.float32)


def _resized(picture: Picture, size: tuple[int, int], interpolation: int) -> Picture:
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)
