"""Fake of the onnxruntime module: pretends to have other providers, and computes on this CPU."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"


class FakeOnnxRuntime:
    """Replaces the module `onnxruntime`.

    Args:
        promised: providers the wheel was built with.
        obtained: provider that sessions get; None: the first one they ask for.
        captures: CUDA graphs can be captured.
        damaged: number of sessions that fail to open.
    """

    SessionOptions = onnxruntime.SessionOptions

    def __init__(
        self, promised: Sequence[str], obtained: str | None = None, captures: bool = True, damaged: int = 0
    ) -> None:
        self.promised, self.obtained, self.captures, self.damaged = promised, obtained, captures, damaged
        self.vanished = self.full = False
        self.sessions: list[FakeSession] = []
        self.uploads: list[str] = []
        self.OrtValue = SimpleNamespace(ortvalue_from_shape_and_type=self._place)

    def get_available_providers(self) -> list[str]:
        return list(self.promised)

    def set_default_logger_severity(self, severity: int) -> None:
        pass

    def preload_dlls(self) -> None:
        pass

    def InferenceSession(self, model: bytes, options: Any, providers: list[tuple[str, dict[str, str]]]) -> FakeSession:
        if self.full and providers[0][0] != CPU:
            raise RuntimeError("CUDA error 2: out of memory\nmore words")
        if self.damaged:
            self.damaged -= 1
            raise RuntimeError("[TensorRT EP] cannot deserialize the engine\nmore words")
        self.sessions.append(FakeSession(self, model, providers))
        return self.sessions[-1]

    def _place(self, shape: Sequence[int], kind: Any, device: str, number: int) -> FakeOrtValue:
        assert (device, number) == ("cuda", 0)
        return FakeOrtValue(self, np.zeros(shape, kind))


class FakeOrtValue:
    """An array that pretends to be on a device."""

    def __init__(self, owner: FakeOnnxRuntime, array: NDArray[Any]) -> None:
        self.owner, self.array, self.name = owner, array, ""

    def update_inplace(self, array: NDArray[Any]) -> None:
        assert array.flags.c_contiguous
        assert (array.shape, array.dtype) == (self.array.shape, self.array.dtype)
        self.owner.uploads.append(self.name)
        self.array[...] = array

    def numpy(self) -> NDArray[Any]:
        return self.array.copy()


class FakeSession:
    """Computes on the CPU, whichever provider was asked for."""

    def __init__(self, owner: FakeOnnxRuntime, model: bytes, providers: list[tuple[str, dict[str, str]]]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        self.owner, self.model = owner, model
        self.providers, self.settings = [name for name, _ in providers], dict(providers)
        self._real = onnxruntime.InferenceSession(model, options, providers=[CPU])
        self.get_inputs, self.get_outputs = self._real.get_inputs, self._real.get_outputs
        self.bound: dict[str, FakeOrtValue] = {}
        self.runs = 0

    def get_providers(self) -> list[str]:
        return [self.owner.obtained] if self.owner.obtained else self.providers

    def io_binding(self) -> FakeSession:
        return self

    def bind_ortvalue_input(self, name: str, value: FakeOrtValue) -> None:
        value.name = name
        self.bound[name] = value

    bind_ortvalue_output = bind_ortvalue_input

    def run_with_iobinding(self, binding: FakeSession) -> None:
        if self.owner.vanished:
            raise RuntimeError("CUDA failure 999: unknown error\nat somewhere.cc:12")
        self.runs += 1
        if self.settings.get(CUDA, {}).get("enable_cuda_graph") == "1" and not self.owner.captures:
            raise RuntimeError("This session cannot use the graph capture feature as requested by the user")
        values = self._real.run(None, {value.name: self.bound[value.name].array for value in self._real.get_inputs()})
        for output, value in zip(self._real.get_outputs(), values, strict=True):
            self.bound[output.name].array[...] = value

    def run(self, names: list[str], inputs: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        self.runs += 1
        return list(self._real.run(names, inputs))
