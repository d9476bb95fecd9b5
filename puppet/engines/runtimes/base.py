"""The Runtime protocol: open a pack's graph in a library and run it on named arrays.

A graph takes and returns pictures as uint8 (S, S, 3), so that engines convert nothing. Graphs block, and may be
run on several threads (a portrait is encoded in the background while frames are rendered).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray
from typing_extensions import TypeVar, override

from puppet.domain import EngineInfo
from puppet.errors import EngineError
from puppet.packs import Pack

Array: TypeAlias = NDArray[Any]
Held = TypeVar("Held", default=Any)
"""A runtime's own form of an output that stays where the library has its memory; an ndarray on the CPU."""


class Graph(Protocol[Held]):
    """One opened graph of a pack.

    Attributes:
        inputs: names of the inputs.
        outputs: names of the outputs.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def run(self, inputs: Mapping[str, Array | Held], wanted: Sequence[str] = ()) -> dict[str, Array]:
        """Compute outputs from named inputs.

        Args:
            inputs: all of `self.inputs`; others are ignored.
            wanted: names of the outputs to return; (): all of them.

        Returns:
            New arrays by name.

        Raises:
            GraphError: the library failed; one line.
        """

    def hold(self, inputs: Mapping[str, Array | Held]) -> dict[str, Held]:
        """Like `run`, but leave the outputs where the library has its memory: a portrait's code."""

    def without(self, output: str) -> Graph[Held]:
        """Return a graph that computes the other outputs only, or itself where that saves no time. Any thread."""
        return self


class HostGraph(Graph[Array], Protocol):
    """A graph whose held outputs are plain arrays."""

    @override
    def hold(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        return self.run(inputs)


class Runtime(Protocol[Held]):
    """A library on a device at a precision."""

    @property
    def info(self) -> EngineInfo:
        """Library, device and precision really obtained, asked from the library; valid after a graph was opened."""

    def open(self, pack: Pack, graph: str) -> Graph[Held]:
        """Open "detect", "encode", "render" or "swap" of a verified pack. Raises EngineError: it cannot be run."""

    def close(self) -> None:
        """Release everything that does not end with the graphs; calls after it are errors."""
        return


_SOURCE = re.compile(r"/\S+\.(?:cc|cpp|h|hpp):\d+ .*\) (?=[A-Z])")
"""Place in the library's sources with the function's signature, as ONNX Runtime puts before its reason."""


def check_names(graph: Graph[Held], name: str, given: Collection[str], needed: Collection[str]) -> None:
    """Check that a graph fits its engine.

    Args:
        graph: the opened graph.
        name: its name.
        given: names of the inputs that the engine provides.
        needed: names of the outputs that the engine reads.

    Raises:
        EngineError: an input is not in `given`, or an output of `needed` is missing.
    """
    if unknown := [wanted for wanted in graph.inputs if wanted not in given]:
        raise EngineError(f"Invalid pack: graph {name} needs unknown input {unknown[0]}; export the pack again")
    if missing := [wanted for wanted in needed if wanted not in graph.outputs]:
        raise EngineError(f"Invalid pack: graph {name} has no output {missing[0]}; export the pack again")


def first_line(error: Exception, skipped: tuple[str, ...] = ()) -> str:
    """Return the first line of a library's message that is not blank and begins with none of `skipped`."""
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith(skipped)]
    return _SOURCE.sub("", telling[0]) if telling else type(error).__name__
