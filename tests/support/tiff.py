"""Writes uncompressed little-endian TIFF files of any kind of samples."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SHORT, _LONG = 3, 4


def write_tiff(path: Path, data: bytes, size: tuple[int, int], tags: dict[int, int | tuple[int, ...]]) -> Path:
    """Write samples of (width, height) pixels as one strip per plane, with further tags of SHORT values."""
    planes = int(tags[277]) if tags.get(284) == 2 else 1  # type: ignore[arg-type] # one SHORT
    strip = len(data) // planes
    entries: dict[int, tuple[int, tuple[int, ...]]] = {
        256: (_SHORT, (size[0],)),
        257: (_SHORT, (size[1],)),
        259: (_SHORT, (1,)),
        273: (_LONG, tuple(8 + strip * plane for plane in range(planes))),
        278: (_SHORT, (size[1],)),
        279: (_LONG, (strip,) * planes),
    }
    entries |= {tag: (_SHORT, value if isinstance(value, tuple) else (value,)) for tag, value in tags.items()}
    directory, beyond = struct.pack("<H", len(entries)), b""
    start = 8 + len(data)
    for tag, (kind, values) in sorted(entries.items()):
        packed = struct.pack(f"<{len(values)}{'HI'[kind == _LONG]}", *values).ljust(4, b"\0")
        directory += struct.pack("<HHI", tag, kind, len(values))
        directory += packed if len(packed) == 4 else struct.pack("<I", start + len(beyond))
        beyond += packed if len(packed) > 4 else b""
    path.write_bytes(b"II*\0" + struct.pack("<I", start + len(beyond)) + data + beyond + directory + b"\0\0\0\0")
    return path


def packed_bits(values: NDArray[Any], bits: int) -> bytes:
    """Pack (H, W) unsigned values into rows of so many bits each, padded to whole bytes."""
    split = values.astype(np.uint32)[..., None] >> np.arange(bits - 1, -1, -1, dtype=np.uint32) & 1
    return np.packbits(split.astype(np.uint8).reshape(len(values), -1), axis=1).tobytes()
