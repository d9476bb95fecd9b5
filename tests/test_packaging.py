"""The frame holds: one onnxruntime, one OpenCV, no torch in the app, every locked file with its hash."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import puppet

ROOT = Path(puppet.__file__).parents[1]
LOCKS = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.txt")}
LOCKS.pop("torch-excluded")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _locked(lock: str) -> dict[str, str]:
    """Package -> version."""
    return dict(re.findall(r"^([\w.-]+)==([\w.+]+)", LOCKS[lock], re.MULTILINE))


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_every_locked_package_has_hashes_and_no_index_is_named(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", LOCKS[lock])
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert packages
    assert all("--hash=sha256:" in entry for entry in packages)
    assert "://" not in LOCKS[lock]


@pytest.mark.parametrize(
    ("lock", "wheels"),
    [
        ("cpu", ["onnxruntime"]),
        ("gpu", ["onnxruntime-gpu"]),
        ("directml", ["onnxruntime-directml"]),
        ("torch", []),
        ("test", []),
    ],
)
def test_a_lock_brings_at_most_one_onnxruntime_and_exactly_one_opencv(lock: str, wheels: list[str]) -> None:
    names = list(_locked(lock))
    assert [name for name in names if name.startswith("onnxruntime")] == wheels
    assert [name for name in names if name.startswith("opencv")] == ["opencv-contrib-python-headless"]


@pytest.mark.parametrize("lock", sorted(LOCKS))
def test_locks_agree_on_every_version_and_leave_torch_and_jax_out(lock: str) -> None:
    test = _locked("test")
    for name, version in _locked(lock).items():
        assert test.get(name, version) == version, name
    assert not {"jax", "jaxlib"} & set(_locked(lock))
    assert lock in {"torch-wheels", "torch-cuda"} or not {"torch", "triton"} & set(_locked(lock))


def test_the_makefile_and_the_project_ask_for_the_same_torch() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    version = re.search(r"^TORCH_VERSION \?= (\S+)$", makefile, re.MULTILINE)
    assert version is not None
    assert f"torch>={version[1]}" in PROJECT["project"]["optional-dependencies"]["torch"]


def test_the_base_has_no_onnxruntime_and_no_torch() -> None:
    base = " ".join(PROJECT["project"]["dependencies"])
    assert "onnxruntime" not in base
    assert "torch" not in base


def _loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}; import sys; sys.stdout.write(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["main", "puppet.live.opening", "puppet.live.benchmark", "ui.app"])
def test_the_app_loads_no_torch(module: str) -> None:
    assert "torch" not in _loaded_by(f"import {module}")


def test_onnxruntime_has_its_telemetry_switched_off(home: Path) -> None:
    """It would leave a device id and a store of events in the home folder, and send them from there."""
    code = """
import puppet, onnxruntime
from onnx import TensorProto, helper
value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", value[:1], value[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, timeout=120)
    assert [path for path in home.rglob("*") if path.is_file()] == []
