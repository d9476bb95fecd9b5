"""Graphs as TorchScript: traced, frozen, with the names of inputs and outputs in the archive. Needs the extra `torch`.

TorchScript is a program: the torch runtime runs it only from packs that were exported on this computer, by checksum.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch

from puppet.models.learned_graphs import ModuleGraph
from puppet.packs import SCRIPT_NAMES


def write_script(graph: ModuleGraph, folder: Path) -> Path:
    """Trace and freeze a graph's module and write it as NAME.pt."""
    path = folder / f"{graph.name}.pt"
    names = json.dumps({"inputs": list(graph.inputs), "outputs": graph.outputs})
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # tracing warns that sizes become constants, as intended
        traced = torch.jit.trace(graph.module.eval(), tuple(graph.inputs.values()))  # type: ignore[no-untyped-call]
        torch.jit.save(torch.jit.freeze(traced.eval()), str(path), _extra_files={SCRIPT_NAMES: names})
    return path


def read_script(path: Path) -> torch.nn.Module:
    """Read a file of `write_script`, to run on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
        module: torch.nn.Module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    return module
