"""Domain values: EngineInfo as text and device, Keypoints as named arrays."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.domain import EngineInfo, Keypoints

POINTS = np.array([(0, 1), (2, 3)], np.float32)
DEPTH = np.array((4, 5), np.float32)


def test_engine_info_reads_as_one_line_of_its_parts() -> None:
    assert str(EngineInfo("onnxruntime", "CPU", "fp32")) == "onnxruntime · CPU · fp32"
    assert str(EngineInfo("torch", "CUDA", "bf16", "TorchScript")) == "torch · CUDA · bf16 · TorchScript"


@pytest.mark.parametrize(("device", "off_cpu"), [("CPU", False), ("", False), ("CUDA", True), ("GPU.0", True)])
def test_only_a_known_device_other_than_the_cpu_is_off_the_cpu(device: str, off_cpu: bool) -> None:
    assert EngineInfo("any", device, "fp32").off_cpu is off_cpu


def test_arrays_are_the_fields_that_are_present() -> None:
    assert list(Keypoints(POINTS).arrays()) == ["points"]
    found = Keypoints(POINTS, DEPTH, body=POINTS).arrays()
    assert list(found) == ["points", "depth", "body"]
    assert found["depth"] is DEPTH


def test_map_applies_a_function_to_every_field() -> None:
    doubled = Keypoints(POINTS, DEPTH).map(lambda array: 2 * array)
    assert doubled.arrays().keys() == {"points", "depth"}
    np.testing.assert_array_equal(doubled.points, 2 * POINTS)


def test_map_drops_fields_that_one_pose_lacks() -> None:
    total = Keypoints(POINTS, DEPTH).map(np.add, Keypoints(POINTS, body=POINTS))
    assert total.arrays().keys() == {"points"}
    np.testing.assert_array_equal(total.points, 2 * POINTS)
