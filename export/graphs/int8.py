"""int8: convolutions with ranges taken from real pictures, a scale for every channel of a kernel; the rest stays fp32.

Left out are the layers that decide where everything goes or what is seen at the very end: heads, whose answer is no
feature (masks, occlusion, flow, the picture), and the first convolution, which sees coordinates beside colours.
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
"""What features go into; a convolution whose answer goes elsewhere is a head."""


def quantise(path: Path, out: Path, seen: Sequence[Mapping[str, NDArray[Any]]]) -> None:
    """Write the graph of `path` with 8-bit convolutions (QDQ: every engine reads it) to `out`.

    Args:
        path: an fp32 graph whose convolutions are plain ones.
        out: may be `path`.
        seen: inputs the graph was run on.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    # It advises a pre-processing that these graphs have had.
    logging.getLogger().addFilter(_is_ours)
    try:
        quantize_static(
            str(path),
            str(out),
            _reader(seen),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Resize"],  # nearest pixels stay what they are
            nodes_to_exclude=sensitive(onnx.load(str(path))),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    finally:
        logging.getLogger().removeFilter(_is_ours)
    onnx.checker.check_model(str(out), full_check=True)


def sensitive(model: onnx.ModelProto) -> list[str]:
    """Names of the convolutions that stay fp32."""
    takers: dict[str, set[str]] = {}
    for node in model.graph.node:
        for name in node.input:
            takers.setdefault(name, set()).add(node.op_type)
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    heads = [node for node in convolutions if not takers.get(node.output[0], {""}) <= set(_FEATURES)]
    return list(dict.fromkeys(node.name for node in [*convolutions[:1], *heads]))


def _reader(seen: Sequence[Mapping[str, NDArray[Any]]]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Seen(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self, items: Iterator[Mapping[str, NDArray[Any]]]) -> None:
            self._items = items

        def get_next(self) -> Mapping[str, NDArray[Any]] | None:
            return next(self._items, None)

    return Seen(iter(seen))


def _is_ours(record: logging.LogRecord) -> bool:
    return "pre-processing" not in record.getMessage()
