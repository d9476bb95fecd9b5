"""Clips of the learned families: videos, folders of frames, PNG strips, or generated figures.

Every video is a clip, the pictures of a folder are one together, and a picture several frames wide (as the original
repositories kept them, side by side) is one by itself. Frames are the middle square at the recipe's size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.pictures import open_image, read_picture
from puppet.media.video import VideoReader
from puppet.training.data import figures
from puppet.training.data.clips import (
    PICTURES,
    VIDEOS,
    ClipArrays,
    ClipSet,
    ClipSource,
    clip_folders,
    clip_name,
    read_clips,
    sampled,
    signature_of,
)
from puppet.training.recipe_schema.learned import LearnedClipsRecipe

_CACHE_VERSION = 1
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def read_footage(data: LearnedClipsRecipe, size: int, cache: Path) -> ClipSet:
    """Read the clips of a recipe, from the cache where they are in it.

    Args:
        data: the recipe's.
        size: side of the frames, in pixels.
        cache: folder of cached arrays; made when missing.

    Raises:
        ConfigError: a folder is missing, or no clip can be used; names the reasons.
        MediaError: the cache cannot be written.
    """
    settings = f"{_CACHE_VERSION} {size} {data.frames_per_s:g} {data.most_frames}"
    if data.source == "figures":
        return read_clips(_figures(size, settings), cache)
    folders = clip_folders(data)
    return read_clips((source for root in folders for source in _in_tree(root, data, size, settings)), cache)


def _figures(size: int, settings: str) -> Iterator[ClipSource]:
    for number in range(figures.CLIPS):
        name = f"figure__{number:03d}"
        read = partial(_arrays, partial(figures.clip, number, size))
        yield ClipSource(name, f"{settings} {figures.VERSION}", read, name)


def _in_tree(root: Path, data: LearnedClipsRecipe, size: int, settings: str) -> Iterator[ClipSource]:
    """Videos and strips of each folder, and the rest of its pictures as one clip."""
    for folder in [root, *sorted(path for path in root.rglob("*") if path.is_dir())]:
        files = [path for path in folder.iterdir() if path.is_file() and path.name[0] != "."]
        pictures: list[Path] = []
        for path in sorted(files, key=_by_number):
            name, kind = clip_name(path, root), path.suffix.lower()
            if kind in VIDEOS or (kind in PICTURES and _is_strip(path)):
                frames = partial(_video if kind in VIDEOS else _strip, path, data, size)
                yield ClipSource(name, signature_of([path], settings), partial(_arrays, frames), name)
            elif kind in PICTURES:
                pictures.append(path)
        if pictures:
            name, frames = f"{clip_name(folder, root)}__frames", partial(_pictures, pictures, data, size)
            yield ClipSource(name, signature_of(pictures, settings), partial(_arrays, frames), name)


def _arrays(frames: partial[Iterator[Picture]]) -> ClipArrays:
    return ClipArrays(list(frames()))


def _by_number(path: Path) -> list[tuple[int, str]]:
    """Sort key: frame2 comes before frame10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _is_strip(path: Path) -> bool:
    """Return whether a picture is several squares wide, read from its header."""
    try:
        with open_image(path, shortest=1) as picture:
            return picture.width >= 2 * picture.height and picture.width % picture.height == 0
    except (MediaError, *_DAMAGED):
        return False  # read as a frame it gives the reason


def _video(path: Path, data: LearnedClipsRecipe, size: int) -> Iterator[Picture]:
    with VideoReader(path) as video:
        for picture in sampled(video, data):
            yield _square(picture, size)


def _strip(path: Path, data: LearnedClipsRecipe, size: int) -> Iterator[Picture]:
    """Read by Pillow itself: `read_picture` would reduce a strip, which may be very wide."""
    try:
        with open_image(path, shortest=1) as strip:
            side = strip.height
            for left in range(0, min(strip.width, data.most_frames * side), side):
                yield _square(np.asarray(strip.crop((left, 0, left + side, side)).convert("RGB")), size)
    except _DAMAGED as error:
        raise MediaError(f"{path}: the picture is damaged or cut off; remove or replace it") from error


def _pictures(paths: Sequence[Path], data: LearnedClipsRecipe, size: int) -> Iterator[Picture]:
    for path in paths[: data.most_frames]:
        yield _square(read_picture(path), size)


def _square(picture: Picture, size: int) -> Picture:
    """The middle square, at the recipe's size."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = picture[top : top + side, left : left + side]
    interpolation = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    return cv2.resize(middle, (size, size), interpolation=interpolation).astype(np.uint8, copy=False)
