"""The cut-out of a portrait: the person's matte, and the background without the person. Once per portrait.

`cut_out` takes a second or two and paints the background over softly; `with_texture` takes seconds. Both keep what
they return, so that the next time takes a moment. Safe on any thread; the first call opens the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.cutout_cache import cutout_name, read_cutout, write_cutout
from puppet.compositing.foreground import own_colours
from puppet.compositing.inpainting import soft_fill
from puppet.compositing.matte import inside, refined
from puppet.compositing.mixed_fill import fine_texture, mixed_fill
from puppet.domain import Floats, Picture
from puppet.geometry.crop import CropBox
from puppet.tracking.mediapipe_networks import SelfieSegmentation

MARGIN = 0.4
"""Margin of the cut-out around the model's square, as a share of its side."""
LARGEST_PX = 1440
"""Longest side of a cut-out: its memory is bounded whatever the picture's size."""
_LEAST_FACE = 0.6  # share of the face that the matte must cover
RIM = 1
"""The matte of pixels that show the background with a trace of the person."""
_SMOOTH, _SPREAD = 1.5, 5.0
"""Most that the background differs from what is painted there: in grey levels, or in its mean deviations above one."""
_HOLE_MARGIN = 96  # the longer side in units of the margin that is painted over around the person


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The part of a picture that a cut-out covers, reduced to `LARGEST_PX`.

    Attributes:
        left, top, right, bottom: whole pixels of the picture; right and bottom are exclusive.
        scale: pixels of the cut-out per pixel of the picture, at most 1.
    """

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """(Width, height) of the cut-out in pixels."""
        width, height = self.right - self.left, self.bottom - self.top
        return max(1, round(width * self.scale)), max(1, round(height * self.scale))

    def pixels(self, picture: Picture) -> Picture:
        """Return the region's pixels, reduced."""
        part = picture[self.top : self.bottom, self.left : self.right]
        if self.scale < 1:
            return np.asarray(cv2.resize(part, self.size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.ascontiguousarray(part)


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """The person's matte and the background without the person.

    Attributes:
        region: of the picture.
        matte: (h, w) uint8: 255 on the person, 0 on the background.
        background: (h, w, 3) uint8: the picture where the matte is 0.
        mixed_in: (h, w, 3) uint8: the background's colours along the person's edge, of `own_colours`, which
            `with_texture` needs; None: not known.
        name: of its files in the cache; "": it has none.
        finished: `with_texture` has nothing to add.
    """

    region: Region
    matte: NDArray[np.uint8]
    background: Picture
    mixed_in: Picture | None = None
    name: str = ""
    finished: bool = False


def region_of(picture: Picture, crop: CropBox) -> Region:
    """Return the region around the model's square."""
    height, width = picture.shape[:2]
    reach = (0.5 + MARGIN) * crop.side
    left, right = (math.floor(min(max(crop.x + step, 0), width)) for step in (-reach, reach))
    top, bottom = (math.floor(min(max(crop.y + step, 0), height)) for step in (-reach, reach))
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    return Region(left, top, right, bottom, min(1.0, LARGEST_PX / max(right - left, bottom - top)))


def whole_region(picture: Picture) -> Region:
    """Return the region that is the whole picture."""
    height, width = picture.shape[:2]
    return Region(0, 0, width, height, min(1.0, LARGEST_PX / max(width, height)))


def kept_cutout(picture: Picture, crop: CropBox, *, whole: bool = False) -> Cutout | None:
    """Return what `cut_out` of the same arguments returned an earlier time, or `with_texture` after it."""
    region = whole_region(picture) if whole else region_of(picture, crop)
    pixels = region.pixels(picture)
    return _read(region, pixels, cutout_name(pixels, crop))


def cut_out(
    picture: Picture, crop: CropBox, face: Floats, stopped: Callable[[], bool] = lambda: False, *, whole: bool = False
) -> Cutout | None:
    """Cut the person out of a portrait.

    Args:
        picture: the portrait.
        crop: the model's square in it.
        face: (K, 2) float32: outline of the face, in pixels of the picture.
        stopped: not asked here: this takes a second; see `cutout_process`.
        whole: cut out of the whole picture, not of the part around the square.

    Returns:
        The cut-out with a soft background; None when no person was found where the face is.
    """
    region = whole_region(picture) if whole else region_of(picture, crop)
    pixels = region.pixels(picture)
    name = cutout_name(pixels, crop)
    if (kept := _read(region, pixels, name)) is not None:
        return kept
    outline = (face - (region.left, region.top) + 0.5) * region.scale - 0.5
    within = inside(outline, pixels.shape[:2])
    with closing(SelfieSegmentation()) as network:
        silhouette = network.segment(pixels)
    if not within.any() or float(silhouette[within > 0].mean()) < _LEAST_FACE:
        return None
    matte = refined(pixels, silhouette, outline)
    _, mixed_in = own_colours(pixels, matte)
    found = _cutout(region, pixels, matte, soft_fill(pixels, _hole(matte)), mixed_in)
    return _kept(replace(found, mixed_in=mixed_in, name=name))


def with_texture(cutout: Cutout, picture: Picture, stopped: Callable[[], bool] = lambda: False) -> Cutout | None:
    """Return a cut-out whose background has the texture of what is around; takes seconds.

    Args:
        cutout: with a soft background.
        picture: the portrait.
        stopped: asked often; True ends the work.

    Returns:
        The cut-out, the same where the picture shows too little of its background; None when it was stopped.
    """
    pixels = cutout.region.pixels(picture)
    filled = mixed_fill(pixels, _hole(cutout.matte), stopped)
    if filled is None:
        return None if stopped() else _kept(replace(cutout, mixed_in=None, finished=True))
    mixed_in = own_colours(pixels, cutout.matte)[1] if cutout.mixed_in is None else cutout.mixed_in
    found = _cutout(cutout.region, pixels, cutout.matte, filled, mixed_in)
    return _kept(replace(found, name=cutout.name, finished=True))


def _read(region: Region, pixels: Picture, name: str) -> Cutout | None:
    found = read_cutout(name, pixels)
    if found is None:
        return None
    matte, background, finished = found
    return Cutout(region, matte, background, name=name, finished=finished)


def _kept(cutout: Cutout) -> Cutout:
    """Keep a cut-out in the cache, and return it."""
    if cutout.name:
        write_cutout(cutout.name, cutout.matte, cutout.background, textured=cutout.finished)
    return cutout


def _cutout(region: Region, pixels: Picture, matte: NDArray[np.uint8], filled: Picture, mixed_in: Picture) -> Cutout:
    """Return a cut-out whose matte includes what is left of the person's edge around it, as `RIM`."""
    background = _behind(pixels, matte, filled, mixed_in)
    rim = (background != pixels).any(2)
    return Cutout(region, np.where(rim, np.maximum(matte, RIM), matte).astype(np.uint8), background)


def _hole(matte: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what is painted over: the person and a margin, whose colours the person's edge has blended into."""
    margin = _margin(matte)
    return np.asarray(cv2.dilate((matte > RIM).astype(np.uint8), np.ones((2 * margin + 1,) * 2, np.uint8)), np.uint8)


def _margin(matte: NDArray[np.uint8]) -> int:
    return max(2, int(max(matte.shape)) // _HOLE_MARGIN)


def _behind(pixels: Picture, matte: NDArray[np.uint8], filled: Picture, mixed_in: Picture) -> Picture:
    """Return the background: painted over where the person hides most of it.

    Where the person hides little of it, it is the picture without the person's own colours: what differs from
    the painted background by more than the texture around belongs to the person, like loose hair or a sharpened edge.
    """
    hole = _hole(matte)
    near = np.ones((2 * _margin(matte) + 1,) * 2, np.uint8)
    recovered = np.clip(mixed_in, cv2.erode(filled, near), cv2.dilate(filled, near))
    difference = recovered.astype(np.float32) - filled
    limit = np.maximum(_SMOOTH, _SPREAD * (fine_texture(filled, hole)[..., None] - 1))
    share = 1 - (matte.astype(np.float32) / 255)[..., None] ** 2
    mixed = np.rint(filled + share * np.clip(difference, -limit, limit)).clip(0, 255)
    return np.where(hole[..., None] > 0, mixed, pixels).astype(np.uint8)
