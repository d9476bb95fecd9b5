"""Compositing of the model's square: on a blurred background, or pasted back into the portrait's whole picture.

Last step of a frame before the sinks. One `Compositor` belongs to one thread; every returned picture is a new array.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from puppet.compositing.placement import shown_square
from puppet.domain import Floats, Output, Picture
from puppet.geometry.crop import CropBox
from puppet.geometry.smoothstep import smoothstep

FEATHER = 0.04
"""Width of the soft edge inside the pasted square, as a share of its side."""
_BACKGROUND_BLUR = 0.06  # of the longer side
_BACKGROUND_BRIGHTNESS = 0.30
_BACKGROUND_SATURATION = 0.6
_BACKGROUND_SIDE_PX = 64  # blurred at this size: a blurred picture has no details to lose


class Compositor:
    """Places the model's square in a picture of the output size.

    Attributes:
        size: (width, height) of the pictures, or None.
    """

    def __init__(self, size: tuple[int, int] | None = None) -> None:
        """`size`: (width, height) of the pictures; None: the square itself, or with FULL the portrait's own size."""
        self.size = size
        self._layout: _Layout | None = None

    def place(self, face: Picture, portrait: Picture, crop: CropBox, output: Output) -> Picture:
        """Return the finished picture, a new (H, W, 3) uint8 RGB.

        Args:
            face: (size, size, 3): the rendered square `crop` of `portrait`.
            portrait: the portrait's whole picture; what depends on it alone is computed once per array.
            crop: the square's place in `portrait`.
            output: CROP: `shown_square`, centred on a blurred background. FULL: the square pasted back into `portrait`,
                letterboxed; nothing outside the square is changed.
        """
        if output is Output.CROP and self.size is None:
            return face.copy()
        layout = self._layout
        if layout is None or layout.portrait is not portrait or (layout.crop, layout.output) != (crop, output):
            layout = self._layout = self._new_layout(portrait, crop, output)
        return layout.with_face(face)

    def _new_layout(self, portrait: Picture, crop: CropBox, output: Output) -> _Layout:
        if self.size is not None and output is Output.CROP:
            return _centred_layout(portrait, crop, self.size)
        return _full_layout(portrait, crop, self.size)


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Everything of a finished picture but the face, for one portrait.

    Attributes:
        portrait: the portrait's picture; compared by identity.
        crop: the square in the portrait.
        output: kind of output.
        plate: (H, W, 3) uint8: the finished picture without the face.
        square: the square's place in the plate; may reach beyond it.
        area: the part of the plate that a face changes.
        edges: the soft edges: parts of `area`, each with the face's opacity there, (h, w) float32 in [0, 1].
    """

    portrait: Picture
    crop: CropBox
    output: Output
    plate: Picture
    square: _Rectangle
    area: _Rectangle
    edges: tuple[tuple[_Rectangle, Floats], ...] = ()

    def with_face(self, face: Picture) -> Picture:
        """Return a new picture of plate and face; each pixel is written once, except on the soft edges."""
        if self.area.empty:
            return self.plate.copy()
        picture = np.empty_like(self.plate)
        for band in self.area.surroundings(self.plate):
            band.pixels(picture)[:] = band.pixels(self.plate)
        self._draw_face(face, picture)
        for edge, weight in self.edges:
            inside = edge.pixels(picture)
            inside[:] = cv2.blendLinear(inside, edge.pixels(self.plate), weight, 1 - weight)
        return picture

    def _draw_face(self, face: Picture, picture: Picture) -> None:
        side = self.square.width
        interpolation = cv2.INTER_CUBIC if side > face.shape[0] else cv2.INTER_AREA
        if side == face.shape[0] or self.area != self.square:
            scaled = face if side == face.shape[0] else _resize(face, (side, side), interpolation)
            self.area.pixels(picture)[:] = self.area.pixels(scaled, self.square)
        else:
            cv2.resize(face, (side, side), self.square.pixels(picture), interpolation=interpolation)


@dataclass(frozen=True, slots=True)
class _Rectangle:
    """A rectangle of whole pixels of the plate; `right` and `bottom` are exclusive."""

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

    def pixels(self, picture: Picture, cover: _Rectangle | None = None) -> Picture:
        """Return a view of these pixels of a picture that covers the plate, or the part `cover` of it."""
        x, y = (cover.left, cover.top) if cover else (0, 0)
        return picture[self.top - y : self.bottom - y, self.left - x : self.right - x]

    def surroundings(self, picture: Picture) -> tuple[_Rectangle, ...]:
        """Return the rest of the picture: above, below, left and right, without overlap."""
        height, width = picture.shape[:2]
        return (
            _Rectangle(0, 0, width, self.top),
            _Rectangle(0, self.bottom, width, height),
            _Rectangle(0, self.top, self.left, self.bottom),
            _Rectangle(self.right, self.top, width, self.bottom),
        )

    def intersection(self, other: _Rectangle) -> _Rectangle:
        """Return the part that both cover; `empty` when there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return _Rectangle(left, top, min(self.right, other.right), min(self.bottom, other.bottom))


