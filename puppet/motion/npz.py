"""Read .npz and .npy files of plain arrays that may be damaged or hostile; NumPy evaluates their headers.

Any thread.
"""

from __future__ import annotations

import os
import re
import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from puppet.regular_files import open_regular

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{'descr': '(?P<type>[<>|=]?(?:b1|[iu][1248]|f[248]|U\d{1,4}))', 'fortran_order': (?P<columns>True|False), "
    r"'shape': \((?P<shape>(?:\d{1,12}, ?)*\d{0,12})\),? ?\}\s*"
)
_MAX_HEADER_BYTES = 10_000
_MAX_ARRAYS = 100
_CHUNK_BYTES = 1 << 20
_MAX_DIMENSIONS = 8
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, RuntimeError, UnicodeError)


def read_npz(path: Path, most_bytes: int) -> dict[str, NDArray[Any]]:
    """Return the arrays by name.

    Args:
        path: the file.
        most_bytes: of the file, and of all arrays together.

    Raises:
        OSError: the file cannot be read, or is larger.
        ValueError: it is no .npz of numbers and texts, or is damaged; one line.
    """
    try:
        with open_regular(path, most_bytes) as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > _MAX_ARRAYS or sum(member.file_size for member in members) > most_bytes:
                raise ValueError("it unpacks to more than such a file holds")
            if any(member.flag_bits & 1 or member.compress_type not in _COMPRESSIONS for member in members):
                raise ValueError("encrypted or packed in an unknown way")
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    except _DAMAGE as error:
        raise ValueError("damaged, or no .npz") from error


def map_npy(path: Path) -> NDArray[Any]:
    """Return the array of an .npy file, mapped into memory.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no array of numbers or text, or is damaged; one line.
    """
    try:
        with open_regular(path, sys.maxsize) as file:
            form = _read_header(file, path.name)
            offset, size = file.tell(), os.fstat(file.fileno()).st_size
    except (struct.error, LookupError) as error:
        raise ValueError("damaged, or no array") from error
    if form.bytes == 0 or form.bytes > size - offset:
        raise ValueError("empty or cut off")
    return np.memmap(path, form.kind, "r", offset, form.shape, form.order)


@dataclass(frozen=True, slots=True)
class _Form:
    """Type, shape and order in memory of a stored array."""

    kind: np.dtype[Any]
    shape: tuple[int, ...]
    order: Literal["C", "F"]

    @property
    def bytes(self) -> int:
        """Size of the array."""
        return prod(self.shape) * self.kind.itemsize


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as stream:
        form = _read_header(stream, member.filename)
        if form.bytes > member.file_size:
            raise ValueError(f"{ascii(member.filename)[:60]} is cut off")
        content = bytearray()  # grows with what there is: the size is a claim
        while len(content) < form.bytes and (part := stream.read(min(form.bytes - len(content), _CHUNK_BYTES))):
            content += part
    if len(content) != form.bytes:
        raise ValueError(f"{ascii(member.filename)[:60]} is cut off")
    if form.kind.kind == "U":  # NumPy fails beyond repair at numbers that are no characters
        content.decode("utf-32-be" if form.kind.byteorder == ">" else "utf-32-le")
    return np.frombuffer(content, form.kind).reshape(form.shape, order=form.order)


def _read_header(stream: IO[bytes], name: str) -> _Form:
    start = stream.read(len(_MAGIC) + 2)
    if start[:-2] != _MAGIC or not 1 <= start[-2] <= 3:
        raise ValueError(f"{ascii(name)[:60]} is no array")
    length = struct.unpack("<H", stream.read(2)) if start[-2] == 1 else struct.unpack("<I", stream.read(4))
    found = _HEADER.fullmatch(stream.read(min(length[0], _MAX_HEADER_BYTES)).decode("latin-1"))
    if not found:
        raise ValueError(f"{ascii(name)[:60]} is no array of numbers or text")
    shape = tuple(int(side) for side in found["shape"].split(",") if side.strip())
    if len(shape) > _MAX_DIMENSIONS:
        raise ValueError(f"{ascii(name)[:60]} has {len(shape)} dimensions")
    return _Form(np.dtype(found["type"]), shape, "F" if found["columns"] == "True" else "C")
