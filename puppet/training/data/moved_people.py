"""People cut out of their clips and moved before their own backgrounds or other pictures.

Who sits before a camera moves head and mouth; shoulders stay where they are, and to a training that goes by motion they
are background. Here a driving frame's person moves as a whole, so that all of it is told from what is behind it; before
other pictures that shows even where the own background is of one colour.
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
_SMEAR = 6.0  # blur that fills what the person hid, in pixels of a silhouette
_RIM = 5  # silhouettes are widened by half of this where the person is taken away: no rim of it stays


def moved_people(
    frames: Picture,
    silhouettes: NDArray[np.uint8],
    random: np.random.Generator,
    elsewhere: Picture | None = None,
) -> Picture:
    """Driving frames with their person moved before one background.

    Args:
        frames: (1 + T, S, S, 3) uint8 RGB: the source, then driving frames of its clip.
        silhouettes: (1 + T, s, s) uint8: how surely the person covers a place, 255 being sure.
        random: four numbers of it are drawn a driving frame.
        elsewhere: another picture (S, S, 3) to set everybody before; None: the source's own background.

    Returns:
        The same shape: the source's person where it was.
    """
    side = frames.shape[1]
    if elsewhere is None:
        behind, made = _background(frames[0], silhouettes[0]), [frames[0]]
    else:
        behind, cover = elsewhere, _enlarged(silhouettes[0].astype(np.float32) / 255, side)
        made = [_over(frames[0].astype(np.float32), behind, cover)]
    for frame, silhouette in zip(frames[1:], silhouettes[1:], strict=True):
        turn, growth, across, down = random.uniform(-1, 1, 4)
        move = cv2.getRotationMatrix2D(np.multiply(_PIVOT, side).tolist(), turn * _TURN_DEGREES, 1 + growth * _GROWTH)
        move[:, 2] += np.multiply(_SHIFT, side) * (across, down)
        # A picture ends where its person goes on: what comes from outside repeats the border.
        person, cover = (
            np.asarray(cv2.warpAffine(x, move, (side, side), borderMode=cv2.BORDER_REPLICATE), np.float32)
            for x in (frame, _enlarged(silhouette.astype(np.float32) / 255, side))
        )
        made.append(_over(person, behind, cover))
    return np.stack(made)


def _background(frame: Picture, silhouette: NDArray[np.uint8]) -> Picture:
    """What stands behind the person, smeared from around it where nothing is known."""
    side, small = frame.shape[0], silhouette.shape[0]
    hidden = np.asarray(cv2.dilate(silhouette, np.ones((_RIM, _RIM), np.uint8)), np.float32) / 255
    known = (1 - hidden)[..., None] + 1e-3
    reduced = cv2.resize(frame, (small, small), interpolation=cv2.INTER_AREA).astype(np.float32)
    blurred = np.asarray(cv2.GaussianBlur(np.concatenate([reduced * known, known], 2), (0, 0), _SMEAR), np.float32)
    return _over(_enlarged(blurred[..., :3] / blurred[..., 3:], side), frame, _enlarged(hidden, side))


def _enlarged(field: NDArray[np.floating], side: int) -> Floats:
    return np.asarray(cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _over(above: Floats, below: Picture, cover: Floats) -> Picture:
    share = cover[..., None]
    return np.asarray(above * share + below * (1 - share) + 0.5).astype(np.uint8)
