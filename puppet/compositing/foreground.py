"""The person's own colours along a soft edge, so that no rim of the old background travels along. Once per portrait.

Pure functions, safe on any thread.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Picture

_SOLVED_SIDE_PX = 512  # longest side of the last level
_SMOOTHNESS = 1e-4
_ROUNDS = 8, 2  # of small and of large levels
_SMALL_SIDE_PX = 32


def own_colours(pixels: Picture, matte: NDArray[np.uint8]) -> tuple[Picture, Picture]:
    """Estimate the colours of person and background that are mixed along the person's edge.

    Smooth colours F and B with αF + (1 − α)B = picture, level by level (Germer et al. 2020, "Fast Multi-Level
    Foreground Estimation", equation 3); at full resolution the rest is shared between both, as α and 1 − α.

    Args:
        pixels: (h, w, 3): the picture.
        matte: (h, w): the person's share α, 255 for all.

    Returns:
        F and B, (h, w, 3); F is the picture where the matte is 255, and B where it is 0.
    """
    height, width = matte.shape
    image, alpha = pixels.astype(np.float32), matte.astype(np.float32) / np.float32(255)
    zoom = min(1.0, _SOLVED_SIDE_PX / max(height, width))
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    person, behind = (
        _enlarged(each, (width, height)) for each in _solved(_reduced(image, size), _reduced(alpha, size))
    )
    a = alpha[..., None]
    b = 1 - a
    rest = (image - a * person - b * behind) / (a * a + b * b)
    return _levels(person + a * rest), _levels(behind + b * rest)


def _solved(image: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    """Solve for both colours, from one pixel upwards."""
    height, width = alpha.shape
    person = behind = np.asarray(image.mean((0, 1), keepdims=True), np.float32)
    steps = max(1, int(np.ceil(np.log2(max(height, width)))))
    for step in range(steps + 1):
        size = tuple(max(1, round(side ** (step / steps))) for side in (width, height))
        small, share = _reduced(image, size), _reduced(alpha, size)
        person, behind = _enlarged(person, size), _enlarged(behind, size)
        for _ in range(_ROUNDS[max(size) > _SMALL_SIDE_PX]):
            person, behind = _relaxed(small, share, person, behind)
    return person, behind


def _relaxed(image: Floats, alpha: Floats, person: Floats, behind: Floats) -> tuple[Floats, Floats]:
    """Solve every pixel's two colours, given those of its four neighbours."""
    edged = np.pad(alpha, 1, mode="edge")
    colours = np.pad(np.dstack([person, behind]), ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = alpha.shape
    total = np.zeros((height, width, 1), np.float32)
    pull = np.zeros((height, width, 6), np.float32)
    for y, x in ((0, 1), (2, 1), (1, 0), (1, 2)):
        weight = (np.abs(edged[y : y + height, x : x + width] - alpha) + _SMOOTHNESS)[..., None]
        total += weight
        pull += weight * colours[y : y + height, x : x + width]
    a = alpha[..., None]
    b = 1 - a
    first, second = pull[..., :3] + a * image, pull[..., 3:] + b * image
    aa, ab, bb = a * a + total, a * b, b * b + total
    determinant = aa * bb - ab * ab
    return (
        ((bb * first - ab * second) / determinant).clip(0, 255),
        ((aa * second - ab * first) / determinant).clip(0, 255),
    )


def _reduced(field: Floats, size: tuple[int, ...]) -> Floats:
    reduced = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.float32).reshape(*size[::-1], *field.shape[2:])


def _enlarged(colours: Floats, size: tuple[int, ...]) -> Floats:
    return np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_LINEAR), np.float32).reshape(*size[::-1], 3)


def _levels(colours: Floats) -> Picture:
    levels: Picture = np.clip(colours + 0.5, 0, 255).astype(np.uint8)
    return levels
