"""ONNX Runtime, on whatever provider it really obtains: the CPU everywhere, a GPU's where wheel and driver allow.

On CUDA a graph's inputs and outputs have fixed places on the device, between which it is replayed as one CUDA graph; a
portrait's code is uploaded when another portrait is shown, not for every frame. TensorRT, DirectML and CoreML take and
give arrays.
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from puppet.domain import EngineInfo
from puppet.engines.cache import cache_folder
from puppet.engines.graph_files import graph_file
from puppet.engines.runtimes.base import Graph, Value
from puppet.engines.shutdown import library_calls
from puppet.errors import EngineError, GraphError
from puppet.hardware import network_threads
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
_MISSING = "no ONNX Runtime: pip install --no-deps --require-hashes -r requirements/cpu.txt"
_log = logging.getLogger(__name__)


class OnnxRuntime:
    """Runs a pack's .onnx files."""

    name = "onnxruntime"

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will be run; nothing is opened yet.

        Args:
            device: "auto" (a GPU when this wheel has a provider for it), "cpu" or "cuda".
            precision: "fp32", or "fp16" or "int8" where the pack has such graphs.
            threads: for one graph on the processor; None: physical cores, at most 4.

        Raises:
            EngineError: it has no such precision.
        """
        if precision == "bf16":
            raise EngineError("ONNX Runtime does not compute at bf16: use --engine openvino, or --precision fp32")
        self._device = device
        self._precision = precision
        self._threads = threads or network_threads()
        self._provider = ""

    @property
    def info(self) -> EngineInfo:
        """See Runtime. The session names its provider: the library's list of available ones promises too much."""
        return EngineInfo(self.name, _NAMES.get(self._provider, self._provider), self._precision)

    def open(self, pack: Pack, graph: str) -> Graph:
        """See Runtime."""
        path = graph_file(pack, graph, self._precision, processor=self._wanted() == [_CPU])
        with library_calls:
            opened, self._provider = self._open(path, replayed=graph != "encode")
        if self._device == "cuda" and self._provider not in (_CUDA, _TENSORRT):
            raise EngineError(
                "ONNX Runtime obtained no CUDA device: use --device cpu, or install its gpu wheel and a driver"
            )
        return opened

    def close(self) -> None:
        """See Runtime: sessions end with their graphs."""

    def _wanted(self) -> list[str]:
        """Providers to ask for, the preferred first."""
        promised = _promised()
        return [name for name in _PREFERRED[self._device] if name in promised and _usable(name)]

    def _open(self, path: Path, replayed: bool) -> tuple[Graph, str]:
        """The graph and the provider that was obtained for it: with `auto` the processor, when a GPU has no room."""
        wanted = self._wanted()
        try:
            return self._open_on(wanted, path, replayed)
        except EngineError as error:
            if self._device != "auto" or wanted == [_CPU]:
                raise
            _log.warning("%s; the processor is used instead.", error)
            return self._open_on([_CPU], path, replayed)

    def _open_on(self, wanted: Sequence[str], path: Path, replayed: bool) -> tuple[Graph, str]:
        session = self._session(path, wanted)
        obtained = str(session.get_providers()[0])
        if obtained != _CUDA or not _is_static(session):
            return OnnxGraph(session), obtained
        if replayed:
            try:
                graph = BoundGraph(self._session(path, wanted, replayed=True))
                graph.rehearse()
                return graph, obtained
            except EngineError as error:  # a node that is not CUDA's: no capture, and still a GPU
                _log.info("%s: no CUDA graph: %s", path.name, error)
        return BoundGraph(session), obtained

    def _session(self, path: Path, wanted: Sequence[str], replayed: bool = False) -> Any:
        import onnxruntime

        settings = {name: _settings(name, self._precision, replayed) for name in wanted}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # Idle workers must not spin: tracker, encoder and window need the cores between two renders.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_mem_pattern = wanted[0] != _DIRECTML  # which refuses it
        if _CUDA in wanted:
            onnxruntime.set_default_logger_severity(4)  # no usable GPU is no error: info says what was obtained
            onnxruntime.preload_dlls()  # CUDA as the extra `gpu` installs it lies where no linker looks
        kept = cache_folder("tensorrt")
        for attempt in (1, 2):
            try:
                return onnxruntime.InferenceSession(str(path), options, providers=list(settings.items()))
            except Exception as error:  # the library raises a type of its own for each failure, sharing only Exception
                if attempt == 2 or _TENSORRT not in wanted or not kept.exists():
                    raise EngineError(f"ONNX Runtime cannot open {path.name}: {_reason(error)}") from error
                _log.warning("%s: %s; TensorRT's engines are made again.", kept, _reason(error))
                shutil.rmtree(kept, ignore_errors=True)
        raise AssertionError("unreachable")


