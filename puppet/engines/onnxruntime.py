"""ONNX Runtime, on whatever provider it really obtains: the CPU everywhere, CUDA where wheel and driver allow.

Sessions are thread-safe for running.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from puppet.engines.files import graph_file
from puppet.engines.runtime import Graph, Value
from puppet.errors import EngineError, GraphError
from puppet.packs import Pack

_PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]}
_SHORT = {"CPUExecutionProvider": "CPU", "CUDAExecutionProvider": "CUDA"}


class OnnxRuntime:
    """Runs a pack's .onnx files."""

    name = "onnxruntime"

    def __init__(self, device: str = "auto", precision: str = "fp32", threads: int | None = None) -> None:
        """Choose how graphs will be run; nothing is opened yet.

        Args:
            device: "auto" (CUDA when this wheel has it), "cpu" or "cuda".
            precision: "fp32", or "fp16" or "int8" where the pack has such graphs.
            threads: for one graph; None: the processor's cores, at most 4.

        Raises:
            EngineError: it has no such precision.
        """
        if precision == "bf16":
            raise EngineError("ONNX Runtime does not compute at bf16: use --engine openvino, or --precision fp32")
        self._device = device
        self._precision = precision
        self._threads = threads or min(os.cpu_count() or 1, 4)
        self._provider = ""

    @property
    def description(self) -> str:
        """The provider is asked from the session: the library's list of available ones promises too much."""
        return f"{self.name} · {_SHORT.get(self._provider, self._provider)} · {self._precision}"

    def open(self, pack: Pack, graph: str) -> Graph:
        """See Runtime."""
        session = _open(graph_file(pack, graph, self._precision), self._device, self._threads)
        self._provider = session.get_providers()[0]
        return OnnxGraph(session)

    def close(self) -> None:
        """See Runtime: sessions end with their graphs."""


class OnnxGraph:
    """One session."""

    def __init__(self, session: Any) -> None:
        """`session`: an onnxruntime.InferenceSession."""
        self._session = session
        self.inputs = tuple(value.name for value in session.get_inputs())
        self.outputs = tuple(value.name for value in session.get_outputs())

    def run(self, inputs: Mapping[str, Value], wanted: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """See Graph."""
        names = list(wanted or self.outputs)
        try:
            values = self._session.run(names, {name: inputs[name] for name in self.inputs})
        except Exception as error:  # see _open
            raise GraphError(f"ONNX Runtime failed: {str(error).strip().splitlines()[0]}") from error
        return dict(zip(names, values, strict=True))

    def hold(self, inputs: Mapping[str, Value]) -> dict[str, Value]:
        """See Graph."""
        return dict(self.run(inputs))


def _open(path: Path, device: str, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise EngineError("no ONNX Runtime: pip install --no-deps --require-hashes -r requirements/cpu.txt") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Idle workers must not spin: tracker, encoder and window need the cores between two renders.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    usable = onnxruntime.get_available_providers()
    wanted = "cuda" if device == "auto" and "CUDAExecutionProvider" in usable else device.replace("auto", "cpu")
    if wanted == "cuda":
        onnxruntime.set_default_logger_severity(4)  # no usable GPU is no error: description says what was obtained
        onnxruntime.preload_dlls()  # CUDA as the extra `gpu` installs it lies where no linker looks
    try:
        providers = [provider for provider in _PROVIDERS[wanted] if provider in usable]
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # the library raises a type of its own for each failure, sharing only Exception
        reason = str(error).strip().splitlines()[0]
        raise EngineError(f"ONNX Runtime cannot open {path.name}: {reason}") from error
    if device == "cuda" and session.get_providers()[0] != "CUDAExecutionProvider":
        raise EngineError(
            "ONNX Runtime obtained no CUDA device: use --device cpu, or install its gpu wheel and a driver"
        )
    return session


def cuda_promised() -> bool:
    """Whether this wheel was built for CUDA; what a session obtains is another question."""
    try:
        import onnxruntime
    except ImportError:
        return False
    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()
