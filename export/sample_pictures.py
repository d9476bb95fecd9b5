"""Pictures for the comparison and calibration of graphs: the bundled portraits, or the pictures of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from puppet.domain import Picture
from puppet.errors import PackError
from puppet.geometry.crop import whole_box
from puppet.media.formats import picture_format
from puppet.media.pictures import read_picture
from puppet.userdata.gallery import BUNDLED

COMPARED_SAMPLES = 4
"""Samples that are compared; more give the same result."""
CALIBRATION_PICTURES = 24
"""Pictures that int8 takes its ranges from."""
T = TypeVar("T")


def example_pictures(folder: Path | None) -> list[Picture]:
    """Read pictures of a folder, evenly spaced in the order of their names; None reads bundled portraits.

    Raises:
        PackError: no such folder, or fewer than two pictures in it.
        MediaError: one cannot be read.
    """
    place, most = (BUNDLED, COMPARED_SAMPLES) if folder is None else (folder, CALIBRATION_PICTURES)
    if not place.is_dir():
        raise PackError(f"{place}: no such folder of pictures")
    paths = sorted(path for path in place.iterdir() if path.is_file() and picture_format(path))
    if len(paths) < 2:
        raise PackError(f"{place}: at least two pictures are needed")
    return [read_picture(path) for path in evenly_spaced(paths, most)]


def as_squares(pictures: Sequence[Picture], size: int) -> list[Picture]:
    """Fit whole pictures into squares (size, size, 3)."""
    return [whole_box(picture).extract(picture, size) for picture in pictures]


def evenly_spaced(items: Sequence[T], most: int) -> list[T]:
    """Return at most `most` of the items, evenly spaced."""
    return list(items[:: max(1, -(-len(items) // most))])
