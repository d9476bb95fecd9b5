"""ONNX Runtime on the best provider that a session really obtains: the CPU, or a GPU where wheel and driver allow it.

On CUDA a graph's inputs and outputs have fixed buffers on the device, and each run replays one CUDA graph; a portrait's
code is uploaded when the portrait changes, not for every frame. TensorRT, DirectML, CoreML and providers in wheels of
their own (plugins.py) copy arrays at every run.
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from typing_extensions import override

from puppet.domain import EngineInfo
from puppet.engines.disk_cache import cache_folder
from puppet.engines.graph_files import GraphFile, graph_file
from puppet.engines.library_shutdown import library_calls
from puppet.engines.runtimes.base import Array, Graph, Runtime, first_line
from puppet.engines.runtimes.plugins import PLUGINS, device_label, devices
from puppet.errors import EngineError, GraphError
from puppet.hardware import network_threads
from puppet.installation import install_command
from puppet.packs import Pack

_CPU, _CUDA, _TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
_DIRECTML, _COREML = "DmlExecutionProvider", "CoreMLExecutionProvider"
_NAMES = {_CPU: "CPU", _CUDA: "CUDA", _TENSORRT: "TensorRT", _DIRECTML: "DirectML", _COREML: "CoreML"}
_PREFERRED = {
    "auto": (_TENSORRT, _CUDA, _DIRECTML, _COREML, _CPU),
    "cuda": (_TENSORRT, _CUDA, _CPU),
    "cpu": (_CPU,),
}
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class DeviceValue:
    """An output of `BoundGraph.hold`. It never changes, so a graph uploads it only when its buffer holds another."""

    array: Array


Value: TypeAlias = Array | DeviceValue


class OnnxRuntime(Runtime[Value]):
    """Runs a pack's .onnx files."""

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will run; open nothing yet.

        Args:
            device: "auto" (a GPU when this wheel has a provider for it), "cpu", "cuda", or the name of a plug-in.
            precision: "fp32", or "fp16" or "int8" where the pack has such graphs.
            threads: for one graph on the CPU; None: physical cores, at most 4.

        Raises:
            EngineError: ONNX Runtime does not compute at this precision.
        """
        if precision == "bf16":
            raise EngineError("ONNX Runtime does not compute at bf16; use --engine openvino or --precision fp32")
        self._device, self._plugin = device, PLUGINS.get(device)
        self._precision = precision
        self._threads = threads or network_threads()
        self._provider = ""

    @property
    @override
    def info(self) -> EngineInfo:
        if self._plugin and self._provider == self._plugin.provider:
            form = f"{self._plugin.label} plug-in"
            return EngineInfo("onnxruntime", device_label(self._plugin), self._precision, form)
        return EngineInfo("onnxruntime", _NAMES.get(self._provider, self._provider), self._precision)

    @override
    def open(self, pack: Pack, graph: str) -> Graph[Value]:
        file = graph_file(pack, graph, self._precision, on_cpu=self._wanted() == [_CPU])
        return self.open_file(file, replayed=graph != "encode")

    def open_file(self, file: GraphFile, replayed: bool = True) -> Graph[Value]:
        """Open an ONNX file that belongs to no pack.

        Args:
            file: the checked file.
            replayed: the graph runs often with the same shapes, so that a GPU may record it.

        Raises:
            EngineError: it cannot be run.
        """
        with library_calls:
            opened, self._provider = self._open(file, replayed)
        if self._device == "cuda" and self._provider not in (_CUDA, _TENSORRT):
            raise EngineError("ONNX Runtime found no CUDA device; use --device cpu, or install its GPU wheel")
        return opened

    def _wanted(self) -> list[str]:
        """Return the providers to ask for, the preferred first."""
        if self._plugin:
            return [self._plugin.provider]
        available = _available()
        return [name for name in _PREFERRED[self._device] if name in available and _is_installed(name)]

    def _open(self, file: GraphFile, replayed: bool) -> tuple[Graph[Value], str]:
        """Return the graph and its provider; with device `auto` the CPU when a GPU has too little memory."""
        wanted = self._wanted()
        try:
            return self._open_on(wanted, file, replayed)
        except EngineError as error:
            if self._device != "auto" or wanted == [_CPU]:
                raise
            _log.warning("using the CPU: %s", error)
            return self._open_on([_CPU], file, replayed)

    def _open_on(self, wanted: Sequence[str], file: GraphFile, replayed: bool) -> tuple[Graph[Value], str]:
        session = self._session(file, wanted)
        obtained = str(session.get_providers()[0])
        if obtained != _CUDA or not _is_static(session):
            return OnnxGraph(session), obtained
        if replayed:
            try:
                graph = BoundGraph(self._session(file, wanted, replayed=True))
                graph.capture()
                return graph, obtained
            except EngineError as error:  # a node without a CUDA kernel: no capture
                _log.info("%s: no CUDA graph: %s", file.name, error)
        return BoundGraph(session), obtained

    def _session(self, file: GraphFile, wanted: Sequence[str], replayed: bool = False) -> Any:
        import onnxruntime

        settings = {name: _settings(name, self._precision, replayed) for name in wanted}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # Idle workers must not spin: tracker, encoder and window need the cores between two renders.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_mem_pattern = wanted[0] != _DIRECTML  # which refuses it
        if self._plugin:
            options.add_provider_for_devices([devices(self._plugin)[0]], {})
            settings = {}
        if _CUDA in wanted:
            onnxruntime.set_default_logger_severity(4)  # a missing GPU is no error: see `info`
            onnxruntime.preload_dlls()  # the extra `gpu` installs CUDA where no linker looks
        cached = cache_folder("tensorrt")
        for attempt in (1, 2):
            try:
                return onnxruntime.InferenceSession(file.content, options, providers=list(settings.items()))
            except Exception as error:  # the library raises a type of its own for each failure, sharing only Exception
                if attempt == 2 or _TENSORRT not in wanted or not cached.exists():
                    reason = f"{first_line(error)}; choose another --engine"
                    raise EngineError(f"ONNX Runtime cannot open {file.name}: {reason}") from error
                _log.warning("%s: %s; building TensorRT's engines again", cached, first_line(error))
                shutil.rmtree(cached, ignore_errors=True)
        raise AssertionError("unreachable")


class OnnxGraph(Graph[Value]):
    """A session that reads arrays in host memory; on a GPU the library copies them."""

    def __init__(self, session: Any) -> None:
        """`session`: an onnxruntime.InferenceSession."""
        self._session = session
        self.inputs = tuple(value.name for value in session.get_inputs())
        self.outputs = tuple(value.name for value in session.get_outputs())

    @override
    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, Array]:
        names = list(wanted or self.outputs)
        try:
            with library_calls:
                values = self._session.run(names, {name: _array(inputs[name]) for name in self.inputs})
        except Exception as error:  # see OnnxRuntime._session
            raise GraphError(f"ONNX Runtime failed: {first_line(error)}") from error
        return dict(zip(names, values, strict=True))

    @override
    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        return dict(self.run(inputs))


class BoundGraph(OnnxGraph):
    """A session whose inputs and outputs have fixed buffers on the device."""

    def __init__(self, session: Any) -> None:
        """Allocate the buffers; `session`: an onnxruntime.InferenceSession on CUDA, of fixed shapes."""
        super().__init__(session)
        self._busy = threading.Lock()
        self._uploaded: dict[str, DeviceValue] = {}
        try:
            self._input_buffers = {value.name: _buffer(value) for value in session.get_inputs()}
            self._output_buffers = {value.name: _buffer(value) for value in session.get_outputs()}
            self._binding = session.io_binding()
            for name, buffer in self._input_buffers.items():
                self._binding.bind_ortvalue_input(name, buffer)
            for name, buffer in self._output_buffers.items():
                self._binding.bind_ortvalue_output(name, buffer)
        except Exception as error:  # out of memory, raised as a type of the library's own
            reason = f"{first_line(error)}; use --device cpu"
            raise EngineError(f"ONNX Runtime cannot allocate device memory: {reason}") from error

    @override
    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, Array]:
        with self._busy, library_calls:
            return self._run(inputs, wanted or self.outputs)

    @override
    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        return {name: DeviceValue(array) for name, array in self.run(inputs).items()}

    def capture(self) -> None:
        """Run on zeros: the library captures a CUDA graph at the second run. Raises GraphError: it cannot."""
        zeros = {value.name: np.zeros(value.shape, _TYPES[value.type]) for value in self._session.get_inputs()}
        for _ in range(3):
            self._run(zeros, ())

    def _run(self, inputs: Mapping[str, Value], wanted: Sequence[str]) -> dict[str, Array]:
        try:
            for name in self.inputs:
                self._upload(name, inputs[name])
            self._session.run_with_iobinding(self._binding)
            return {name: self._output_buffers[name].numpy() for name in wanted}
        except Exception as error:  # see OnnxRuntime._session
            self._uploaded.clear()
            raise GraphError(f"ONNX Runtime failed: {first_line(error)}") from error

    def _upload(self, name: str, value: Value) -> None:
        if isinstance(value, DeviceValue) and self._uploaded.get(name) is value:
            return
        self._input_buffers[name].update_inplace(np.ascontiguousarray(_array(value)))
        self._uploaded.pop(name, None)
        if isinstance(value, DeviceValue):
            self._uploaded[name] = value


def has_gpu_provider() -> bool:
    """Return True when this wheel was built for a GPU; a session may obtain none all the same."""
    try:
        return any(name in _available() for name in (_CUDA, _DIRECTML, _COREML))
    except EngineError:
        return False


def _available() -> list[str]:
    """Return the providers that the wheel was built with; a session may obtain fewer."""
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError(f"ONNX Runtime is not installed; run {install_command('cpu')}") from error
    return list(onnxruntime.get_available_providers())


def _is_installed(provider: str) -> bool:
    """Return False for TensorRT without its library: every CUDA wheel lists the provider."""
    return provider != _TENSORRT or importlib.util.find_spec("tensorrt") is not None


def _settings(provider: str, precision: str, replayed: bool) -> dict[str, str]:
    if provider == _CUDA:
        return {"enable_cuda_graph": "1" if replayed else "0", "cudnn_conv_use_max_workspace": "1"}
    if provider == _TENSORRT:
        folder = str(cache_folder("tensorrt"))
        return {
            "trt_engine_cache_enable": "True",
            "trt_engine_cache_path": folder,
            "trt_timing_cache_enable": "True",
            "trt_timing_cache_path": folder,
            "trt_fp16_enable": str(precision == "fp16"),
        }
    return {}


def _array(value: Value) -> Array:
    return value.array if isinstance(value, DeviceValue) else value


def _is_static(session: Any) -> bool:
    """Return True when every shape and type is known before the first run."""
    values = [*session.get_inputs(), *session.get_outputs()]
    return all(value.type in _TYPES and all(isinstance(side, int) for side in value.shape) for value in values)


def _buffer(value: Any) -> Any:
    """Allocate device memory for one input or output of a session."""
    import onnxruntime

    return onnxruntime.OrtValue.ortvalue_from_shape_and_type(value.shape, _TYPES[value.type], "cuda", 0)
