"""What an engine asks of a library that runs graphs: open a pack's graph, run it on named arrays. Nothing about motion.

A graph's pictures are uint8 (S, S, 3) like everywhere, so that no conversion is left to an engine. Graphs block and may
be run by two threads at once (a portrait is encoded in the background while frames are rendered).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from puppet.domain import EngineInfo
from puppet.errors import EngineError
from puppet.packs import Pack

Value: TypeAlias = object
"""An input or a held output: an ndarray, or what a runtime keeps on its device."""


class Graph(Protocol):
    """One graph of a pack, opened."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what it takes."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it gives."""

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """Compute outputs from named inputs.

        Args:
            inputs: all of `self.inputs`; others are ignored.
            wanted: names of the outputs that are needed; (): all of them.

        Returns:
            New arrays by name.

        Raises:
            GraphError: the library failed, in one line.
        """

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """Like `run`, but the outputs stay where the runtime has its memory: a portrait's code."""


def check_names(graph: Graph, name: str, given: Collection[str], needed: Collection[str]) -> None:
    """Whether a pack's graph fits its engine.

    Args:
        graph: as it was opened.
        name: of it.
        given: inputs it may ask for.
        needed: outputs it has to have.

    Raises:
        EngineError: it asks for more, or gives less.
    """
    unknown = [asked for asked in graph.inputs if asked not in given]
    if unknown:
        raise EngineError(f"graph {name} asks for {unknown[0]}, which nothing gives: the pack is not sound")
    missing = [wanted for wanted in needed if wanted not in graph.outputs]
    if missing:
        raise EngineError(f"graph {name} gives no {missing[0]}: the pack is not sound")


class Runtime(Protocol):
    """A library on a device at a precision."""

    @property
    def name(self) -> str:
        """As the command line knows it: "onnxruntime", "openvino" or "torch"."""

    @property
    def info(self) -> EngineInfo:
        """Library, device and precision really obtained, asked from the library; valid after a graph was opened."""

    def open(self, pack: Pack, graph: str) -> Graph:
        """Open "detect", "encode", "render" or "swap" of a verified pack. EngineError when it cannot be run."""

    def close(self) -> None:
        """Release everything; further calls are errors."""
