"""The moved face is skin everywhere: no wall shines through a cheek that the portrait does not show.

A head that turns far shows a side that the picture lacks. The flow then reaches beyond the person's outline, where the
wall is, or stretches the rim of the face that lies beside it. There the face's skin is shown, continued beyond the
outline. Where the wall would show within a twentieth of the face's width alone, the face just looks narrower, and
nothing changes.

Between the composed layers and the corrections. NumPy and OpenCV; one object belongs to one thread.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.compositing.inpainting import spread
from puppet.compositing.placement import Rectangle
from puppet.domain import Floats, Picture
from puppet.geometry.smoothstep import smoothstep

_SOLID = 250  # of 255: matte of what is nothing but the person
_REACH, _RIM = 0.25, 0.025  # widths of the face: of its skin beyond the outline, and of the shaded rim that is left out
_TEXTURE, _CLIPPED = 0.01, 10.0  # standard deviation, in widths of the face, of what is light; grey levels of texture
_SOFT_PX = 0.8  # standard deviation of the blur of the face's outline
_SUBPIXEL_BITS = 4
_BEYOND = 0.2, 1.0  # cells beyond what is known: none and all of the skin
_SHALLOW, _DEEP = 0.05, 0.09  # depths of the hole, in widths of the face: none and all of the effect
_STRETCHED = 1.5, 2.5  # none and all of the effect on the face's edge
_STILL, _MOVED = 1.0, 4.0  # cells of motion: none and all of the effect, so that a portrait at rest is the picture
_AROUND = np.ones((3, 3), np.uint8)
_EYE_LEVEL, _CHIN = [7, 29], 18  # of the outline of the face
_BY_WALL = 0.03, 0.05  # widths of the face from the wall up to which its edge is changed: elsewhere hair lies beside it
_FADED = 0.2  # share of the way from the eyes to the chin on which the edge is not changed in full: hair ends there


class Interior:
    """Covers holes of a moved face with skin."""

    def __init__(self, person: NDArray[np.uint8], face: Floats, step: int) -> None:
        """Continue the face's skin beyond the person.

        Args:
            person: (h, w, 4): the premultiplied person.
            face: (K, 2): outline of the face in it.
            step: pixels per cell, the resolution at which holes are found.
        """
        height, width = person.shape[:2]
        self._step, wide = step, float(np.ptp(face[:, 0]))
        self._skin: Picture | None = None  # None: there is nothing to cover
        reach = round(_REACH * wide)
        (left, top), (right, bottom) = np.floor(face.min(0)).astype(int), np.ceil(face.max(0)).astype(int)
        around = Rectangle(left, top, right, bottom).grown(reach) & Rectangle(0, 0, width, height)
        solid = (person[..., 3] >= _SOLID).astype(np.uint8)
        if min(around.size) < 2:
            return
        known = np.zeros((height, width), np.uint8)
        cv2.fillPoly(known, [np.round(face).astype(np.int32)], 1)
        rim = 2 * round(_RIM * wide) + 1
        known = np.asarray(cv2.erode(known & solid, np.ones((rim, rim), np.uint8)), np.uint8)
        if not around.of(known).any():
            return
        self._at = around.left, around.top
        self._skin = _continued(around.of(person)[..., :3], around.of(known), _TEXTURE * wide)
        self._beyond_person = _distance(np.asarray(cv2.erode(solid, _AROUND), np.uint8), step)
        self._beyond_skin = _distance(known, step)
        self._beyond_skin *= _below_eyes(face / np.float32(step), self._beyond_skin.shape)
        to_wall = _distance(1 - solid, step) * np.float32(step / wide)
        self._beyond_skin *= 1 - smoothstep(to_wall, *_BY_WALL)

    def cover(
        self, picture: Picture, x: Floats, y: Floats, rest: tuple[Floats, Floats], face: Floats, unit: int
    ) -> None:
        """Cover the holes of a frame, in place.

        Args:
            picture: (H, W, 3): the composed picture.
            x: (rows, columns): for each point, a cell apart, the place of the person that it shows; the first point
                lies a cell before the picture.
            y: the same, vertically.
            rest: the same of a person who does not move.
            face: (K, 2): outline of the moved face, in points.
            unit: of the places, per pixel of the person.
        """
        (left, top), (right, bottom) = np.floor(face.min(0)).astype(int), np.ceil(face.max(0)).astype(int) + 1
        box = Rectangle(left, top, right, bottom) & Rectangle(0, 0, x.shape[1], x.shape[0])
        if self._skin is None or min(box.size) < 3:
            return
        x, y, rest_x, rest_y = (np.asarray(box.of(axis) / unit, np.float32) for axis in (x, y, *rest))
        column, row = ((axis - np.float32((self._step - 1) / 2)) / np.float32(self._step) for axis in (x, y))
        hole, edge = (
            np.asarray(cv2.remap(away, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
            for away in (self._beyond_person, self._beyond_skin)
        )
        moved = smoothstep(cv2.magnitude(x - rest_x, y - rest_y) / self._step, _STILL, _MOVED)
        hidden = smoothstep(edge, *_BEYOND) * moved
        if hidden.any():
            hidden *= smoothstep(_stretch(column, row), *_STRETCHED)
        lacking = smoothstep(hole, *_BEYOND) * moved
        if not (lacking.any() or hidden.any()):
            return
        within = _within(face - np.array((box.left, box.top), np.float32), box.size)
        lacking *= smoothstep(_depth(within, hole > 1) / (right - left), _SHALLOW, _DEEP)
        share = np.maximum(lacking, hidden) * cv2.dilate(within, _AROUND)
        rows, columns = (np.flatnonzero(share.max(axis) > 0) for axis in (1, 0))
        if len(rows):
            part = Rectangle(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1).grown(1)
            part &= Rectangle(0, 0, *box.size)
            at = box.left + part.left, box.top + part.top
            self._paint(picture, part.of(x), part.of(y), part.of(share), face, at)

    def _paint(self, picture: Picture, x: Floats, y: Floats, share: Floats, face: Floats, at: tuple[int, int]) -> None:
        """Paint skin over the part of the picture whose first point is `at`."""
        step = self._step
        left, top = ((first - 1) * step for first in at)
        size = x.shape[1] * step, x.shape[0] * step
        shown = Rectangle(left, top, left + size[0], top + size[1]) & Rectangle(0, 0, *picture.shape[1::-1])
        if min(shown.size) < 1 or self._skin is None:
            return
        inside = cv2.GaussianBlur(_within((face - np.array(at, np.float32) + 0.5) * step - 0.5, size), (0, 0), _SOFT_PX)
        x, y, share = (
            shown.of(np.asarray(cv2.resize(axis, size, interpolation=cv2.INTER_LINEAR), np.float32), (left, top))
            for axis in (x, y, share)
        )
        share = share * shown.of(np.asarray(inside, np.float32), (left, top))
        places = x - np.float32(self._at[0]), y - np.float32(self._at[1])
        skin = np.asarray(cv2.remap(self._skin, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
        part = shown.of(picture)
        part[:] = cv2.blendLinear(skin, np.ascontiguousarray(part), share, 1 - share)


def _within(face: Floats, size: tuple[int, int]) -> Floats:
    """Return 1 inside of an outline (K, 2), 0 outside, in between along it; `size`: (width, height)."""
    filled = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(filled, [np.round(face * (1 << _SUBPIXEL_BITS)).astype(np.int32)], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    return np.asarray(filled / np.float32(255), np.float32)


def _below_eyes(face: Floats, shape: tuple[int, ...]) -> Floats:
    """Return 0 for cells above the eyes of a face (K, 2), 1 for those well below."""
    middle = face[_EYE_LEVEL].mean(0)
    down = face[_CHIN] - middle
    row, column = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    below = ((column - middle[0]) * down[0] + (row - middle[1]) * down[1]) / max(float((down**2).sum()), 1e-6)
    return smoothstep(below, 0, _FADED)


def _depth(within: Floats, hole: NDArray[np.bool_]) -> float:
    """Return the largest distance of a hole from the outline of what it lies in."""
    bordered = cv2.copyMakeBorder((within > 0).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    return float(cv2.distanceTransform(bordered, cv2.DIST_L2, 3)[1:-1, 1:-1][hole].max(initial=0))


def _stretch(x: Floats, y: Floats) -> Floats:
    """Return by how much places are stretched, in the direction in which they are most."""
    across, down = (
        cv2.magnitude(*(cv2.Sobel(axis, cv2.CV_32F, *along, ksize=1, scale=0.5) for axis in (x, y)))
        for along in ((1, 0), (0, 1))
    )
    inner = np.maximum(cv2.min(across, down)[1:-1, 1:-1], 1e-3)  # at its border there are no two neighbours
    return np.asarray(1 / cv2.copyMakeBorder(inner, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.float32)


def _distance(inside: NDArray[np.uint8], step: int) -> Floats:
    """Return the distance, in cells, of each cell from those that lie `inside` in part."""
    height, width = inside.shape
    cells = cv2.resize(inside * np.uint8(255), (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.distanceTransform((cells == 0).astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def _continued(pixels: Picture, known: NDArray[np.uint8], light: float) -> Picture:
    """Return skin (h, w, 3) that goes on where it is not known.

    Its light spreads ever more softly; its texture is the mirror image of what is known.

    Args:
        pixels: (h, w, 3).
        known: (h, w): 1 where they are skin.
        light: standard deviation, in pixels, of the blur that separates light from texture.
    """
    height, width = known.shape
    labels = cv2.distanceTransformWithLabels(1 - known, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
    at = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    nearest = np.zeros((labels.max() + 1, 2), np.float32)
    nearest[labels[known > 0]] = at[known > 0]
    across, down = (cv2.GaussianBlur(axis, (0, 0), light) for axis in cv2.split(2 * nearest[labels] - at))
    colours = spread(pixels.astype(np.float32), known.astype(np.float32))
    texture = (pixels - cv2.GaussianBlur(colours, (0, 0), light)).clip(-_CLIPPED, _CLIPPED) * known[..., None]
    beyond = cv2.remap(texture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray((colours + beyond * (1 - known[..., None]) + 0.5).clip(0, 255), np.uint8)
