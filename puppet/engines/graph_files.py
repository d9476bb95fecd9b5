"""Find the ONNX file of a pack's graph at a precision. Any thread."""

from __future__ import annotations

import mmap
from pathlib import Path

from puppet.errors import EngineError
from puppet.packs import Pack

_LOW_PRECISION_GRAPHS = ("render", "swap")
"""Graphs that run for every frame; keypoints and a portrait's code stay at fp32."""

_EXTERNAL_DATA = b"\x0a\x08location\x12"
"""A StringStringEntryProto with the key `location`, as TensorProto.external_data has."""


def precision_of(graph: str, wanted: str) -> str:
    """Return the precision of a graph when an engine runs at `wanted`."""
    return wanted if graph in _LOW_PRECISION_GRAPHS else "fp32"


def graph_file(pack: Pack, graph: str, precision: str, on_cpu: bool = False) -> Path:
    """Return a graph's file: `render.onnx`, or `render.int8.onnx` where the precision needs a file of its own.

    A CPU at fp32 takes `render.tiled.onnx` where the pack has it: the same graph with fewer multiplications.

    Args:
        pack: a verified pack.
        graph: "detect", "encode", "render" or "swap".
        precision: "fp32" for the graph as it is; "fp16" or "int8" for the file of that name.
        on_cpu: it will run on a CPU.

    Raises:
        EngineError: the pack has no such file (the message says how to make one), or its weights lie elsewhere.
    """
    exact = precision_of(graph, precision) == "fp32"
    name = f"{graph}.onnx" if exact else f"{graph}.{precision}.onnx"
    if exact and on_cpu and f"{graph}.tiled.onnx" in pack.files:
        name = f"{graph}.tiled.onnx"
    if name not in pack.files:
        command = f"packs export {pack.name} --formats onnx --precision {precision} -o DIR"
        raise EngineError(f"Pack {pack.name} has no {name}; make a pack that has it with {command}")
    path = pack.file(name)
    _check_self_contained(path)
    return path


def _check_self_contained(path: Path) -> None:
    """Refuse an ONNX file that names another file for its weights: it could be anywhere, and has no checksum."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            external = content.find(_EXTERNAL_DATA) >= 0
    except (OSError, ValueError) as error:
        raise EngineError(f"Cannot read {path}: {error}") from error
    if external:
        raise EngineError(f"{path} keeps weights in another file; export it as one file")
