"""OpenVINO on the same ONNX files: the fastest library on most CPUs. An optional dependency.

Requests of a graph run one after another, for latency rather than throughput. Nothing is sent over the network: the
library reports each import through a package of its own, `openvino_telemetry`, which `open_core` keeps from loading,
as the converter of models, which takes as long to import as the rest.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from typing_extensions import override

from puppet.domain import EngineInfo
from puppet.engines.disk_cache import cache_folder, cache_key, discard, read_cached, write_cached
from puppet.engines.graph_files import GraphFile, graph_file, precision_of, threads_of
from puppet.engines.library_shutdown import library_calls
from puppet.engines.runtimes.base import Array, HostGraph, Runtime, first_line
from puppet.errors import EngineError, GraphError
from puppet.hardware import network_threads
from puppet.installation import install_command
from puppet.packs import Pack

_HINTS = {"fp32": "f32", "fp16": "f16", "bf16": "bf16", "int8": "f32"}
"""Precision of what is not quantised. On a processor that computes at bf16, int8 takes that for it."""
_PRECISIONS = {"float": "fp32", "f32": "fp32", "float16": "fp16", "f16": "fp16", "bfloat16": "bf16", "bf16": "bf16"}
_KINDS = ("GPU", "NPU", "CPU")
"""Kinds of devices, the preferred first."""
_SOURCE_LINES = ("Exception from", "Check '")
"""Lines of an error that only name a place in the library's sources."""

_MAX_CACHED_CPU_BYTES = 64 << 20
"""Compiling for a CPU is quick: writing, reading and checking a larger graph takes as long as it saves."""


_log = logging.getLogger(__name__)


