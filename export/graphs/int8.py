"""int8: convolutions with ranges from real pictures and a scale for each channel of a kernel; the rest stays fp32.

Two kinds of convolutions stay fp32, too: heads, whose output is no feature map (masks, occlusion, flow, the picture),
and the first one, whose input has coordinates beside colours.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray

_FEATURES = ("Conv", "Relu", "LeakyRelu", "BatchNormalization", "Add", "Concat", "AveragePool", "MaxPool", "Resize")
"""Nodes that take feature maps; a convolution with another successor is a head."""


def quantise(path: Path, out: Path, recorded: Sequence[Mapping[str, NDArray[Any]]]) -> None:
    """Write the graph of `path` with 8-bit convolutions (QDQ, which every runtime reads) to `out`.

    Args:
        path: fp32 graph without transposed convolutions.
        out: file to write; may be `path`.
        recorded: inputs of runs of the graph, which the ranges are taken from.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    # It advises a pre-processing that these graphs went through.
    logging.getLogger().addFilter(_is_no_advice)
    try:
        quantize_static(
            str(path),
            str(out),
            _reader(recorded),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Resize"],  # Resize selects nearest pixels, which is exact
            nodes_to_exclude=fp32_convolutions(onnx.load(str(path))),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    finally:
        logging.getLogger().removeFilter(_is_no_advice)
    onnx.checker.check_model(str(out), full_check=True)


def fp32_convolutions(model: onnx.ModelProto) -> list[str]:
    """Return the names of the convolutions that stay fp32."""
    successors: dict[str, set[str]] = {}
    for node in model.graph.node:
        for name in node.input:
            successors.setdefault(name, set()).add(node.op_type)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    heads = [node for node in convolutions if not successors.get(node.output[0], {""}) <= set(_FEATURES)]
    return list(dict.fromkeys(node.name for node in [*convolutions[:1], *heads]))


def _reader(recorded: Sequence[Mapping[str, NDArray[Any]]]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Recorded(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self, items: Iterator[Mapping[str, NDArray[Any]]]) -> None:
            self._items = items

        def get_next(self) -> Mapping[str, NDArray[Any]] | None:
            return next(self._items, None)

    return Recorded(iter(recorded))


def _is_no_advice(record: logging.LogRecord) -> bool:
    return "pre-processing" not in record.getMessage()
