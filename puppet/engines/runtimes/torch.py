"""PyTorch: a pack's modules with their weights, or its graphs as TorchScript; CPU and CUDA.

On CUDA a frame's graphs run as CUDA graphs on a stream of their own, between pinned staging buffers; a portrait's code
stays on the device. TorchScript is a program: it is only loaded from a pack that was exported on this computer, told by
its checksum. The only engine that imports torch.
"""

from __future__ import annotations

import json
import logging
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from puppet.domain import EngineInfo, Keypoints
from puppet.engines.graph_files import precision_of
from puppet.engines.runtimes.base import Graph, Value
from puppet.engines.shutdown import library_calls
from puppet.engines.torchscript_trust import SUFFIX, is_trusted
from puppet.errors import CheckpointError, EngineError, GraphError
from puppet.geometry import face_mesh
from puppet.geometry.landmarks import mean_face
from puppet.hardware import network_threads
from puppet.models.checkpoints import load_face, load_weights
from puppet.models.face import FaceMaps
from puppet.models.face_graphs import face_graphs
from puppet.models.learned_graphs import ModuleGraph, graphs_of
from puppet.packs import SCRIPT_NAMES, Pack

Capture = Callable[[Callable[[], None], "torch.cuda.Stream | None"], Callable[[], None]]

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_ON = {"cpu": ("fp32", "bf16"), "cuda": ("fp32", "bf16", "fp16")}
_WARM_UPS = 3  # before a capture: cuDNN chooses its algorithms
_log = logging.getLogger(__name__)


class Torch:
    """Runs a pack's TorchScript, or its modules eagerly."""

    name = "torch"

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will be run.

        Args:
            device: "auto" (CUDA when PyTorch has it), "cpu" or "cuda".
            precision: "fp32", "bf16", or "fp16" on CUDA: that of convolutions; everything else stays at fp32.
            threads: for one graph, of the whole process; None: physical cores, at most 4.

        Raises:
            EngineError: there is no such device, or it has no such precision.
        """
        has_cuda = torch.cuda.is_available()
        if device == "cuda" and not has_cuda:
            raise EngineError(
                "PyTorch obtained no CUDA device: use --device cpu, or install its CUDA wheel and a driver"
            )
        self._device = "cuda" if has_cuda and device != "cpu" else "cpu"
        if precision not in _ON[self._device]:
            known = ", ".join(_ON[self._device])
            raise EngineError(
                f"PyTorch computes at {known} on {self._device}, not at {precision}: use --precision fp32"
            )
        self._precision, self._form = precision, ""
        self._modules: dict[str, tuple[nn.Module, tuple[str, ...], tuple[str, ...]]] = {}
        torch.set_num_threads(threads or network_threads())

    @property
    def info(self) -> EngineInfo:
        """See Runtime; with the form in which the pack had its graphs."""
        return EngineInfo(self.name, self._device.upper(), self._precision, self._form)

    def open(self, pack: Pack, graph: str) -> Graph:
        """See Runtime."""
        scripted = is_trusted(pack, graph)
        if not scripted and f"{graph}{SUFFIX}" in pack.files:
            _log.info("pack %s: %s%s was not exported on this computer and is not run.", pack.name, graph, SUFFIX)
        module, inputs, outputs = self._scripted(pack, graph) if scripted else self._eager(pack, graph)
        precision = precision_of(graph, self._precision)
        plain = TorchGraph(module, inputs, outputs, self._device, precision)
        return plain if self._device == "cpu" or graph == "encode" else CapturedGraph(plain)

    def close(self) -> None:
        """See Runtime."""
        self._modules.clear()
        if self._device == "cuda":
            torch.cuda.empty_cache()

    def _scripted(self, pack: Pack, graph: str) -> tuple[nn.Module, tuple[str, ...], tuple[str, ...]]:
        self._form = "TorchScript"
        names = {SCRIPT_NAMES: ""}
        path = pack.file(f"{graph}{SUFFIX}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
                module: nn.Module = torch.jit.load(str(path), self._device, names)  # type: ignore[no-untyped-call]
            said = json.loads(names[SCRIPT_NAMES])
            return module, tuple(map(str, said["inputs"])), tuple(map(str, said["outputs"]))
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"PyTorch cannot open {path.name}: {_reason(error)}") from error

    def _eager(self, pack: Pack, graph: str) -> tuple[nn.Module, tuple[str, ...], tuple[str, ...]]:
        self._form = "eager"
        if not self._modules:
            try:
                graphs = _modules(pack)
            except CheckpointError as error:
                raise EngineError(f"PyTorch needs the pack's weights: {error}") from error
            for each in graphs:
                module = each.module.eval().to(self._device)
                for layer in module.modules():
                    if isinstance(layer, nn.Conv2d):
                        layer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
                self._modules[each.name] = (module, tuple(each.inputs), tuple(each.outputs))
        if graph not in self._modules:
            raise EngineError(f"pack {pack.name}: its model has no graph {graph}")
        return self._modules[graph]


class TorchGraph:
    """A module that takes and gives tensors in a known order."""

    def __init__(
        self, module: nn.Module, inputs: Sequence[str], outputs: Sequence[str], device: str, precision: str
    ) -> None:
        """`module` lies on `device` already."""
        self.inputs, self.outputs, self.device = tuple(inputs), tuple(outputs), device
        self._module, self._precision = module, precision

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """See Graph."""
        found = self.hold(inputs)
        return {name: found[name].cpu().numpy() for name in wanted or self.outputs}

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Any]:
        """See Graph: tensors."""
        try:
            with library_calls:
                found = self.compute([as_tensor(inputs[name]) for name in self.inputs])
            if self.device == "cuda":
                torch.cuda.current_stream().synchronize()  # another stream is going to read it
            return dict(zip(self.outputs, found, strict=True))
        except RuntimeError as error:  # OutOfMemoryError is one
            raise GraphError(f"PyTorch failed: {_reason(error)}") from error

    def compute(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """The outputs in their order, on the device."""
        with torch.inference_mode(), self._autocast():
            found = self._module(*(value.to(self.device) for value in inputs))
        return (found,) if isinstance(found, Tensor) else tuple(found)

    def _autocast(self) -> AbstractContextManager[None]:
        exact = self._precision == "fp32"
        return torch.autocast(self.device, _TYPES[self._precision] if not exact else None, enabled=not exact)


def captured(compute: Callable[[], None], stream: torch.cuda.Stream | None) -> Callable[[], None]:
    """`compute` as a CUDA graph: its kernels are launched at once, without Python between them."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):  # others may encode meanwhile
        compute()
    return graph.replay


