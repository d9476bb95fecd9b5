"""fp16: convolutions and what lies between them in half precision; coordinates, masks and sampling stay in fp32.

Graphs give and take what they did. On a processor without half arithmetic ONNX Runtime computes the halves in fp32:
these graphs are for GPUs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_SEEDS = ("Conv", "ConvTranspose")
_FOLLOWERS = ("Relu", "LeakyRelu", "BatchNormalization", "AveragePool", "MaxPool", "DepthToSpace", "Add", "Concat")
"""Nodes that are computed in half precision when all they take is: no detour through fp32 between two convolutions."""


def halve(path: Path, out: Path) -> None:
    """Write the graph of `path` with half-precision convolutions to `out`.

    Kernels of the first layers that see coordinates or colours get them rounded to 11 bits; everything else that is
    not between two convolutions is left as it is.
    """
    model = onnx.load(str(path))
    graph = model.graph
    constants = {value.name: value for value in graph.initializer}
    halved = _halved(graph, constants)
    _halve_constants(graph, constants, halved)
    _insert_casts(graph, halved)
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(out))


def _halved(graph: onnx.GraphProto, constants: dict[str, TensorProto]) -> set[str]:
    """Outputs of the nodes to compute in half precision; what the graph itself gives stays single."""
    made: set[str] = set()
    given = {value.name for value in graph.output}
    for node in graph.node:
        if given & set(node.output):
            continue
        taken = [name for name in node.input if name and name not in constants]
        follows = node.op_type in _FOLLOWERS and taken and all(name in made for name in taken)
        if node.op_type in _SEEDS or follows:
            made.update(node.output)
    return made


def _halve_constants(graph: onnx.GraphProto, constants: dict[str, TensorProto], halved: set[str]) -> None:
    """A halved copy of every constant a halved node takes."""
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
    """Casts where halves and singles meet, one for each value and direction."""
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
