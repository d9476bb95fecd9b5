"""Background behind a person, from other pictures of the same clip in which the person stands elsewhere.

Once per portrait. Pure functions, safe on any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from puppet.compositing.cutout import Cutout
from puppet.domain import Picture

_LEAST_SHARED = 0.05  # of the picture: background that both show
_MOST_DIFFERENCE = 8.0  # grey levels, median: more is another place, or the camera has moved
_AWAY = 9  # pixels of distance from the person's matte
_SOFT = 9  # pixels over which both are mixed


def with_shared_background(picture: Picture, cutout: Cutout, others: Sequence[tuple[Picture, Cutout]]) -> Cutout:
    """Return a cut-out whose background shows what other pictures show there, as far as they do.

    Args:
        picture: the portrait.
        cutout: its cut-out.
        others: pictures with the same region, and their cut-outs; those that show another place are not used.
    """
    pixels = cutout.region.pixels(picture)
    hidden = cv2.dilate(cutout.matte, np.ones((_AWAY, _AWAY), np.uint8)) > 0
    background = cutout.background.copy()
    found = np.zeros(hidden.shape, np.uint8)
    for other, other_cutout in others:
        theirs = other_cutout.region.pixels(other)
        away = cv2.dilate(other_cutout.matte, np.ones((_AWAY, _AWAY), np.uint8)) == 0
        shared = away & ~hidden
        if shared.mean() < _LEAST_SHARED:
            continue
        difference = pixels[shared].astype(np.int16) - theirs[shared]
        if float(np.median(np.abs(difference))) > _MOST_DIFFERENCE:
            continue
        fresh = away & hidden & (found == 0)
        background[fresh] = np.clip(theirs[fresh] + np.median(difference, axis=0), 0, 255).astype(np.uint8)
        found[fresh] = 255
    known = np.where(hidden, found, np.uint8(255))
    weight = cv2.GaussianBlur(cv2.erode(known, np.ones((_SOFT, _SOFT), np.uint8)), (0, 0), _SOFT / 3)
    weight = np.minimum(weight, known)[..., None] / np.float32(255)
    mixed = cutout.background + weight * (background.astype(np.float32) - cutout.background)
    return replace(cutout, background=np.where(cutout.matte[..., None] > 0, mixed.round(), pixels).astype(np.uint8))