class CapturedGraph:
    """A graph with fixed places for inputs and outputs, captured at the first run."""

    def __init__(self, graph: TorchGraph, capture: Capture = captured) -> None:
        """`capture` makes a replayable call of one that reads and writes fixed places."""
        self.inputs, self.outputs = graph.inputs, graph.outputs
        self._graph, self._capture = graph, capture
        self._stream = torch.cuda.Stream() if graph.device == "cuda" else None  # type: ignore[no-untyped-call]
        self._busy = threading.Lock()
        self._staging: dict[str, Tensor] = {}
        self._given: dict[str, Tensor] = {}
        self._found: dict[str, Tensor] = {}
        self._fetched: dict[str, Tensor] = {}
        self._held: dict[str, Tensor] = {}
        self._replay: Callable[[], None] | None = None

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """See Graph."""
        names = tuple(wanted or self.outputs)
        try:
            with self._busy, library_calls, torch.inference_mode(), torch.cuda.stream(self._stream):
                self._upload({name: as_tensor(inputs[name]) for name in self.inputs})
                (self._replay or self._captured())()
                return self._download(names)
        except RuntimeError as error:
            raise GraphError(f"PyTorch failed: {_reason(error)}") from error

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Any]:
        """See Graph: tensors of their own, for the fixed places are written again."""
        return self._graph.hold(inputs)

    def _upload(self, values: Mapping[str, Tensor]) -> None:
        """Host memory through pinned staging; what lies on the device already, like a code, only when it is another."""
        for name, value in values.items():
            if name not in self._given:
                self._given[name] = torch.empty_like(value, device=self._graph.device)
            if value.device.type != "cpu":
                if self._held.get(name) is not value:
                    self._given[name].copy_(value, non_blocking=True)
                    self._held[name] = value
                continue
            if name not in self._staging:
                self._staging[name] = torch.empty_like(value, pin_memory=self._stream is not None)
            self._staging[name].copy_(value)
            self._given[name].copy_(self._staging[name], non_blocking=True)

    def _captured(self) -> Callable[[], None]:
        given = [self._given[name] for name in self.inputs]
        for _ in range(_WARM_UPS):
            found = self._graph.compute(given)
        self._found = {name: torch.empty_like(value) for name, value in zip(self.outputs, found, strict=True)}

        def compute() -> None:
            for name, value in zip(self.outputs, self._graph.compute(given), strict=True):
                self._found[name].copy_(value)

        try:
            self._replay = self._capture(compute, self._stream)
        except RuntimeError as error:
            _log.info("no CUDA graph: %s", _reason(error))
            self._replay = compute
        return self._replay

    def _download(self, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        for name in names:
            if name not in self._fetched:
                pinned = self._stream is not None
                self._fetched[name] = torch.empty_like(self._found[name], device="cpu", pin_memory=pinned)
            self._fetched[name].copy_(self._found[name], non_blocking=True)
        if self._stream is not None:
            self._stream.synchronize()
        return {name: self._fetched[name].numpy().copy() for name in names}


def _modules(pack: Pack) -> list[ModuleGraph]:
    """The graphs of a pack as modules with its weights. Raises CheckpointError."""
    weights = pack.folder / "weights.safetensors"
    if weights.name not in pack.files:
        raise CheckpointError(f"pack {pack.name} has no {weights.name}")
    picture = torch.zeros(pack.size, pack.size, 3, dtype=torch.uint8)
    if pack.card.family != "face":
        return graphs_of(load_weights(weights, pack.card.architecture), picture)
    mean = (0.3 * mean_face()).astype(np.float32)
    rest = Keypoints(mean[:, :2], mean[:, 2])
    drawn = face_mesh.draw(rest, rest)
    maps = FaceMaps(*(torch.from_numpy(getattr(drawn, name))[None] for name in FaceMaps._fields))
    return face_graphs(load_face(weights), picture, maps, maps)


def as_tensor(value: Value) -> Tensor:
    """An input as it was given, or as it was held."""
    if isinstance(value, Tensor):
        return value
    array = np.ascontiguousarray(value)
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
