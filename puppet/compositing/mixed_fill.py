"""Painting over the person in a portrait: copied pieces where they fit, a soft fill elsewhere.

Leaves, hedges and cobbles have sharp detail: a soft fill shows there as a smear. A blurred street or a shaded studio
has none: copied pieces continue its edges, but show as blotches where their light is not that of the surroundings,
which the soft fill knows. A plain wall needs no search. Pure functions, safe on any thread.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from puppet.compositing.inpainting import patch_fill, soft_fill, spread
from puppet.compositing.patch_search import Mask
from puppet.domain import Floats, Picture
from puppet.geometry.smoothstep import smoothstep

_DETAIL_SIGMA = 0.004  # of the blur that detail is the difference to; a share of the longer side
_SMOOTH, _TEXTURED = 2.0, 5.0  # mean detail, in grey levels, of a smooth and of a textured background
_LEAST_SHARE = 0.01  # of texture in the hole, for which pieces are searched
_MAP_SIDE_PX = 96  # detail is averaged, and continued into the hole, at this size
_AVERAGED_PX = 2.0  # sigma, in pixels of the map
_LIGHT_SIGMA = 0.03  # of the blur that leaves the light of a fill; a share of the longer side
_SAME, _OTHER = 6.0, 12.0  # mean difference of that light, in grey levels, of pieces that fit and of blotches
_STRUCTURE_PX, _PLAIN = 4.0, 3.5
"""Standard deviation, in pixels of the map, of the blur that structure is the difference to; grey levels of it that a
plain wall has in all but a twentieth of the map beside the hole."""
_LEAST_KNOWN = 0.15  # of the pixels that an average is made of


def mixed_fill(pixels: Picture, hole: Mask, stopped: Callable[[], bool] = lambda: False) -> Picture | None:
    """Paint over a hole; takes seconds where the background has texture, milliseconds where it has none.

    Args:
        pixels: (h, w, 3).
        hole: (h, w): not 0 where the picture is painted over.
        stopped: asked often; True ends the search.

    Returns:
        The filled picture; None when too little of the picture is known, or the search was stopped.
    """
    soft = soft_fill(pixels, hole)
    share = texture_share(soft, hole)
    if share[hole > 0].sum() <= _LEAST_SHARE * np.count_nonzero(hole) and _is_plain(soft, hole):
        return soft
    patches = patch_fill(pixels, hole, stopped)
    if patches is None:
        return None
    difference = patches.astype(np.float32) - soft
    mixed = soft + np.maximum(share, _agreement(difference))[..., None] * difference
    return np.asarray(np.rint(mixed), np.uint8)


def _agreement(difference: Floats) -> Floats:
    """Return 1 where the light of two fills is the same, 0 where it is not, (h, w); `difference` (h, w, 3)."""
    sigma = _LIGHT_SIGMA * max(difference.shape)
    light = np.abs(cv2.GaussianBlur(difference, (0, 0), sigma)).mean(2, dtype=np.float32)
    return 1 - smoothstep(light, _SAME, _OTHER)


def _is_plain(pixels: Picture, hole: Mask) -> bool:
    """Return True if the background beside a hole has neither edges nor objects.

    Args:
        pixels: (h, w, 3), with a soft fill in the hole.
        hole: (h, w): not 0 where the picture is painted over.
    """
    size = _map_size(hole)
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    structure = np.abs(small - cv2.GaussianBlur(small, (0, 0), _STRUCTURE_PX)).mean(2)
    covered = cv2.resize((hole > 0).astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    reach = round(4 * _STRUCTURE_PX) + 1
    beside = (cv2.dilate(covered, np.ones((reach, reach), np.uint8)) > 0) & (covered == 0)
    return float(np.percentile(structure[beside], 95)) < _PLAIN if beside.any() else True


def _map_size(hole: Mask) -> tuple[int, int]:
    """Return the size, (width, height), at which a background is examined."""
    height, width = hole.shape
    zoom = min(1.0, _MAP_SIDE_PX / max(height, width))
    return max(1, round(width * zoom)), max(1, round(height * zoom))


def texture_share(filled: Picture, hole: Mask) -> Floats:
    """Return 0 for a smooth background to 1 for a textured one, (h, w); the arguments are those of `fine_texture`."""
    return ((fine_texture(filled, hole) - _SMOOTH) / (_TEXTURED - _SMOOTH)).clip(0, 1)


def fine_texture(filled: Picture, hole: Mask) -> Floats:
    """Return how textured the background is, measured beside the hole and continued into it.

    Args:
        filled: (h, w, 3): the picture with any fill in the hole.
        hole: (h, w): not 0 where the picture is painted over.

    Returns:
        (h, w) float32: mean difference to the blurred picture, in grey levels.
    """
    height, width = hole.shape
    sigma = _DETAIL_SIGMA * max(height, width)
    detail = cv2.absdiff(filled, cv2.GaussianBlur(filled, (0, 0), sigma)).mean(2, dtype=np.float32)
    reach = 2 * int(sigma) + 3
    known = (cv2.dilate(hole, np.ones((reach, reach), np.uint8)) == 0).astype(np.float32)
    size = _map_size(hole)
    weight, total = (_averaged(each, size) for each in (known, detail * known))
    mean = np.asarray(total / np.maximum(weight, 1e-6), np.float32)
    seen = weight > _LEAST_KNOWN
    mean = np.where(seen, mean, spread(mean[..., None].repeat(3, 2), seen.astype(np.float32))[..., 0])
    return np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _averaged(values: Floats, size: tuple[int, int]) -> Floats:
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _AVERAGED_PX), np.float32)
