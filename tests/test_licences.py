"""The text of all licences names every package of this environment."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from puppet import installation, licences
from puppet.doctor import external_commands


def test_the_text_holds_puppets_licence_and_every_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "MediaPipe networks.txt").write_text("Apache License", encoding="utf-8")
    monkeypatch.setattr(licences, "FOLDERS", (tmp_path, tmp_path / "missing"))
    packages = [metadata.distribution(name) for name in ("numpy", "pyqt6-qt6", "flatbuffers")]
    monkeypatch.setattr(metadata, "distributions", lambda: packages)
    text = licences.licence_texts()
    assert text.startswith("Puppet\n======\n\nGNU GENERAL PUBLIC LICENSE")
    assert "MediaPipe networks\n==================\n\nApache License" in text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text.partition("PyQt6-Qt6 ")[2]
    assert "Licence: Apache 2.0" in text.partition("flatbuffers ")[2]


def test_a_wheel_names_the_requirements_of_its_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = ["numpy>=2", 'onnxruntime>=1.22; extra == "cpu"', "onnxruntime-gpu[cuda,cudnn]>=1.22; extra == 'gpu'"]
    monkeypatch.setattr(metadata, "requires", lambda name: declared)
    for module in (installation, external_commands):
        monkeypatch.setattr(module, "FORM", installation.Form.WHEEL)
    assert installation.install_command("cpu") == "pip install 'onnxruntime>=1.22'"
    lock = external_commands.install_lock("requirements/gpu.txt")
    assert lock == "python -m pip install 'onnxruntime-gpu[cuda,cudnn]>=1.22'"


def test_a_bundle_is_replaced_and_not_extended(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (installation, external_commands):
        monkeypatch.setattr(module, "FORM", installation.Form.BUNDLE)
    assert "unpack the bundle again" in external_commands.install("openvino")
    assert "unpack the bundle again" in external_commands.reinstall(["onnxruntime"], "requirements/cpu.txt")
    assert "cannot be extended" in installation.install_command("torch")
