"""Pictures that graphs are compared on and calibrated with: the bundled portraits, or those of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from puppet.domain import Picture
from puppet.errors import PackError
from puppet.gallery import BUNDLED, PICTURE_SUFFIXES
from puppet.geometry.crop import whole_box
from puppet.media.pictures import read_picture

COMPARED = 4
"""Samples that are compared; more take longer and say the same."""
CALIBRATED = 24
"""Pictures that int8 takes its ranges from."""
T = TypeVar("T")


def example_pictures(folder: Path | None) -> list[Picture]:
    """Pictures of a folder, in the order of their names and spread over all of them; None: bundled portraits.

    Raises:
        PackError: no such folder, or fewer than two pictures in it.
        MediaError: one cannot be read.
    """
    place, most = (BUNDLED, COMPARED) if folder is None else (folder, CALIBRATED)
    if not place.is_dir():
        raise PackError(f"{place}: no such folder of pictures")
    paths = sorted(path for path in place.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    if len(paths) < 2:
        raise PackError(f"{place}: at least two pictures are needed ({', '.join(PICTURE_SUFFIXES)})")
    return [read_picture(path) for path in spread(paths, most)]


def squares(pictures: Sequence[Picture], size: int) -> list[Picture]:
    """Whole pictures as (size, size, 3)."""
    return [whole_box(picture).extract(picture, size) for picture in pictures]


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many of a row, evenly spaced."""
    return list(items[:: max(1, -(-len(items) // most))])
