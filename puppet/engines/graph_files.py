"""Which of a pack's files an engine opens for a graph at a precision. Any thread."""

from __future__ import annotations

import mmap
from pathlib import Path

from puppet.errors import EngineError
from puppet.packs import Pack

_EVERY_FRAME = ("render", "swap")
"""Only these are worth a lower precision: keypoints and a portrait's code keep theirs."""

_ELSEWHERE = b"\x0a\x08location\x12"
"""A StringStringEntryProto with the key `location`, as TensorProto.external_data has."""


def precision_of(graph: str, wanted: str) -> str:
    """At which precision a graph is computed where `wanted` was asked for."""
    return wanted if graph in _EVERY_FRAME else "fp32"


def graph_file(pack: Pack, graph: str, precision: str, suffix: str = ".onnx", processor: bool = False) -> Path:
    """The file of a graph: `render.onnx`, or `render.int8.onnx` where the precision needs a file of its own.

    A processor at fp32 takes `render.tiled.onnx` where there is one: the same with fewer multiplications.

    Args:
        pack: a verified one.
        graph: "detect", "encode", "render" or "swap".
        precision: "fp32" for the graph as it is; "fp16" or "int8" for the file of that name.
        suffix: of the format.
        processor: it will run on one, at this precision.

    Raises:
        EngineError: the pack has no such file (the message says how to make one), or its weights lie elsewhere.
    """
    exact = precision == "fp32" or precision_of(graph, precision) == "fp32"
    name = f"{graph}{suffix}" if exact else f"{graph}.{precision}{suffix}"
    if exact and processor and f"{graph}.tiled{suffix}" in pack.files:
        name = f"{graph}.tiled{suffix}"
    if name not in pack.files:
        form = "torchscript" if suffix == ".pt" else "onnx"
        command = f"packs export {pack.name} --formats {form} --precision {precision} -o DIR"
        raise EngineError(f"pack {pack.name} has no {name}: {command} makes a pack that has it")
    path = pack.file(name)
    if suffix == ".onnx":
        _check_whole(path)
    return path


def _check_whole(path: Path) -> None:
    """Refuse an ONNX file that says where else its weights are: that place may be anywhere, and has no checksum."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            outside = content.find(_ELSEWHERE) >= 0
    except (OSError, ValueError) as error:
        raise EngineError(f"cannot read {path}: {error}") from error
    if outside:
        raise EngineError(f"{path} keeps weights outside itself: only graphs in one file are opened")
