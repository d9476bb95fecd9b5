"""PyTorch on CPU and CUDA: a pack's modules with their weights, or its graphs as TorchScript.

On CUDA a frame's graphs run as CUDA graphs on a stream of their own, between pinned staging buffers; a portrait's code
stays on the device. TorchScript is a program: it is only loaded from a pack that was exported on this computer, known
by its checksum. The only runtime that imports torch.
"""

from __future__ import annotations

import io
import json
import logging
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import override

from puppet.domain import EngineInfo
from puppet.engines.graph_files import precision_of
from puppet.engines.library_shutdown import library_calls
from puppet.engines.runtimes.base import Array, Graph, Runtime, first_line
from puppet.engines.torchscript_trust import SUFFIX, is_trusted
from puppet.errors import CheckpointError, EngineError, GraphError
from puppet.geometry import face_mesh
from puppet.geometry.landmarks import rest_pose
from puppet.hardware import network_threads
from puppet.models.checkpoints import load_face, load_weights
from puppet.models.face import FaceMaps
from puppet.models.face_graphs import face_graphs
from puppet.models.learned_graphs import ModuleGraph, graphs_of
from puppet.packs import SCRIPT_NAMES, Pack

Capture: TypeAlias = Callable[[Callable[[], None], "torch.cuda.Stream | None"], Callable[[], None]]

Value: TypeAlias = Array | Tensor
Module: TypeAlias = tuple[nn.Module, tuple[str, ...], tuple[str, ...]]
"""A graph's module with the names of its inputs and outputs."""

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_ON = {"cpu": ("fp32", "bf16"), "cuda": ("fp32", "bf16", "fp16")}
_WARM_UPS = 3  # before a capture, for cuDNN to choose its algorithms
_log = logging.getLogger(__name__)


class Torch(Runtime[Tensor]):
    """Runs a pack's TorchScript, or its modules eagerly."""

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will run.

        Args:
            device: "auto" (CUDA when PyTorch has it), "cpu" or "cuda".
            precision: of convolutions, "fp32", "bf16", or "fp16" on CUDA; everything else stays at fp32.
            threads: of the whole process; None: physical cores, at most 4.

        Raises:
            EngineError: the device is missing, or does not compute at this precision.
        """
        has_cuda = torch.cuda.is_available()
        if device == "cuda" and not has_cuda:
            raise EngineError("PyTorch found no CUDA device; use --device cpu, or install its CUDA wheel and a driver")
        self._device = "cuda" if has_cuda and device != "cpu" else "cpu"
        if precision not in _ON[self._device]:
            known = ", ".join(_ON[self._device])
            raise EngineError(
                f"PyTorch does not compute at {precision} on {self._device} (it has {known}); use --precision fp32"
            )
        self._precision, self._form = precision, ""
        self._modules: dict[str, Module] = {}
        torch.set_num_threads(threads or network_threads())

    @property
    @override
    def info(self) -> EngineInfo:
        return EngineInfo("torch", self._device.upper(), self._precision, self._form)

    @override
    def open(self, pack: Pack, graph: str) -> Graph[Tensor]:
        scripted = is_trusted(pack, graph)
        if not scripted and f"{graph}{SUFFIX}" in pack.files:
            _log.info("pack %s: %s%s was not exported on this computer and will not run", pack.name, graph, SUFFIX)
        module, inputs, outputs = self._scripted(pack, graph) if scripted else self._eager(pack, graph)
        precision = precision_of(graph, self._precision)
        opened = TorchGraph(module, inputs, outputs, self._device, precision)
        return opened if self._device == "cpu" or graph == "encode" else CapturedGraph(opened)

    @override
    def close(self) -> None:
        self._modules.clear()
        if self._device == "cuda":
            torch.cuda.empty_cache()

    def _scripted(self, pack: Pack, graph: str) -> Module:
        self._form = "TorchScript"
        names = {SCRIPT_NAMES: ""}
        name = f"{graph}{SUFFIX}"
        program = io.BytesIO(pack.read(name))  # the bytes that were exported here, not those that lie there by now
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
                module: nn.Module = torch.jit.load(program, self._device, names)  # type: ignore[no-untyped-call]
            graph_names = json.loads(names[SCRIPT_NAMES])
            return module, tuple(map(str, graph_names["inputs"])), tuple(map(str, graph_names["outputs"]))
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"PyTorch cannot open {name}: {first_line(error)}; export the pack again") from error

    def _eager(self, pack: Pack, graph: str) -> Module:
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
            raise EngineError(f"Pack {pack.name}: its model has no graph {graph}; export the pack again")
        return self._modules[graph]


class TorchGraph(Graph[Tensor]):
    """A module that takes and returns tensors in a known order."""

    def __init__(
        self, module: nn.Module, inputs: Sequence[str], outputs: Sequence[str], device: str, precision: str
    ) -> None:
        """`module` lies on `device` already."""
        self.inputs, self.outputs, self.device = tuple(inputs), tuple(outputs), device
        self._module, self._precision = module, precision

    @override
    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, Array]:
        found = self.hold(inputs)
        return {name: found[name].cpu().numpy() for name in wanted or self.outputs}

    @override
    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Tensor]:
        try:
            with library_calls:
                found = self.compute([as_tensor(inputs[name]) for name in self.inputs])
            if self.device == "cuda":
                torch.cuda.current_stream().synchronize()  # another stream will read the outputs
            return dict(zip(self.outputs, found, strict=True))
        except RuntimeError as error:  # OutOfMemoryError is one
            raise GraphError(f"PyTorch failed: {first_line(error)}") from error

    def compute(self, inputs: Sequence[Tensor]) -> Sequence[Tensor]:
        """Return the outputs in their order, on the device."""
        with torch.inference_mode(), self._autocast():
            found = self._module(*(value.to(self.device) for value in inputs))
        return (found,) if isinstance(found, Tensor) else tuple(found)

    def _autocast(self) -> AbstractContextManager[None]:
        exact = self._precision == "fp32"
        return torch.autocast(self.device, _TYPES[self._precision] if not exact else None, enabled=not exact)


def captured(compute: Callable[[], None], stream: torch.cuda.Stream | None) -> Callable[[], None]:
    """Capture `compute` as a CUDA graph, which launches all of its kernels at once."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):  # others may encode
        compute()
    return graph.replay


