"""OpenVINO: reads the same ONNX files, and is the fastest on most processors without a GPU. An optional dependency.

A graph's requests are made one after another: latency counts, not throughput. Nothing is sent anywhere: the library
reports each import through a package of its own, `openvino_telemetry`, which is kept from being loaded.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puppet.domain import EngineInfo
from puppet.engines.cache import cache_folder, cache_key, discard, keep, read_kept
from puppet.engines.graph_files import graph_file, precision_of
from puppet.engines.runtimes.base import Graph, Value
from puppet.engines.shutdown import library_calls
from puppet.errors import EngineError, GraphError
from puppet.hardware import network_threads
from puppet.packs import Pack

INSTALL = "pip install --no-deps openvino"

_HINTS = {"fp32": "f32", "fp16": "f16", "bf16": "bf16", "int8": "f32"}
_OBTAINED = {"float": "fp32", "f32": "fp32", "float16": "fp16", "f16": "fp16", "bfloat16": "bf16", "bf16": "bf16"}
_KINDS = ("GPU", "NPU", "CPU")
"""Kinds of devices, the preferred first."""

_WORTH_KEEPING_BYTES = 64 << 20
"""Compiling for a processor is quick: to write, read and check a larger graph takes as long as it saves."""


class OpenVino:
    """Runs a pack's .onnx files on a processor, or an Intel GPU or NPU."""

    name = "openvino"

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will be run.

        Args:
            device: "auto" (a GPU or NPU that has the precision, else the processor) or "cpu".
            precision: "fp32", "bf16" or "fp16" where the device has it, "int8" where the pack has such graphs.
            threads: for one graph; None: physical cores, at most 4.

        Raises:
            EngineError: OpenVINO is missing, or no device computes at this precision.
        """
        if device == "cuda":
            raise EngineError("OpenVINO does not run on CUDA: use --engine onnxruntime, or --device cpu")
        self._precision = precision
        with library_calls:
            self._core = open_core()
            self._devices = _devices(self._core, device, precision)
        self._threads = threads or network_threads()
        self._info = EngineInfo(self.name, "", precision)

    @property
    def info(self) -> EngineInfo:
        """See Runtime. The compiled graph names its device and precision."""
        return self._info

    def open(self, pack: Pack, graph: str) -> Graph:
        """See Runtime."""
        with library_calls:
            return self._open(pack, graph)

    def close(self) -> None:
        """See Runtime: compiled graphs end with their engine."""

    def _open(self, pack: Pack, graph: str) -> Graph:
        precision = precision_of(graph, self._precision)
        reasons = []
        for device in self._devices:
            processor = device == "CPU" and precision == "fp32"
            path = graph_file(pack, graph, precision if precision == "int8" else "fp32", processor=processor)
            try:
                compiled = self._compile(path, pack.files[path.name], device, precision)
            except RuntimeError as error:  # every failure of the library
                reasons.append(f"{device}: {reason(error)}")
                continue
            if graph == "render":
                self._info = EngineInfo(self.name, *_obtained(compiled, precision))
            return OpenVinoGraph(compiled)
        raise EngineError(f"OpenVINO cannot open {graph}: {'; '.join(reasons)}")

    def _compile(self, path: Path, digest: str, device: str, precision: str) -> Any:
        """Compile, or read what was compiled at an earlier start. RuntimeError: the library failed."""
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": _HINTS[precision]}
        if device == "CPU":
            # Unpinned: tracker, encoder and window need the cores between two renders.
            settings |= {"INFERENCE_NUM_THREADS": str(self._threads), "ENABLE_CPU_PINNING": "NO"}
        machine = str(self._core.get_property(device, "FULL_DEVICE_NAME"))
        kept = cache_folder(self.name) / cache_key(
            digest, _version(), device, machine, *sorted(map(str, settings.items()))
        )
        if (blob := read_kept(kept)) is not None:
            try:
                return self._core.import_model(blob, device, settings)
            except RuntimeError as error:
                discard(kept, reason(error))
        compiled = self._core.compile_model(self._core.read_model(str(path)), device, settings)
        able = "EXPORT_IMPORT" in self._core.get_property(device, "OPTIMIZATION_CAPABILITIES")
        if able and (device != "CPU" or path.stat().st_size < _WORTH_KEEPING_BYTES):
            keep(kept, compiled.export_model().getvalue())
        return compiled


class OpenVinoGraph:
    """One compiled graph and the one request that runs it."""

    def __init__(self, compiled: Any) -> None:
        """`compiled`: an openvino.CompiledModel."""
        self._request = compiled.create_infer_request()
        self._busy = threading.Lock()  # a portrait may be rendered for a look while another one moves
        self.inputs = tuple(port.any_name for port in compiled.inputs)
        self.outputs = tuple(port.any_name for port in compiled.outputs)

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """See Graph."""
        import openvino

        given = {name: np.ascontiguousarray(inputs[name]) for name in self.inputs}  # must live until it has run
        with self._busy, library_calls:
            try:
                for name, value in given.items():
                    self._request.set_tensor(name, openvino.Tensor(value, shared_memory=True))
                self._request.infer()
                return {name: self._request.get_tensor(name).data.copy() for name in wanted or self.outputs}
            except RuntimeError as error:
                raise GraphError(f"OpenVINO failed: {reason(error)}") from error

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """See Graph."""
        return dict(self.run(inputs))


def reason(error: Exception) -> str:
    """What the library says without where in its sources it says so: one line."""
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith(("Exception from", "Check '"))]
    return telling[0] if telling else "no reason given"


def open_core() -> Any:
    """OpenVINO itself, without what would report each import of it. EngineError when it is absent or broken."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # then importing it fails, as if absent
    try:
        import openvino

        return openvino.Core()
    except ImportError as error:
        raise EngineError(f"no OpenVINO: {INSTALL}") from error
    except RuntimeError as error:
        raise EngineError(f"OpenVINO does not start: {reason(error)}") from error


def _version() -> str:
    import openvino

    return str(openvino.get_version())


def _devices(core: Any, device: str, precision: str) -> list[str]:
    """Devices that compute at a precision, the preferred first."""
    kinds = ("CPU",) if device == "cpu" else _KINDS
    present = [name for kind in kinds for name in core.available_devices if name.split(".")[0] == kind]
    found = {name: _capabilities(core, name) for name in present}
    able = [name for name, computes in found.items() if precision.upper() in computes]
    if not able:
        has = "; ".join(f"{name}: {', '.join(sorted(computes))}" for name, computes in found.items())
        raise EngineError(f"OpenVINO does not compute at {precision} here ({has}): use --precision fp32")
    return able


def _capabilities(core: Any, device: str) -> set[str]:
    return set(core.get_property(device, "OPTIMIZATION_CAPABILITIES")) & {name.upper() for name in _HINTS}


def _obtained(compiled: Any, precision: str) -> tuple[str, str]:
    """Return the device and the precision of a compiled graph."""
    device = ", ".join(compiled.get_property("EXECUTION_DEVICES"))
    hint = compiled.get_property("INFERENCE_PRECISION_HINT")
    name = hint.get_type_name() if hasattr(hint, "get_type_name") else str(hint)
    return device, precision if precision == "int8" else _OBTAINED.get(name, name)
