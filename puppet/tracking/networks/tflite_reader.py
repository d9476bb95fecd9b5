"""Read a TensorFlow Lite file: its operators in order, with shapes, options and constant arrays.

Weights stored at half precision, or as sparse rows, become plain float32 arrays here, so that the operators that would
compute them at run time (DEQUANTIZE, DENSIFY) disappear. The schema is that of the package `tflite`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import tflite
from flatbuffers import flexbuffers
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

_OPERATORS = {number: name for name, number in vars(tflite.BuiltinOperator).items() if isinstance(number, int)}
_OPTIONS = {number: name for name, number in vars(tflite.BuiltinOptions).items() if isinstance(number, int)}
_DTYPES = {tflite.TensorType.FLOAT32: "<f4", tflite.TensorType.FLOAT16: "<f2", tflite.TensorType.INT32: "<i4"}
_FOLDED = ("DENSIFY", "DEQUANTIZE")
_DENSE, _SPARSE = 0, 1


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator of a network.

    Attributes:
        name: as in TensorFlow Lite's schema, "CONV_2D", or a custom operator's own name.
        inputs, outputs: numbers of tensors.
        options: the options object of the schema; for custom operators a mapping, or the bytes of a C structure.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any


@dataclass(frozen=True, slots=True)
class TfliteGraph:
    """A network.

    Attributes:
        shapes: shape of every tensor by its number; pictures are (1, height, width, channels).
        constants: weights and other constant tensors by number, as float32 or int32.
        operators: in the order of computation.
        inputs, outputs: numbers of tensors.
    """

    shapes: tuple[tuple[int, ...], ...]
    constants: Mapping[int, Array]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(slots=True)
class _Reader:
    model: Any
    graph: Any
    constants: dict[int, Array] = field(default_factory=dict)
    operators: list[Operator] = field(default_factory=list)


def read_tflite(content: bytes) -> TfliteGraph:
    """Read a file with one graph.

    Raises:
        ValueError: a tensor has an unknown type or an unknown sparse format.
    """
    model = tflite.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    reader = _Reader(model, graph)
    for number in range(graph.TensorsLength()):
        _read_constant(reader, number)
    for number in range(graph.OperatorsLength()):
        _read_operator(reader, graph.Operators(number))
    shapes = tuple(_shape(graph.Tensors(number)) for number in range(graph.TensorsLength()))
    constants = {number: _plain(array) for number, array in reader.constants.items()}
    return TfliteGraph(
        shapes, constants, tuple(reader.operators), _numbers(graph.InputsAsNumpy()), _numbers(graph.OutputsAsNumpy())
    )


def _read_constant(reader: _Reader, number: int) -> None:
    tensor = reader.graph.Tensors(number)
    buffer = reader.model.Buffers(tensor.Buffer())
    if not buffer.DataLength():
        return
    if tensor.Type() not in _DTYPES:
        raise ValueError(f"tensor {number} has the unknown type {tensor.Type()}")
    values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()])
    shape = _shape(tensor)
    reader.constants[number] = _dense(tensor.Sparsity(), values, shape) if tensor.Sparsity() else values.reshape(shape)


def _dense(sparsity: Any, values: Array, shape: tuple[int, ...]) -> Array:
    """Return the array of compressed sparse rows: only the last dimension is sparse."""
    metadata = [sparsity.DimMetadata(axis) for axis in range(sparsity.DimMetadataLength())]
    formats = [each.Format() for each in metadata]
    in_order = list(sparsity.TraversalOrderAsNumpy()) == list(range(len(shape)))
    if not in_order or sparsity.BlockMapLength() or formats != [_DENSE] * (len(shape) - 1) + [_SPARSE]:
        raise ValueError("a tensor has an unknown sparse format")
    starts = _index_vector(metadata[-1].ArraySegmentsType(), metadata[-1].ArraySegments())
    columns = _index_vector(metadata[-1].ArrayIndicesType(), metadata[-1].ArrayIndices())
    rows = np.zeros((math.prod(shape[:-1]), shape[-1]), values.dtype)
    rows[np.repeat(np.arange(len(rows)), np.diff(starts)), columns] = values
    return rows.reshape(shape)


def _index_vector(kind: int, table: Any) -> Array:
    vector = {1: tflite.Int32Vector, 2: tflite.Uint16Vector, 3: tflite.Uint8Vector}[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy(), np.int64)


def _read_operator(reader: _Reader, operator: Any) -> None:
    code = reader.model.OperatorCodes(operator.OpcodeIndex())
    name = _OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    inputs, outputs = _numbers(operator.InputsAsNumpy()), _numbers(operator.OutputsAsNumpy())
    if name in _FOLDED:
        reader.constants[outputs[0]] = reader.constants[inputs[0]]
        return
    if name == "CUSTOM":
        content = operator.CustomOptionsAsNumpy().tobytes() if operator.CustomOptionsLength() else b""
        reader.operators.append(Operator(code.CustomCode().decode(), inputs, outputs, _custom_options(content)))
        return
    reader.operators.append(Operator(name, inputs, outputs, _options(operator)))


def _options(operator: Any) -> Any:
    if (table := operator.BuiltinOptions()) is None:
        return None
    options = getattr(tflite, _OPTIONS[operator.BuiltinOptionsType()])()
    options.Init(table.Bytes, table.Pos)
    return options


def _custom_options(content: bytes) -> Any:
    """Return the mapping of a flexbuffer; other options are structures of C and stay bytes."""
    if not content or len(content) == _TRANSPOSE_OPTIONS_BYTES:
        return content
    return flexbuffers.Loads(content)


_TRANSPOSE_OPTIONS_BYTES = 12
"""Size of TfLiteTransposeConvParams as the selfie network stores it: padding, width and height of the stride."""


def _plain(array: Array) -> Array:
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int32)


def _shape(tensor: Any) -> tuple[int, ...]:
    return _numbers(tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()


def _numbers(array: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in array)
