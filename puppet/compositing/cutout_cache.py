"""Cut-outs in the user's cache folder, so that a portrait that was shown before is composed at once.

A file holds the painted background and, as its alpha, the matte; nothing of the person's own pixels. Missing, damaged
and unwritable files cost the time of cutting out only. Any thread.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import platformdirs
from numpy.typing import NDArray

from puppet.domain import Picture
from puppet.engines.disk_cache import cache_key, discard, read_cached, write_cached
from puppet.geometry.crop import CropBox

VERSION = 2
"""Raise it with every change of what is cut out or painted."""
_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def cutout_name(pixels: Picture, crop: CropBox) -> str:
    """Return the name of the cut-out of `pixels`, a part of a picture, around the face in `crop`."""
    around = " ".join(f"{value:.0f}" for value in (crop.x, crop.y, crop.side))
    return cache_key(str(VERSION), str(pixels.shape), hashlib.sha256(pixels.tobytes()).hexdigest(), around)


def read_cutout(name: str, pixels: Picture) -> tuple[NDArray[np.uint8], Picture, bool] | None:
    """Return a cut-out's matte (h, w), background (h, w, 3) and True if that has texture; None: not kept yet."""
    for textured in (True, False):
        path = _path(name, textured=textured)
        content = read_cached(path)
        if content is None:
            continue
        kept = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        if kept is not None and kept.shape == (*pixels.shape[:2], 4):
            matte = np.ascontiguousarray(kept[..., 3], np.uint8)
            painted = cv2.cvtColor(kept, cv2.COLOR_BGRA2RGB)
            return matte, np.where(matte[..., None] > 0, painted, pixels).astype(np.uint8), textured
        discard(path, "another picture")
    return None


def write_cutout(name: str, matte: NDArray[np.uint8], background: Picture, *, textured: bool) -> None:
    """Keep a cut-out, in place of the one without texture."""
    painted = np.where(matte[..., None] > 0, background, 0).astype(np.uint8)
    picture = np.dstack([cv2.cvtColor(painted, cv2.COLOR_RGB2BGR), matte])
    written = write_cached(_path(name, textured=textured), cv2.imencode(".png", picture, _FAST)[1].tobytes())
    if written and textured:
        _path(name, textured=False).unlink(missing_ok=True)


def _path(name: str, *, textured: bool) -> Path:
    folder = platformdirs.user_cache_path("puppet", appauthor=False) / "cutouts"
    return folder / (f"{name}.png" if textured else f"{name}.soft.png")