def _centred_layout(portrait: Picture, crop: CropBox, size: tuple[int, int]) -> _Layout:
    """Return the layout of CROP: the shown square as large as fits, centred on a blurred background."""
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    area = _Rectangle(left, top, left + side, top + side)
    shown = shown_square(portrait, crop)
    fit = side / shown.side
    x, y = (
        start + side / 2 + fit * (model - own - crop.side / 2)
        for start, model, own in ((left, crop.x, shown.x), (top, crop.y, shown.y))
    )
    square = area if shown == crop else _square_at(x, y, fit * crop.side)
    return _Layout(portrait, crop, Output.CROP, blurred_background(portrait, size), square, area)


def _full_layout(portrait: Picture, crop: CropBox, size: tuple[int, int] | None) -> _Layout:
    """Return the layout of FULL: the whole picture, scaled to fit, with the square in its original place.

    Each frame only resizes the face, which is much faster than a warp, so the square has to lie on whole pixels. A
    picture that is scaled anyway is scaled accordingly; in an unscaled one the square moves by half a pixel at most.
    """
    height, width = portrait.shape[:2]
    if size is None or size == (width, height):
        square = _square_at(crop.x + 0.5 - crop.side / 2, crop.y + 0.5 - crop.side / 2, crop.side)
        plate, picture = portrait, _Rectangle(0, 0, width, height)
    else:
        plate, picture, square = _letterboxed(portrait, crop, size)
    area = square.intersection(picture)
    return _Layout(portrait, crop, Output.FULL, plate, square, area, _soft_edges(square, area))


def _square_at(left: float, top: float, side: float) -> _Rectangle:
    x, y, whole = round(left), round(top), max(1, round(side))
    return _Rectangle(x, y, x + whole, y + whole)


