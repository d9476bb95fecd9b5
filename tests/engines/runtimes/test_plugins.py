"""Plug-ins of ONNX Runtime are found, tried in another process, and one that crashes or finds nothing is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnxruntime
import pytest

from puppet.config import DEVICES, EngineOptions
from puppet.domain import EngineInfo
from puppet.engines import factory
from puppet.engines.base import Engine
from puppet.engines.fallback import FallbackEngine
from puppet.engines.runtimes import plugins
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.engines.runtimes.plugins import PLUGINS
from puppet.errors import EngineError
from puppet.packs import open_pack

WEBGPU = PLUGINS["webgpu"]
REGISTERS = "def get_library_path(): return 'library.so'"
Wheel = Callable[..., None]


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wheel:
    """Install a plug-in's wheel whose library has these devices."""

    def install(code: str = REGISTERS, kinds: Sequence[str] = ("CPU", "GPU"), registered: int = 0) -> None:
        (tmp_path / f"{WEBGPU.module}.py").write_text(code, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        found = [
            SimpleNamespace(ep_name=WEBGPU.provider, device=SimpleNamespace(type=SimpleNamespace(name=kind)))
            for kind in kinds
        ]
        monkeypatch.setattr(onnxruntime, "register_execution_provider_library", lambda name, library: None)
        monkeypatch.setattr(onnxruntime, "get_ep_devices", lambda: found)

    plugins.register.cache_clear()
    plugins.has_accelerator.cache_clear()
    monkeypatch.delitem(sys.modules, WEBGPU.module, raising=False)
    return install


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Exit codes of the trials' processes, without the processes."""
    codes = [0]

    def ran(command: Sequence[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, codes[-1])

    monkeypatch.setattr(plugins, "subprocess", SimpleNamespace(run=ran, DEVNULL=0, TimeoutExpired=TimeoutError))
    return codes


def test_options_name_the_plugins() -> None:
    assert set(PLUGINS) <= set(DEVICES)


def test_a_gpu_comes_first_and_is_an_accelerator(wheel: Wheel, trials: list[int]) -> None:
    wheel()
    assert [each.device.type.name for each in plugins.devices(WEBGPU)] == ["GPU", "CPU"]
    assert plugins.accelerators() == [WEBGPU]
    assert plugins.device_label(WEBGPU) == "WebGPU"


def test_a_plugin_that_has_only_the_processor_is_no_accelerator(wheel: Wheel, trials: list[int]) -> None:
    wheel(kinds=["CPU"])
    assert plugins.accelerators() == []
    assert plugins.device_label(WEBGPU) == "CPU"


def test_a_plugin_that_crashes_at_registration_is_left_out_with_a_line(
    wheel: Wheel, caplog: pytest.LogCaptureFixture
) -> None:
    wheel("import os\nos.abort()" if os.name != "nt" else "import os\nos._exit(3)")
    assert plugins.accelerators() == plugins.accelerators() == []
    (line,) = caplog.messages
    assert line.startswith("WebGPU is left out: its library ended its process with ")
    assert line.endswith("; update or remove onnxruntime-ep-webgpu")


def test_a_plugin_without_its_device_or_its_wheel_is_one_line(wheel: Wheel, trials: list[int]) -> None:
    with pytest.raises(EngineError, match=r"^WebGPU is not installed; run python -m pip install onnxruntime-ep-webgpu"):
        plugins.devices(WEBGPU)
    wheel(kinds=[])
    with pytest.raises(EngineError, match=r"^WebGPU finds no device; it needs any GPU with a driver"):
        plugins.devices(WEBGPU)


def test_the_trial_is_remembered_when_it_went_well(wheel: Wheel, trials: list[int]) -> None:
    wheel()
    plugins.devices(WEBGPU)
    plugins.register.cache_clear()
    trials.append(-6)
    assert plugins.devices(WEBGPU)


def test_auto_tries_a_plugin_first_and_compares_it_with_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "accelerators", lambda: [WEBGPU])
    choices = factory.candidates(open_pack("face"), EngineOptions())
    assert choices[0] == EngineOptions("onnxruntime", "fp32", "webgpu")
    opened: list[EngineOptions] = []

    def open_choice(pack: object, options: EngineOptions) -> Engine:
        opened.append(options)
        return factory.open_here(open_pack("face"), EngineOptions("onnxruntime", "fp32", "cpu"))

    monkeypatch.setattr(factory, "open_without_fallback", open_choice)
    monkeypatch.setattr(factory, "_SPARE_INFO", EngineInfo("", "", ""))
    engine = factory._open_with_fallback(open_pack("face"), choices[0])
    assert isinstance(engine, FallbackEngine)
    assert engine.has_low_precision
    assert engine._open_exact is not None
    engine._open_exact().close()
    engine.close()
    assert opened == [choices[0], EngineOptions("onnxruntime", "fp32", "cpu")]


def test_other_libraries_refuse_a_plugins_device() -> None:
    with pytest.raises(EngineError, match="openvino does not compute on webgpu; use --engine onnxruntime"):
        factory.open_here(open_pack("face"), EngineOptions("openvino", "fp32", "webgpu"))


def test_a_session_asks_for_the_plugins_device(
    wheel: Wheel, trials: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel()
    asked: list[Any] = []
    real = onnxruntime.InferenceSession

    class Options(onnxruntime.SessionOptions):  # type: ignore[misc] # the library has no types
        def add_provider_for_devices(self, found: Sequence[Any], settings: dict[str, str]) -> None:
            asked.extend(found)

    def open_session(model: bytes, options: object, providers: list[str]) -> object:
        assert providers == []
        session = real(model, providers=["CPUExecutionProvider"])
        monkeypatch.setattr(session, "get_providers", lambda: [WEBGPU.provider])
        return session

    monkeypatch.setattr(onnxruntime, "SessionOptions", Options)
    monkeypatch.setattr(onnxruntime, "InferenceSession", open_session)
    runtime = OnnxRuntime("webgpu")
    runtime.open(open_pack("face"), "detect")
    assert [each.device.type.name for each in asked] == ["GPU"]
    assert str(runtime.info) == "onnxruntime · WebGPU · fp32 · WebGPU plug-in"
    assert runtime.info.off_cpu
