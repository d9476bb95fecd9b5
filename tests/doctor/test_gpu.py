"""A GPU that is present but unused is reported with the reason and the command that repairs it."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path

import pytest

from puppet.doctor.external_commands import Answer
from puppet.doctor.gpu import Driver, Providers, graphics, nvidia_use, other_use, pci_adapters, plugins
from puppet.doctor.report import Finding, Level
from puppet.domain import EngineInfo
from puppet.engines.runtimes.plugins import PLUGINS

_SMI = "NVIDIA-SMI 580.65  Driver Version: 580.65  CUDA Version: {cuda}"
_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


class _Machine:
    """Answers as a computer with one NVIDIA GPU would."""

    def __init__(
        self,
        *,
        driver: bool = True,
        hangs: bool = False,
        cuda: str = "13.0",
        listed: Sequence[str] = (_CUDA, _CPU),
        obtained: str = _CUDA,
        wheel_cuda: str = "13.0",
        log: str = "",
    ) -> None:
        self._driver, self._hangs, self._cuda = driver, hangs, cuda
        keeps = {_CUDA: obtained} if _CUDA in listed else {}
        self._providers = {"listed": list(listed), "obtained": keeps, "cuda": wheel_cuda}
        self._log = log

    def __call__(self, command: Sequence[str], timeout_s: float) -> Answer:
        if command[0] != "nvidia-smi":
            return Answer(0, json.dumps(self._providers), self._log)
        if self._hangs:
            return Answer(None, "", f"no answer in {timeout_s:g} s")
        if not self._driver:
            return Answer(9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "")
        return Answer(
            0, "NVIDIA GeForce RTX 3060, 580.65, 12288 MiB" if len(command) > 1 else _SMI.format(cuda=self._cuda), ""
        )


def _use(machine: _Machine, wheels: Sequence[str] = ("onnxruntime-gpu",)) -> Finding:
    found = list(graphics(machine, lambda: dict.fromkeys(wheels, "1.31.1"), lambda ask: ["NVIDIA [10de:2504]"]))
    return found[-1]


def test_cuda_obtained_is_fine() -> None:
    found = list(graphics(_Machine(), lambda: {"onnxruntime-gpu": "1.31.1"}, lambda ask: []))
    assert [finding.level for finding in found] == [Level.OK, Level.OK]
    assert "RTX 3060" in found[0].found
    assert "CUDA up to 13.0" in found[0].found


def test_directml_obtained_is_fine_too() -> None:
    directml = "DmlExecutionProvider"
    providers = Providers((directml, _CPU), {directml: directml})
    assert nvidia_use(Driver(("GPU",), "12.4"), {"onnxruntime-directml": "1"}, providers, "").level is Level.OK


def test_the_cpu_wheel_beside_a_gpu_is_the_wrong_wheel() -> None:
    finding = _use(_Machine(listed=(_CPU,)), ("onnxruntime",))
    assert finding.level is Level.WARNING
    assert "wrong wheel: onnxruntime knows no CUDA" in finding.found
    assert "uninstall -y onnxruntime &&" in finding.mend
    assert "requirements/gpu.txt" in finding.mend


def test_two_wheels_at_once_are_both_uninstalled() -> None:
    finding = _use(_Machine(listed=(_CPU,)), ("onnxruntime", "onnxruntime-gpu"))
    assert "onnxruntime and onnxruntime-gpu" in finding.found
    assert "uninstall -y onnxruntime onnxruntime-gpu" in finding.mend


def test_a_driver_too_old_for_the_wheel_names_both_versions() -> None:
    finding = _use(_Machine(cuda="12.4", obtained=_CPU, log="[E] libcublas.so.13: cannot open"))
    assert "up to 12.4" in finding.found
    assert "needs 13.0" in finding.found
    assert "driver" in finding.mend or platform.system() not in ("Linux", "Windows")


@pytest.mark.parametrize(
    ("log", "library", "file"),
    [
        ("Failed to load library with error: libcudnn.so.9: cannot open shared object", "cuDNN", "libcudnn.so.9"),
        ("Failed to load library with error: libcublasLt.so.13: cannot open shared", "CUDA", "libcublasLt.so.13"),
        ("Error 126 loading: cudnn64_9.dll which is missing", "cuDNN", "cudnn64_9.dll"),
    ],
)
def test_a_missing_library_is_named(log: str, library: str, file: str) -> None:
    finding = _use(_Machine(obtained=_CPU, log=log))
    assert finding.level is Level.WARNING
    assert f"{library} is missing" in finding.found
    assert file in finding.found
    assert "requirements/gpu.txt" in finding.mend


def test_any_other_reason_is_the_library_s_own_last_line() -> None:
    assert "out of memory" in _use(_Machine(obtained=_CPU, log="first\nCUDA failure 2: out of memory\n\n")).found


def test_an_onnxruntime_that_cannot_be_asked_says_why() -> None:
    class Crashing(_Machine):
        def __call__(self, command: Sequence[str], timeout_s: float) -> Answer:
            return super().__call__(command, timeout_s) if command[0] == "nvidia-smi" else Answer(-11, "", "")

    assert "ended with -11" in _use(Crashing()).found


@pytest.mark.parametrize(
    ("machine", "reason"), [(_Machine(driver=False), "couldn't"), (_Machine(hangs=True), "no answer")]
)
def test_a_gpu_on_the_bus_without_a_driver_that_answers(machine: _Machine, reason: str) -> None:
    finding = _use(machine)
    assert finding.level is Level.WARNING
    assert reason in finding.found


def test_no_gpu_at_all_is_no_problem() -> None:
    found = list(graphics(_Machine(driver=False), dict, lambda ask: []))
    assert [finding.level for finding in found] == [Level.OK]


def test_windows_with_another_maker_s_gpu_is_pointed_to_directml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    found = list(graphics(_Machine(driver=False), lambda: {"onnxruntime": "1"}, lambda ask: ["AMD Radeon 780M"]))
    assert found[-1].level is Level.WARNING
    assert "requirements/directml.txt" in found[-1].mend


@pytest.mark.parametrize(
    ("plugged", "engine", "level", "mend"),
    [
        ("Intel [8086:46a6]", EngineInfo("openvino", "GPU", "fp16"), Level.OK, ""),
        ("Intel [8086:46a6]", EngineInfo("openvino", "CPU", "bf16"), Level.MISSING, "intel-opencl-icd"),
        ("AMD [1002:15bf]", EngineInfo("onnxruntime", "CPU", "fp32"), Level.MISSING, ""),
    ],
)
def test_another_maker_s_gpu_on_linux_is_used_or_said_to_be_unused(
    monkeypatch: pytest.MonkeyPatch, plugged: str, engine: EngineInfo, level: Level, mend: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    finding = other_use([plugged], {}, engine)
    assert finding.level is level
    assert mend in finding.mend
    assert bool(mend) is bool(finding.mend)


def test_linux_adapters_are_told_by_class_and_maker(tmp_path: Path) -> None:
    devices = {
        "0000:00:02.0": ("0x030000", "0x8086", "0x46a6"),
        "0000:01:00.0": ("0x030200", "0x10de", "0x2504"),
        "0000:02:00.0": ("0x020000", "0x8086", "0x15f3"),
        "0000:03:00.0": ("0x030000", "0x1234", "0x1111"),
    }
    for name, facts in devices.items():
        (tmp_path / name).mkdir()
        for file, value in zip(("class", "vendor", "device"), facts, strict=True):
            (tmp_path / name / file).write_text(value + "\n")
    (tmp_path / "0000:04:00.0").mkdir()
    assert pci_adapters(tmp_path) == ["Intel [8086:46a6]", "NVIDIA [10de:2504]"]


def test_a_plugin_is_listed_with_what_it_computes_on_or_with_what_is_wrong() -> None:
    answers = iter([{"devices": ["GPU", "CPU"]}, {"error": "WebGPU finds no device; it needs a GPU; choose another"}])
    both = [PLUGINS["webgpu"], PLUGINS["openvino"]]
    found = list(plugins(lambda command, time: Answer(0, json.dumps(next(answers)), ""), lambda: both))
    assert [(each.level, each.found) for each in found] == [
        (Level.OK, "computes on: GPU, CPU"),
        (Level.WARNING, "WebGPU finds no device; it needs a GPU"),
    ]


def test_for_a_gpu_without_plugins_the_commands_are_named() -> None:
    found = list(plugins(_Machine(), list, lambda ask: ["AMD [1002:7340]"]))
    assert "python -m pip install onnxruntime-ep-webgpu" in [each.mend for each in found]
    assert {each.level for each in found} == {Level.MISSING}
    assert list(plugins(_Machine(), list, lambda ask: [])) == []
