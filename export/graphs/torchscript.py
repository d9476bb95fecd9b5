"""Graphs as TorchScript: traced, frozen, with the names of inputs and outputs in the archive. Needs the extra `torch`.

TorchScript is a program: the torch engine runs only what a pack written here lists, after its checksum was compared.
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
        warnings.simplefilter("ignore")  # sizes become constants, which is what is wanted
        traced = torch.jit.trace(graph.module.eval(), tuple(graph.inputs.values()))  # type: ignore[no-untyped-call]
        torch.jit.save(torch.jit.freeze(traced.eval()), str(path), _extra_files={SCRIPT_NAMES: names})
    return path


def read_script(path: Path) -> torch.nn.Module:
    """What `write_script` has written, to be run on the processor."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
        module: torch.nn.Module = torch.jit.load(str(path), map_location="cpu")  # type: ignore[no-untyped-call]
    return module
