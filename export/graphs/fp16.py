"""fp16: convolutions and the nodes between them in half precision; coordinates, masks and sampling stay in fp32.

Inputs and outputs keep their types. These graphs are for GPUs: on a CPU without half arithmetic ONNX Runtime computes
them in fp32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_SEEDS = ("Conv", "ConvTranspose")
_FOLLOWERS = ("Relu", "LeakyRelu", "BatchNormalization", "AveragePool", "MaxPool", "DepthToSpace", "Add", "Concat")
"""Nodes that are computed in half precision when all their inputs are, to avoid casts between two convolutions."""


def convert_to_fp16(path: Path, out: Path) -> None:
    """Write the graph of `path` with half-precision convolutions to `out`.

    The first layers take coordinates and colours rounded to 11 bits; all nodes that do not lie between two convolutions
    stay in fp32.
    """
    model = onnx.load(str(path))
    graph = model.graph
    constants = {value.name: value for value in graph.initializer}
    halved = _half_outputs(graph, constants)
    _halve_constants(graph, constants, halved)
    _insert_casts(graph, halved)
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(out))


def _half_outputs(graph: onnx.GraphProto, constants: dict[str, TensorProto]) -> set[str]:
    """Return the outputs of the nodes to compute in half precision; outputs of the graph stay in fp32."""
    halved: set[str] = set()
    results = {value.name for value in graph.output}
    for node in graph.node:
        if results & set(node.output):
            continue
        inputs = [name for name in node.input if name and name not in constants]
        follows = node.op_type in _FOLLOWERS and inputs and all(name in halved for name in inputs)
        if node.op_type in _SEEDS or follows:
            halved.update(node.output)
    return halved


def _halve_constants(graph: onnx.GraphProto, constants: dict[str, TensorProto], halved: set[str]) -> None:
    """Give the halved nodes half-precision copies of their constants."""
    copies: dict[str, str] = {}
    for node in graph.node:
        if node.output[0] not in halved:
            continue
        for place, name in enumerate(node.input):
            if name in constants and constants[name].data_type == TensorProto.FLOAT:
                if name not in copies:
                    copies[name] = f"{name}_half"
                    half = numpy_helper.to_array(constants[name]).astype(np.float16)
                    graph.initializer.append(numpy_helper.from_array(half, copies[name]))
                node.input[place] = copies[name]
    used = {name for node in graph.node for name in node.input}
    kept = [value for value in graph.initializer if value.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _insert_casts(graph: onnx.GraphProto, halved: set[str]) -> None:
    """Insert casts between half and single precision, one for each value and direction."""
    constants = {value.name for value in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    cast: dict[tuple[str, int], str] = {}

    def converted(name: str, to: int) -> str:
        if (name, to) not in cast:
            cast[name, to] = f"{name}_as_{'half' if to == TensorProto.FLOAT16 else 'float'}"
            nodes.append(helper.make_node("Cast", [name], [cast[name, to]], f"{cast[name, to]}_Cast", to=to))
        return cast[name, to]

    for node in graph.node:
        half = node.output[0] in halved
        for place, name in enumerate(node.input):
            if half and name and name not in halved and name not in constants:
                node.input[place] = converted(name, TensorProto.FLOAT16)
            elif not half and name in halved:
                node.input[place] = converted(name, TensorProto.FLOAT)
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
