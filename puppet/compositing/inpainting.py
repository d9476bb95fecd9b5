"""Painting over the person in a portrait: a soft fill at once, then a fill with texture and structure by patch search.

The patches are searched at a reduced size; the pixels that their matches point at are copied at the full one. Pure
functions, safe on any thread.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from puppet.compositing.patch_search import RADIUS, WINDOW, Level, Mask, Matches, match, weights
from puppet.domain import Floats, Picture

_SOFT_SIDE_PX = 192  # the soft fill is computed at this size
_SEARCH_SIDE_PX = 720  # longest side of the last level that is matched
_COARSEST_SIDE_PX = 48
_COPY_RADIUS = 2  # patches around a pixel that are mixed, in pixels of the last level


def soft_fill(pixels: Picture, hole: Mask) -> Picture:
    """Paint over a hole smoothly, in milliseconds.

    Args:
        pixels: (h, w, 3).
        hole: (h, w): not 0 where the picture is painted over.
    """
    height, width = hole.shape
    zoom = min(1.0, _SOFT_SIDE_PX / max(height, width))
    small = max(1, round(width * zoom)), max(1, round(height * zoom))
    colours, weight = _mean_known(pixels, hole, small)
    filled = cv2.inpaint(colours, (weight < 0.5).astype(np.uint8), 5, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(hole[..., None] > 0, large, pixels).astype(np.uint8)


def patch_fill(pixels: Picture, hole: Mask, stopped: Callable[[], bool] = lambda: False) -> Picture | None:
    """Paint over a hole with pieces of the picture around it; takes seconds.

    Args:
        pixels: (h, w, 3).
        hole: (h, w): not 0 where the picture is painted over.
        stopped: asked often; True ends the search.

    Returns:
        The filled picture; None when too little of the picture is known, or the search was stopped.
    """
    factor = -(-max(hole.shape) // _SEARCH_SIDE_PX)
    levels = _pyramid(pixels, hole, factor)
    found = match(levels, stopped) if levels else None
    return None if found is None else _copied(pixels, hole, levels[-1], found, factor)


def _mean_known(pixels: Picture, hole: Mask, size: tuple[int, int]) -> tuple[Picture, Floats]:
    """Reduce a picture so that each small pixel is the mean of its known pixels; return it and the known share."""
    keep = (hole == 0).astype(np.float32)
    weight = np.asarray(cv2.resize(keep, size, interpolation=cv2.INTER_AREA), np.float32)
    colours = cv2.resize(pixels * keep[..., None], size, interpolation=cv2.INTER_AREA)
    return np.clip(colours / np.maximum(weight, 1e-6)[..., None] + 0.5, 0, 255).astype(np.uint8), weight


def _pyramid(pixels: Picture, hole: Mask, factor: int) -> list[Level]:
    """Return the levels, from the coarsest; empty when there is nothing to copy or nothing to fill."""
    levels: list[Level] = []
    while not levels or max(levels[0].hole.shape) > 2 * _COARSEST_SIDE_PX:
        level = _level(pixels, hole, factor)
        if not level.usable.any() or not len(level.targets):
            break
        levels.insert(0, level)
        factor *= 2
    return levels


def _level(pixels: Picture, hole: Mask, factor: int) -> Level:
    """Reduce a picture and its hole by a whole number, and add the margin."""
    height, width = hole.shape
    size = -(-width // factor), -(-height // factor)
    beyond = (0, size[1] * factor - height, 0, size[0] * factor - width)
    hole = cv2.copyMakeBorder(hole, *beyond, cv2.BORDER_REPLICATE).astype(np.uint8)
    whole = np.asarray(cv2.copyMakeBorder(pixels, *beyond, cv2.BORDER_REPLICATE), np.uint8)
    small, _ = _mean_known(whole, hole, size)
    empty = np.asarray((hole > 0).reshape(size[1], factor, size[0], factor).any((1, 3)), np.uint8)
    margin, window = (RADIUS,) * 4, np.ones((2 * RADIUS + 1,) * 2, np.uint8)
    padded = cv2.copyMakeBorder(cv2.cvtColor(small, cv2.COLOR_RGB2RGBA), *margin, cv2.BORDER_REFLECT_101)
    padded[..., 3] = 0
    usable = cv2.dilate(cv2.copyMakeBorder(empty, *margin, cv2.BORDER_CONSTANT, value=(1,)), window) == 0
    targets = np.flatnonzero(np.pad(cv2.dilate(empty, window), RADIUS))
    inside = np.asarray(np.pad(empty, RADIUS), np.uint8)
    depth = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3), np.float32).reshape(-1)[targets]
    return Level(np.ascontiguousarray(padded), inside, usable.reshape(-1), targets, depth)


def _copied(pixels: Picture, hole: Mask, level: Level, found: Matches, factor: int) -> Picture:
    """Fill the hole at full resolution with the pixels that the matches point at, and hide the seam."""
    seam = cv2.dilate(hole, np.ones((2 * factor + 1,) * 2, np.uint8)) & (hole == 0)
    height, width = hole.shape
    weight, step = weights(level, found), found.steps(level)
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    total, count = np.zeros((height, width, 3), np.float32), np.full((height, width, 1), 1e-12, np.float32)

    def full(field: Floats) -> Floats:
        """Enlarge a field of the level, without its margin, to the picture."""
        inner = field[RADIUS:-RADIUS, RADIUS:-RADIUS]
        size = inner.shape[1] * factor, inner.shape[0] * factor
        return np.asarray(cv2.resize(inner, size, interpolation=cv2.INTER_NEAREST), np.float32)[:height, :width]

    for shift in ((dy, dx) for dx, dy in WINDOW if max(abs(dx), abs(dy)) <= _COPY_RADIUS):
        share = full(np.roll(weight, shift, (0, 1)))[..., None]
        at = full(np.roll(step, shift, (0, 1))) * np.float32(factor)
        total += share * cv2.remap(
            pixels, at[..., 0] + columns, at[..., 1] + rows, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
        )
        count += share
    total /= count
    total += spread(pixels - total, seam.astype(np.float32))
    return np.where(hole[..., None] > 0, np.clip(total + 0.5, 0, 255), pixels).astype(np.uint8)


def spread(values: Floats, known: Floats) -> Floats:
    """Spread values (h, w, 3), known where `known` (h, w) is 1, over the whole array with a pyramid (push and pull)."""
    levels = [np.dstack([values * known[..., None], known])]
    while min(levels[-1].shape[:2]) > 1:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA))
    top = levels.pop()
    filled = top[..., :3] / (top[..., 3:] + 1e-6)
    for level in reversed(levels):
        coarse = cv2.resize(filled, level.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        share = np.minimum(8 * level[..., 3:], 1)
        filled = coarse + share * (level[..., :3] / (level[..., 3:] + 1e-6) - coarse)
    return np.asarray(filled, np.float32)
