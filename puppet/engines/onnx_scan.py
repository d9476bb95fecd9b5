"""Find tensors of an ONNX file that keep their data in another file, by walking its protobuf. Needs no library.

External data could lie anywhere and has no checksum. Field numbers are those of onnx.proto3. Any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_TENSOR: Final = "tensor"
_FIELDS: Final = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "graph": {1: "node", 5: _TENSOR, 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: _TENSOR, 6: "graph", 10: _TENSOR, 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: _TENSOR, 2: _TENSOR},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    _TENSOR: {},
}
"""Messages by field number that may contain a tensor, for each message."""
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_MAX_DEPTH = 64
_MAX_FIELDS = 4_000_000


def has_external_data(model: bytes) -> bool:
    """Return True when a tensor anywhere in a serialised ModelProto refers to another file.

    Raises:
        ValueError: it is no protobuf, is nested too deeply or has too many fields.
    """
    pending, left = [("model", memoryview(model), 0)], _MAX_FIELDS
    while pending:
        message, content, depth = pending.pop()
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        for number, value in _fields(content):
            left -= 1
            if left < 0:
                raise ValueError("too many fields")
            if message == _TENSOR and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)):
                return True
            if number in _FIELDS[message]:
                if not isinstance(value, memoryview):
                    raise ValueError("damaged")
                pending.append((_FIELDS[message][number], value, depth + 1))
    return False


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield the number and the value of each field of a message: an integer, or the bytes of anything else."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(content, at)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, at = _varint(content, at)
        elif kind in (_FIXED_64, _FIXED_32):
            size = 8 if kind == _FIXED_64 else 4
        else:
            raise ValueError("damaged")
        if at + size > len(content):
            raise ValueError("cut off")
        yield key >> 3, content[at : at + size]
        at += size


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            raise ValueError("cut off")
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("damaged")
