"""Write an ONNX model: nodes and constants are added one by one, then serialised as protobuf. Needs no library.

The field numbers are those of onnx.proto3; `puppet/engines/onnx_scan.py` reads the same format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

OPSET = 17
_IR_VERSION = 8
_TYPES = {"float32": 1, "uint8": 2, "int64": 7}  # TensorProto.DataType
_FLOAT, _INT, _STRING, _INTS = 1, 2, 3, 7  # AttributeProto.AttributeType

Attribute: TypeAlias = int | float | str | Sequence[int]
Shape: TypeAlias = Sequence[int]


class OnnxWriter:
    """One graph under construction."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._names = 0

    def input(self, name: str, dtype: str, shape: Shape) -> str:
        """Add an input of the graph; return its name."""
        self._inputs.append(_value(name, dtype, shape))
        return name

    def output(self, name: str, value: str, shape: Shape) -> None:
        """Add a float32 output of the graph that has the value `value`."""
        self._nodes.append(_node("Identity", [value], name))
        self._outputs.append(_value(name, "float32", shape))

    def constant(self, array: NDArray[Any] | Sequence[float] | float) -> str:
        """Add a constant and return its name: whole numbers as int64, all others as float32."""
        values = np.asarray(array)
        values = values.astype(np.int64 if values.dtype.kind in "iu" else np.float32)
        name = self._new_name()
        tensor = _ints(1, values.shape) + _int(2, _TYPES[values.dtype.name]) + _text(8, name)
        self._constants.append(tensor + _bytes(9, values.astype(values.dtype.newbyteorder("<")).tobytes()))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        """Add a node of ONNX's `operator` with its attributes and return the name of its only output."""
        name = self._new_name()
        self._nodes.append(_node(operator, inputs, name, attributes))
        return name

    def model(self) -> bytes:
        """Return the serialised ModelProto."""
        parts = ((1, self._nodes), (5, self._constants), (11, self._inputs), (12, self._outputs))
        graph = _text(2, "graph") + b"".join(_bytes(field, each) for field, several in parts for each in several)
        return _int(1, _IR_VERSION) + _text(2, "puppet") + _bytes(7, graph) + _bytes(8, _int(2, OPSET))

    def _new_name(self) -> str:
        self._names += 1
        return f"v{self._names}"


def _node(operator: str, inputs: Sequence[str], output: str, attributes: dict[str, Attribute] | None = None) -> bytes:
    written = b"".join(_bytes(5, _attribute(name, value)) for name, value in (attributes or {}).items())
    return b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(4, operator) + written


def _attribute(name: str, value: Attribute) -> bytes:
    match value:
        case int():
            content, kind = _int(3, value), _INT
        case float():
            content, kind = _varint(2 << 3 | 5) + np.array(value, "<f4").tobytes(), _FLOAT
        case str():
            content, kind = _text(4, value), _STRING
        case _:
            content, kind = _ints(8, value), _INTS
    return _text(1, name) + content + _int(20, kind)


def _value(name: str, dtype: str, shape: Shape) -> bytes:
    """Return a ValueInfoProto of a tensor."""
    sizes = b"".join(_bytes(1, _int(1, size)) for size in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _int(1, _TYPES[dtype]) + _bytes(2, sizes)))


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers take ten bytes
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _ints(field: int, values: Sequence[int]) -> bytes:
    return b"".join(_int(field, int(value)) for value in values)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())