class OpenVino(Runtime[Array]):
    """Runs a pack's .onnx files on a CPU, or an Intel GPU or NPU."""

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will run.

        Args:
            device: "auto" (a GPU or NPU that has the precision, else the CPU) or "cpu".
            precision: "fp32"; "bf16" or "fp16" where the device has it; "int8" where the pack has such graphs.
            threads: for one graph; None: physical cores, at most 4.

        Raises:
            EngineError: OpenVINO is missing, or no device computes at this precision.
        """
        if device == "cuda":
            raise EngineError("OpenVINO does not run on CUDA; use --engine onnxruntime or --device cpu")
        self._precision = precision
        with library_calls:
            self._core = open_core()
            self._devices = _devices(self._core, device, precision)
        self._threads = threads or network_threads()
        self._info = EngineInfo("openvino", "", precision)

    @property
    @override
    def info(self) -> EngineInfo:
        return self._info

    @override
    def open(self, pack: Pack, graph: str) -> OpenVinoGraph:
        with library_calls:
            return self._open(pack, graph)

    def open_file(self, file: GraphFile) -> OpenVinoGraph:
        """Open an ONNX file that belongs to no pack. Raises EngineError: it cannot be run."""
        device = self._devices[0]
        try:
            with library_calls:
                compiled = self._compile(file, device, self._precision, self._threads)
        except RuntimeError as error:
            reason = f"{device}: {first_line(error, _SOURCE_LINES)}"
            raise EngineError(f"OpenVINO cannot open {file.name} ({reason}); use --engine onnxruntime") from error
        self._info = EngineInfo("openvino", *_device_and_precision(compiled, self._precision))
        return OpenVinoGraph(compiled)

    def _open(self, pack: Pack, graph: str) -> OpenVinoGraph:
        precision, threads = precision_of(graph, self._precision), threads_of(pack, graph, self._threads)
        reasons = []
        for device in self._devices:
            on_cpu = device == "CPU" and precision == "fp32"
            file = graph_file(pack, graph, precision if precision == "int8" else "fp32", on_cpu=on_cpu)
            try:
                compiled = self._compile(file, device, precision, threads)
            except RuntimeError as error:  # the library's only exception
                reasons.append(f"{device}: {first_line(error, _SOURCE_LINES)}")
                continue
            if graph == "render":
                self._info = EngineInfo("openvino", *_device_and_precision(compiled, precision))
            return OpenVinoGraph(compiled, partial(self._compile, file, device, precision, threads))
        raise EngineError(f"OpenVINO cannot open {graph} ({', '.join(reasons)}); use --engine onnxruntime")

    def _compile(self, file: GraphFile, device: str, precision: str, threads: int, without: str = "") -> Any:
        """Compile a graph, or read the compiled one from the cache. Raises RuntimeError: the library failed.

        `without`: name of an output that is not computed.
        """
        beside = "bf16" if precision == "int8" and "BF16" in _capabilities(self._core, device) else precision
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": _HINTS[beside]}
        if device == "CPU":
            # Unpinned: tracker, encoder and window need the cores between two renders.
            settings |= {"INFERENCE_NUM_THREADS": str(threads), "ENABLE_CPU_PINNING": "NO"}
        machine = str(self._core.get_property(device, "FULL_DEVICE_NAME"))
        key = cache_key(file.digest, without, _version(), device, machine, *sorted(map(str, settings.items())))
        cached = cache_folder("openvino") / key
        if (blob := read_cached(cached)) is not None:
            try:
                return self._core.import_model(blob, device, settings)
            except RuntimeError as error:
                discard(cached, first_line(error, _SOURCE_LINES))
        compiled = self._core.compile_model(_without(self._core.read_model(file.content), without), device, settings)
        can_export = "EXPORT_IMPORT" in self._core.get_property(device, "OPTIMIZATION_CAPABILITIES")
        if can_export and (device != "CPU" or len(file.content) < _MAX_CACHED_CPU_BYTES):
            write_cached(cached, compiled.export_model().getvalue())
        return compiled


class OpenVinoGraph(HostGraph):
    """A compiled graph and the one request that runs it."""

    def __init__(self, compiled: Any, compile_without: Callable[[str], Any] | None = None) -> None:
        """`compiled`: an openvino.CompiledModel; `compile_without`: compiles it again without an output."""
        self._compile_without = compile_without
        self._request = compiled.create_infer_request()
        self._busy = threading.Lock()  # a portrait may be encoded while another one is rendered
        self._given: dict[str, Array] = {}  # the request keeps no reference; a portrait's code is set once
        self.inputs = tuple(port.any_name for port in compiled.inputs)
        self.outputs = tuple(port.any_name for port in compiled.outputs)

    @override
    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, Array]:
        import openvino

        with self._busy, library_calls:
            try:
                for name in self.inputs:
                    value = np.ascontiguousarray(inputs[name])
                    if value is not self._given.get(name):
                        self._request.set_tensor(name, openvino.Tensor(value, shared_memory=True))
                        self._given[name] = value
                self._request.infer()
                return {name: self._request.get_tensor(name).data.copy() for name in wanted or self.outputs}
            except RuntimeError as error:
                raise GraphError(f"OpenVINO failed: {first_line(error, _SOURCE_LINES)}") from error

    @override
    def without(self, output: str) -> OpenVinoGraph:
        if self._compile_without is None:
            return self
        try:
            with library_calls:
                return OpenVinoGraph(self._compile_without(output))
        except RuntimeError as error:
            _log.warning("OpenVINO cannot leave out %s (%s); computing it", output, first_line(error, _SOURCE_LINES))
            return self


def open_core() -> Any:
    """Import OpenVINO without telemetry and converter, and open it. Raises EngineError: missing, or does not start."""
    for unwanted in ("openvino_telemetry", "openvino.tools.ovc"):
        sys.modules.setdefault(unwanted, None)  # type: ignore[arg-type]  # importing it then fails as if it were missing
    try:
        import openvino

        return openvino.Core()
    except ImportError as error:
        raise EngineError(f"OpenVINO is not installed; run {install_command('cpu')}") from error
    except RuntimeError as error:
        raise EngineError(f"OpenVINO does not start: {first_line(error, _SOURCE_LINES)}; install it again") from error


def _without(model: Any, output: str) -> Any:
    """Return a model that computes the other outputs only; "": the model itself."""
    import openvino

    if not output:
        return model
    return openvino.Model([port for port in model.outputs if port.any_name != output], model.get_parameters())


def _version() -> str:
    import openvino

    return str(openvino.get_version())


def _devices(core: Any, device: str, precision: str) -> list[str]:
    """Return the devices that compute at a precision, the preferred first. Raises EngineError: there is none."""
    kinds = ("CPU",) if device == "cpu" else _KINDS
    present = [name for kind in kinds for name in core.available_devices if name.split(".")[0] == kind]
    found = {name: _capabilities(core, name) for name in present}
    usable = [name for name, computes in found.items() if precision.upper() in computes]
    if not usable:
        has = "; ".join(f"{name}: {', '.join(sorted(computes))}" for name, computes in found.items())
        raise EngineError(f"OpenVINO does not compute at {precision} here ({has}); use --precision fp32")
    return usable


def _capabilities(core: Any, device: str) -> set[str]:
    return set(core.get_property(device, "OPTIMIZATION_CAPABILITIES")) & {name.upper() for name in _HINTS}


def _device_and_precision(compiled: Any, precision: str) -> tuple[str, str]:
    """Return the device and the precision that a compiled graph really has."""
    device = ", ".join(compiled.get_property("EXECUTION_DEVICES"))
    hint = compiled.get_property("INFERENCE_PRECISION_HINT")
    name = hint.get_type_name() if hasattr(hint, "get_type_name") else str(hint)
    return device, precision if precision == "int8" else _PRECISIONS.get(name, name)
