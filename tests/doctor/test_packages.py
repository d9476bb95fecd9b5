"""Wheels that overwrite each other are found, and packs are verified."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from puppet.doctor import packages
from puppet.doctor.report import Finding, Level
from puppet.errors import PackError

_SOUND = ("onnxruntime", "opencv-contrib-python-headless", *packages._NEEDED)


def _found(names: Sequence[str]) -> dict[str, Finding]:
    return {finding.name: finding for finding in packages.wheels(lambda: dict.fromkeys(names, "1.0"))}


def test_one_wheel_of_each_is_fine() -> None:
    assert {finding.level for finding in _found(_SOUND).values()} == {Level.OK}


@pytest.mark.parametrize(
    ("rival", "library", "lock"),
    [
        ("onnxruntime-gpu", "onnxruntime", "gpu.txt"),
        ("onnxruntime-directml", "onnxruntime", "directml.txt"),
        ("opencv-python", "cv2", "cpu.txt"),
    ],
)
def test_two_wheels_of_one_library_are_a_clash(rival: str, library: str, lock: str) -> None:
    finding = _found((*_SOUND, rival))[library]
    assert finding.level is Level.WARNING
    assert f"{rival} 1.0" in finding.found
    assert rival in finding.mend.partition("&&")[0]
    assert finding.mend.endswith(lock)


def test_a_missing_library_is_broken_and_its_command_installs_it() -> None:
    found = _found([name for name in _SOUND if name not in ("onnxruntime", "av")])
    assert found["onnxruntime"].level is Level.BROKEN
    assert "requirements/cpu.txt" in found["onnxruntime"].mend
    assert found["others"].level is Level.BROKEN
    assert found["others"].mend.endswith("install av")


def test_the_interpreter_s_own_packages_are_named_as_indexes_write_them() -> None:
    found = packages.installed()
    assert "numpy" in found
    assert all(name == name.lower() and "_" not in name for name in found)


def test_the_shipped_pack_is_sound() -> None:
    assert any(finding.name == "face" and finding.level is Level.OK for finding in packages.packs())


def test_a_damaged_default_pack_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pack: object) -> None:
        raise PackError("render.onnx is damaged")

    monkeypatch.setattr(packages, "verify_pack", refuse)
    (first, *_) = packages.packs()
    assert first.level is Level.BROKEN
    assert "damaged" in first.found


def test_a_default_pack_that_is_gone_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        raise PackError(f"unknown pack {name}")

    monkeypatch.setattr(packages, "list_packs", list)
    monkeypatch.setattr(packages, "open_pack", nothing)
    assert [finding.level for finding in packages.packs()] == [Level.BROKEN]
