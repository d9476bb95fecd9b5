"""Augmentation: people are cut out of driving frames and moved before their own background or another picture.

A person before a camera moves head and mouth, but hardly the shoulders, which a model that learns from motion then
takes for background. Here the whole person of a driving frame moves, which separates it from the background; before
another picture even where its own background is of one colour.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from puppet.domain import Floats, Picture

_TURN_DEGREES = 10.0
_GROWTH = 0.15
_SHIFT = (0.18, 0.1)  # across and down, in shares of the side
_PIVOT = (0.5, 0.8)
_FILL_BLUR = 6.0  # sigma of the blur that fills the person's place, in pixels of a silhouette
_RIM = 5  # silhouettes are dilated by half of this before the person is removed, so that no rim of it stays


def moved_people(
    frames: Picture,
    silhouettes: NDArray[np.uint8],
    random: np.random.Generator,
    background: Picture | None = None,
) -> Picture:
    """Move the person of each driving frame, before one background.

    Args:
        frames: (1 + T, S, S, 3) uint8 RGB: the source, then driving frames of its clip.
        silhouettes: (1 + T, s, s) uint8: confidence that the person covers a place.
        random: four numbers are drawn for each driving frame.
        background: another picture (S, S, 3) to put the person before; None: the source's own background.

    Returns:
        The same shape; the source's person stays in its place.
    """
    side = frames.shape[1]
    if background is None:
        behind, made = _filled_background(frames[0], silhouettes[0]), [frames[0]]
    else:
        behind, cover = background, _resized(silhouettes[0].astype(np.float32) / 255, side)
        made = [_over(frames[0].astype(np.float32), behind, cover)]
    for frame, silhouette in zip(frames[1:], silhouettes[1:], strict=True):
        turn, growth, across, down = random.uniform(-1, 1, 4)
        move = cv2.getRotationMatrix2D(np.multiply(_PIVOT, side).tolist(), turn * _TURN_DEGREES, 1 + growth * _GROWTH)
        move[:, 2] += np.multiply(_SHIFT, side) * (across, down)
        # The person goes on beyond the picture: what moves in from outside repeats the border.
        person, cover = (
            np.asarray(cv2.warpAffine(x, move, (side, side), borderMode=cv2.BORDER_REPLICATE), np.float32)
            for x in (frame, _resized(silhouette.astype(np.float32) / 255, side))
        )
        made.append(_over(person, behind, cover))
    return np.stack(made)


def _filled_background(frame: Picture, silhouette: NDArray[np.uint8]) -> Picture:
    """Fill the place that the person hides with blurred colours from around it."""
    side, small = frame.shape[0], silhouette.shape[0]
    hidden = np.asarray(cv2.dilate(silhouette, np.ones((_RIM, _RIM), np.uint8)), np.float32) / 255
    known = (1 - hidden)[..., None] + 1e-3
    reduced = cv2.resize(frame, (small, small), interpolation=cv2.INTER_AREA).astype(np.float32)
    blurred = np.asarray(cv2.GaussianBlur(np.concatenate([reduced * known, known], 2), (0, 0), _FILL_BLUR), np.float32)
    return _over(_resized(blurred[..., :3] / blurred[..., 3:], side), frame, _resized(hidden, side))


def _resized(field: NDArray[np.floating], side: int) -> Floats:
    return np.asarray(cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _over(above: Floats, below: Picture, cover: Floats) -> Picture:
    share = cover[..., None]
    return np.asarray(above * share + below * (1 - share) + 0.5).astype(np.uint8)
