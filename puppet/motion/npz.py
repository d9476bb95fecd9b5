"""Read .npz files of plain arrays that may be damaged or hostile. NumPy's own reader evaluates headers as Python.

Any thread.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any

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


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as stream:
        start = stream.read(len(_MAGIC) + 2)
        if start[:-2] != _MAGIC or not 1 <= start[-2] <= 3:
            raise ValueError(f"{ascii(member.filename)[:60]} is no array")
        length = struct.unpack("<H", stream.read(2)) if start[-2] == 1 else struct.unpack("<I", stream.read(4))
        header = stream.read(min(length[0], _MAX_HEADER_BYTES)).decode("latin-1")
        found = _HEADER.fullmatch(header)
        if not found:
            raise ValueError(f"{ascii(member.filename)[:60]} is no array of numbers or text")
        kind = np.dtype(found["type"])
        shape = tuple(int(side) for side in found["shape"].split(",") if side.strip())
        size = prod(shape) * kind.itemsize
        if size > member.file_size or len(shape) > 8:
            raise ValueError(f"{ascii(member.filename)[:60]} is cut off")
        content = bytearray()  # grows with what there is: the size is a claim
        while len(content) < size and (part := stream.read(min(size - len(content), _CHUNK_BYTES))):
            content += part
    if len(content) != size:
        raise ValueError(f"{ascii(member.filename)[:60]} is cut off")
    if kind.kind == "U":  # NumPy fails beyond repair at numbers that are no characters
        content.decode("utf-32-be" if found["type"].startswith(">") else "utf-32-le")
    return np.frombuffer(content, kind).reshape(shape, order="F" if found["columns"] == "True" else "C")
