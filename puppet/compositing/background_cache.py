"""Painted backgrounds in the user's cache folder, so that a portrait that was shown before has its texture at once.

Missing, damaged and unwritable files cost the time of painting only. Any thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import platformdirs
from numpy.typing import NDArray

from puppet.domain import Picture
from puppet.engines.disk_cache import cache_key, discard, read_cached, write_cached

VERSION = 1
"""Raise it with every change of what is painted."""


def painted(
    pixels: Picture, hole: NDArray[np.uint8], paint: Callable[[Picture, NDArray[np.uint8]], Picture | None]
) -> Picture | None:
    """Return `paint(pixels, hole)`, from the cache if it was painted before.

    Args:
        pixels: (h, w, 3): the picture.
        hole: (h, w): 1 where it is painted over.
        paint: returns the picture with the hole filled, or None, which is not kept.
    """
    path = _path(pixels, hole)
    content = read_cached(path)
    if content is not None:
        kept = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        if kept is not None and kept.shape == pixels.shape:
            return np.where(hole[..., None] > 0, kept, pixels).astype(np.uint8)
        discard(path, "another picture")
    filled = paint(pixels, hole)
    if filled is not None:
        only_hole = cv2.cvtColor(filled * hole[..., None], cv2.COLOR_RGB2BGR)
        write_cached(path, cv2.imencode(".png", only_hole)[1].tobytes())
    return filled


def _path(pixels: Picture, hole: NDArray[np.uint8]) -> Path:
    digests = (hashlib.sha256(array.tobytes()).hexdigest() for array in (pixels, hole))
    folder = platformdirs.user_cache_path("puppet", appauthor=False) / "backgrounds"
    return folder / f"{cache_key(str(VERSION), str(pixels.shape), *digests)}.png"