class CapturedGraph(Graph[Tensor]):
    """A graph with fixed buffers for inputs and outputs, captured at the first run."""

    def __init__(self, graph: TorchGraph, capture: Capture = captured) -> None:
        """`capture` turns a call that reads and writes fixed buffers into its replay."""
        self.inputs, self.outputs = graph.inputs, graph.outputs
        self._graph, self._capture = graph, capture
        self._stream = torch.cuda.Stream() if graph.device == "cuda" else None  # type: ignore[no-untyped-call]
        self._busy = threading.Lock()
        self._staging: dict[str, Tensor] = {}
        self._input_buffers: dict[str, Tensor] = {}
        self._output_buffers: dict[str, Tensor] = {}
        self._fetched: dict[str, Tensor] = {}
        self._uploaded: dict[str, Tensor] = {}
        self._replay: Callable[[], None] | None = None

    @override
    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, Array]:
        names = tuple(wanted or self.outputs)
        try:
            with self._busy, library_calls, torch.inference_mode(), torch.cuda.stream(self._stream):
                self._upload({name: as_tensor(inputs[name]) for name in self.inputs})
                (self._replay or self._first_capture())()
                return self._download(names)
        except RuntimeError as error:
            raise GraphError(f"PyTorch failed: {first_line(error)}") from error

    @override
    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Tensor]:
        return self._graph.hold(inputs)  # new tensors: the next run overwrites the buffers

    def _upload(self, values: Mapping[str, Tensor]) -> None:
        """Copy host memory through pinned staging, and device tensors (a portrait's code) only when they changed."""
        for name, value in values.items():
            if name not in self._input_buffers:
                self._input_buffers[name] = torch.empty_like(value, device=self._graph.device)
            if value.device.type != "cpu":
                if self._uploaded.get(name) is not value:
                    self._input_buffers[name].copy_(value, non_blocking=True)
                    self._uploaded[name] = value
                continue
            if name not in self._staging:
                self._staging[name] = torch.empty_like(value, pin_memory=self._stream is not None)
            self._staging[name].copy_(value)
            self._input_buffers[name].copy_(self._staging[name], non_blocking=True)

    def _first_capture(self) -> Callable[[], None]:
        given = [self._input_buffers[name] for name in self.inputs]
        for _ in range(_WARM_UPS):
            found = self._graph.compute(given)
        self._output_buffers = {name: torch.empty_like(value) for name, value in zip(self.outputs, found, strict=True)}

        def compute() -> None:
            for name, value in zip(self.outputs, self._graph.compute(given), strict=True):
                self._output_buffers[name].copy_(value)

        try:
            self._replay = self._capture(compute, self._stream)
        except RuntimeError as error:
            _log.info("no CUDA graph: %s", first_line(error))
            self._replay = compute
        return self._replay

    def _download(self, names: Sequence[str]) -> dict[str, Array]:
        for name in names:
            if name not in self._fetched:
                pinned = self._stream is not None
                self._fetched[name] = torch.empty_like(self._output_buffers[name], device="cpu", pin_memory=pinned)
            self._fetched[name].copy_(self._output_buffers[name], non_blocking=True)
        if self._stream is not None:
            self._stream.synchronize()
        return {name: self._fetched[name].numpy().copy() for name in names}


def _modules(pack: Pack) -> list[ModuleGraph]:
    """Return the graphs of a pack as modules with its weights. Raises CheckpointError."""
    weights = pack.folder / "weights.safetensors"
    if weights.name not in pack.files:
        raise CheckpointError(f"Pack {pack.name} has no {weights.name}; use --engine onnxruntime")
    picture = torch.zeros(pack.size, pack.size, 3, dtype=torch.uint8)
    if pack.card.family != "face":
        return graphs_of(load_weights(weights, pack.card.architecture, pack.read(weights.name)), picture)
    drawn = face_mesh.draw(rest_pose(), rest_pose())
    maps = FaceMaps(*(torch.from_numpy(getattr(drawn, name))[None] for name in FaceMaps._fields))
    return face_graphs(load_face(weights, pack.read(weights.name)), picture, maps, maps)


def as_tensor(value: Value) -> Tensor:
    """Return an input as a tensor; a read-only array is copied, since tensors must be writable."""
    if isinstance(value, Tensor):
        return value
    array = np.ascontiguousarray(value)
    return torch.from_numpy(array if array.flags.writeable else array.copy())