def _letterboxed(portrait: Picture, crop: CropBox, size: tuple[int, int]) -> tuple[Picture, _Rectangle, _Rectangle]:
    """Scale the portrait to fit into `size`; return the plate, the picture's place in it and the square's place."""
    height, width = portrait.shape[:2]
    fit = min(size[0] / width, size[1] / height)
    fitted = max(1, round(width * fit)), max(1, round(height * fit))
    left, top = (size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2
    square = _square_at(
        left + (crop.x + 0.5 - crop.side / 2) * fit, top + (crop.y + 0.5 - crop.side / 2) * fit, crop.side * fit
    )
    # The affine from portrait to plate maps the crop's outer edges onto the square's.
    scale = square.width / crop.side
    x = square.left - 0.5 + (crop.side / 2 - crop.x) * scale
    y = square.top - 0.5 + (crop.side / 2 - crop.y) * scale
    plate = blurred_background(portrait, size)
    picture = _Rectangle(left, top, left + fitted[0], top + fitted[1])
    picture.pixels(plate)[:] = _scale_and_shift(portrait, scale, x - left, y - top, fitted)
    return plate, picture, square


def _scale_and_shift(portrait: Picture, scale: float, x: float, y: float, size: tuple[int, int]) -> Picture:
    """Return the portrait scaled and shifted exactly, without aliasing; border pixels are repeated outside."""
    factor = max(1, round(1 / scale))
    affine = np.array(
        [[scale * factor, 0, factor * (x + 0.5) - 0.5], [0, scale * factor, factor * (y + 0.5) - 0.5]], np.float32
    )
    fine = cv2.warpAffine(
        portrait, affine, (size[0] * factor, size[1] * factor), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return _resize(np.asarray(fine, np.uint8), size, cv2.INTER_AREA)


def _soft_edges(square: _Rectangle, area: _Rectangle) -> tuple[tuple[_Rectangle, Floats], ...]:
    """Return the four bands along the square's edges in which the face fades out, without overlap."""
    band = max(1, math.ceil(FEATHER * square.width))
    high, low = square.top + band, square.bottom - band
    bands = (
        _Rectangle(square.left, square.top, square.right, high),
        _Rectangle(square.left, low, square.right, square.bottom),
        _Rectangle(square.left, high, square.left + band, low),
        _Rectangle(square.right - band, high, square.right, low),
    )
    visible = (edge.intersection(area) for edge in bands)
    return tuple((edge, _opacity(edge, square)) for edge in visible if not edge.empty)


def _opacity(edge: _Rectangle, square: _Rectangle) -> Floats:
    """Return the face's opacity: 0 at the square's edges, 1 from `FEATHER` of its side inwards, smooth between."""
    weights: Floats = np.minimum.outer(
        _fade(edge.top, edge.bottom, square.top, square.bottom), _fade(edge.left, edge.right, square.left, square.right)
    )
    return weights


def _fade(begin: int, end: int, low: int, high: int) -> Floats:
    centres = np.arange(begin, end) + 0.5
    return smoothstep(np.minimum(centres - low, high - centres), end=FEATHER * (high - low)).astype(np.float32)


def blurred_background(portrait: Picture, size: tuple[int, int]) -> Picture:
    """Return the portrait filling `size`, blurred, darkened and less saturated: (H, W, 3) uint8."""
    width, height = size
    zoom = _BACKGROUND_SIDE_PX / max(size)
    small = max(2, round(width * zoom)), max(2, round(height * zoom))
    cover = max(small[0] / portrait.shape[1], small[1] / portrait.shape[0])
    covering = max(small[0], round(portrait.shape[1] * cover)), max(small[1], round(portrait.shape[0] * cover))
    filled = _resize(portrait, covering, cv2.INTER_AREA)
    x, y = (filled.shape[1] - small[0]) // 2, (filled.shape[0] - small[1]) // 2
    centre = filled[y : y + small[1], x : x + small[0]].astype(np.float32)
    blurred = np.asarray(cv2.GaussianBlur(centre, (0, 0), _BACKGROUND_BLUR * max(small)), np.float32)
    grey = blurred.mean(axis=2, keepdims=True)
    background = (grey + (blurred - grey) * _BACKGROUND_SATURATION) * _BACKGROUND_BRIGHTNESS
    # Scaled up as floats and dithered: a dark, smooth gradient of integers would show bands.
    large = np.asarray(cv2.resize(background, size, interpolation=cv2.INTER_CUBIC), np.float32)
    large += _dither(width, height)
    return np.maximum(large, 0, out=large).astype(np.uint8)  # never near 255


@lru_cache(maxsize=2)
def _dither(width: int, height: int) -> Floats:
    """Return constant noise (height, width, 1) in [0, 1); cached, because it would delay a new portrait's frame."""
    return np.random.default_rng(0).random((height, width, 1), np.float32)


def _resize(picture: Picture, size: tuple[int, int], interpolation: int) -> Picture:
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)
