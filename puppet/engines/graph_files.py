"""Read the ONNX file of a pack's graph at a precision. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

from puppet.engines.onnx_scan import has_external_data
from puppet.errors import EngineError
from puppet.packs import Pack

_LOW_PRECISION_GRAPHS = ("render", "swap")
"""Graphs that run for every frame; keypoints and a portrait's code stay at fp32."""


@dataclass(frozen=True, slots=True)
class GraphFile:
    """A graph's ONNX file: its name, its SHA-256 in hexadecimal, and its content, which was compared with it."""

    name: str
    digest: str
    content: bytes


def precision_of(graph: str, wanted: str) -> str:
    """Return the precision of a graph when an engine runs at `wanted`."""
    return wanted if graph in _LOW_PRECISION_GRAPHS else "fp32"


def threads_of(pack: Pack, graph: str, most: int) -> int:
    """Return the threads for a graph: `most`, but one where a second one gains nothing and only spins.

    The detector of `face` packs works on 64x64 pixels.
    """
    return 1 if graph == "detect" and pack.card.family == "face" else most


def graph_file(pack: Pack, graph: str, precision: str, on_cpu: bool = False) -> GraphFile:
    """Read a graph's file: `render.onnx`, or `render.int8.onnx` where the precision needs a file of its own.

    A CPU at fp32 takes `render.tiled.onnx` where the pack has it: the same graph with fewer multiplications.

    Args:
        pack: a verified pack.
        graph: "detect", "encode", "render" or "swap".
        precision: "fp32" for the graph as it is; "fp16" or "int8" for the file of that name.
        on_cpu: it will run on a CPU.

    Raises:
        PackError: the file is damaged.
        EngineError: the pack has no such file (the message says how to make one), it is no ONNX, or its weights lie in
            another file.
    """
    exact = precision_of(graph, precision) == "fp32"
    name = f"{graph}.onnx" if exact else f"{graph}.{precision}.onnx"
    if exact and on_cpu and f"{graph}.tiled.onnx" in pack.files:
        name = f"{graph}.tiled.onnx"
    if name not in pack.files:
        command = f"packs export {pack.name} --formats onnx --precision {precision} -o DIR"
        raise EngineError(f"Pack {pack.name} has no {name}; make a pack that has it with {command}")
    content = pack.read(name)
    try:
        external = has_external_data(content)
    except ValueError as error:
        raise EngineError(f"{pack.folder / name}: not an ONNX file ({error}); export the pack again") from error
    if external:
        raise EngineError(f"{pack.folder / name}: keeps weights in another file; export it as one file")
    return GraphFile(name, pack.files[name], content)