class OnnxGraph:
    """One session that takes arrays from the host: the processor's memory, or copied by the library."""

    def __init__(self, session: Any) -> None:
        """`session`: an onnxruntime.InferenceSession."""
        self._session = session
        self.inputs = tuple(value.name for value in session.get_inputs())
        self.outputs = tuple(value.name for value in session.get_outputs())

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """See Graph."""
        names = list(wanted or self.outputs)
        try:
            with library_calls:
                values = self._session.run(names, {name: _array(inputs[name]) for name in self.inputs})
        except Exception as error:  # see OnnxRuntime._session
            raise GraphError(f"ONNX Runtime failed: {_reason(error)}") from error
        return dict(zip(names, values, strict=True))

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """See Graph."""
        return dict(self.run(inputs))


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A value that does not change, and is uploaded once as long as no other takes its place."""

    array: NDArray[Any]


class BoundGraph:
    """One session whose inputs and outputs have fixed places on the device."""

    def __init__(self, session: Any) -> None:
        """`session`: an onnxruntime.InferenceSession on CUDA, of fixed shapes."""
        self.inputs = tuple(value.name for value in session.get_inputs())
        self.outputs = tuple(value.name for value in session.get_outputs())
        self._session = session
        self._busy = threading.Lock()
        self._held: dict[str, Held] = {}
        try:
            self._given = {value.name: _place(value) for value in session.get_inputs()}
            self._found = {value.name: _place(value) for value in session.get_outputs()}
            self._binding = session.io_binding()
            for name, place in self._given.items():
                self._binding.bind_ortvalue_input(name, place)
            for name, place in self._found.items():
                self._binding.bind_ortvalue_output(name, place)
        except Exception as error:  # out of memory, with a type of the library's own
            raise EngineError(f"ONNX Runtime has no room on the device: {_reason(error)}") from error

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """See Graph."""
        with self._busy, library_calls:
            return self._run(inputs, wanted or self.outputs)

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """See Graph."""
        return {name: Held(array) for name, array in self.run(inputs).items()}

    def rehearse(self) -> None:
        """Run on zeros: a CUDA graph is captured at the second run, or fails."""
        zeros = {value.name: np.zeros(value.shape, _TYPES[value.type]) for value in self._session.get_inputs()}
        for _ in range(3):
            self._run(zeros, ())

    def _run(self, inputs: Mapping[str, Value], wanted: Sequence[str]) -> dict[str, NDArray[Any]]:
        try:
            for name in self.inputs:
                self._upload(name, inputs[name])
            self._session.run_with_iobinding(self._binding)
            return {name: self._found[name].numpy() for name in wanted}
        except Exception as error:  # see OnnxRuntime._session
            self._held.clear()
            raise GraphError(f"ONNX Runtime failed: {_reason(error)}") from error

    def _upload(self, name: str, value: Value) -> None:
        if isinstance(value, Held) and self._held.get(name) is value:
            return
        self._given[name].update_inplace(np.ascontiguousarray(_array(value)))
        self._held.pop(name, None)
        if isinstance(value, Held):
            self._held[name] = value


def gpu_promised() -> bool:
    """Whether this wheel was built for a GPU; what a session obtains is another question."""
    try:
        return any(name in _promised() for name in (_CUDA, _DIRECTML, _COREML))
    except EngineError:
        return False


def _promised() -> list[str]:
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError(_MISSING) from error
    return list(onnxruntime.get_available_providers())


def _usable(provider: str) -> bool:
    """TensorRT is promised by every wheel for CUDA, and is there when somebody installed it."""
    return provider != _TENSORRT or importlib.util.find_spec("tensorrt") is not None


def _settings(provider: str, precision: str, replayed: bool) -> dict[str, str]:
    if provider == _CUDA:
        return {"enable_cuda_graph": "1" if replayed else "0", "cudnn_conv_use_max_workspace": "1"}
    if provider == _TENSORRT:
        kept = str(cache_folder("tensorrt"))
        return {
            "trt_engine_cache_enable": "True",
            "trt_engine_cache_path": kept,
            "trt_timing_cache_enable": "True",
            "trt_timing_cache_path": kept,
            "trt_fp16_enable": str(precision == "fp16"),
        }
    return {}


def _array(value: Value) -> Any:
    return value.array if isinstance(value, Held) else value


def _is_static(session: Any) -> bool:
    """Whether every shape and type is known before anything runs."""
    values = [*session.get_inputs(), *session.get_outputs()]
    return all(value.type in _TYPES and all(isinstance(side, int) for side in value.shape) for value in values)


def _place(value: Any) -> Any:
    import onnxruntime

    return onnxruntime.OrtValue.ortvalue_from_shape_and_type(value.shape, _TYPES[value.type], "cuda", 0)


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
