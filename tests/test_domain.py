"""Domain values: EngineInfo as text, and as the question whether the CPU is free."""

from __future__ import annotations

import pytest

from puppet.domain import EngineInfo


def test_engine_info_reads_as_one_line_of_its_parts() -> None:
    assert str(EngineInfo("onnxruntime", "CPU", "fp32")) == "onnxruntime · CPU · fp32"
    assert str(EngineInfo("torch", "CUDA", "bf16", "TorchScript")) == "torch · CUDA · bf16 · TorchScript"


@pytest.mark.parametrize(("device", "off_cpu"), [("CPU", False), ("", False), ("CUDA", True), ("GPU.0", True)])
def test_only_a_known_device_other_than_the_cpu_is_off_the_cpu(device: str, off_cpu: bool) -> None:
    assert EngineInfo("any", device, "fp32").off_cpu is off_cpu
