"""Refuses small pictures that keep a decoder busy for minutes, before it begins. Any thread.

The limits are far above what programs write.
"""

from __future__ import annotations

import re
from pathlib import Path

from puppet.errors import MediaError

_MOST_SCANNED = 4_000_000_000  # pixels times scans of a progressive JPEG: each scan passes over all of them
_MOST_TILES = 8192  # of a JPEG 2000
_PPM_HEADER = 4096
_PPM_NUMBERS = {b"P1": 2, b"P4": 2}  # others: 3
_CHUNK = 1 << 22


def check_header(path: Path, name: str) -> None:
    """Raise MediaError for a PPM with a long header, which Pillow reads byte by byte.

    Args:
        path: the file.
        name: its format, of `PICTURE_FORMATS`.
    """
    if name != "PPM":
        return
    with path.open("rb") as file:
        head = file.read(_PPM_HEADER)
    numbers = re.sub(rb"#[^\r\n]*", b" ", head[2:]).split()
    if len(head) == _PPM_HEADER and len(numbers) < _PPM_NUMBERS.get(head[:2], 3):
        raise MediaError(f"{path}: its header is longer than {_PPM_HEADER} bytes; save the picture as PNG")


def check_decoding_time(path: Path, name: str, size: tuple[int, int]) -> None:
    """Raise MediaError for a picture that takes minutes to decode.

    Args:
        path: the file.
        name: its format, of `PICTURE_FORMATS`.
        size: (width, height) in pixels.
    """
    if name == "JPEG":
        scans = _scans(path)
        if scans * size[0] * size[1] > _MOST_SCANNED:
            raise MediaError(f"{path}: has {scans} scans of {size[0]}x{size[1]} pixels; save it as a baseline JPEG")
    elif name == "JPEG2000" and (tiles := _tiles(path)) > _MOST_TILES:
        raise MediaError(f"{path}: has {tiles} tiles, more than {_MOST_TILES}; save it with larger ones")


def _scans(path: Path) -> int:
    """Return how often a JPEG file says that a scan begins; embedded previews count too."""
    scans, last = 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            scans += (last + chunk).count(b"\xff\xda")
            last = chunk[-1:]
    return scans


def _tiles(path: Path) -> int:
    """Return the number of tiles that a JPEG 2000 file states; 0 when it does not."""
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    at = head.find(b"\xff\x4f\xff\x51")  # the SIZ segment
    if at < 0 or len(head) < at + 40:
        return 0
    numbers = [int.from_bytes(head[start : start + 4], "big") for start in range(at + 8, at + 40, 4)]
    right, bottom, _, _, wide, tall, left, top = numbers
    return max(0, -(-(right - left) // wide)) * max(0, -(-(bottom - top) // tall)) if wide and tall else 0
