"""Presets in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt

from puppet.controls import Controls, Parts
from puppet.userdata.presets import Preset, load_presets, save_presets
from tests.support.studio import Studio
from ui.dialogs import files


def save_as(studio: Studio, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(files, "ask_for_name", lambda *_args: name)
    studio.window.panel.presets.save.click()


def test_a_preset_is_saved_used_by_its_key_and_taken_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.start()
    controls, shown = studio.window.bridge.controls, studio.window.panel.presets.list
    controls.update(mouth=0.4, parts=Parts.HEAD)
    save_as(studio, monkeypatch, "Calm")
    assert shown.currentText().startswith("Calm")
    controls.update(mouth=1.7, idle=True)
    assert shown.currentIndex() == -1
    studio.qtbot.keyClick(studio.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert (studio.session.controls.mouth, studio.session.controls.parts) == (0.4, Parts.HEAD)
    assert studio.session.controls.idle
    assert shown.currentText().startswith("Calm")
    controls.undo()
    assert studio.session.controls.mouth == 1.7
    studio.qtbot.keyClick(studio.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)  # there is none
    assert studio.session.controls.mouth == 1.7


def test_a_name_that_is_taken_replaces_and_no_name_saves_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(studio, monkeypatch, "Calm")
    studio.window.bridge.controls.update(eyes=0.2)
    save_as(studio, monkeypatch, "Calm")
    save_as(studio, monkeypatch, "")
    assert load_presets()[0] == [Preset("Calm", Controls(eyes=0.2))]
    save_as(studio, monkeypatch, "x" * 99)
    assert "expected a name" in studio.notice()


def test_without_a_preset_in_use_none_is_deleted(studio: Studio) -> None:
    studio.window.presets.delete()
    assert "No preset is in use" in studio.notice()


def test_presets_travel_as_files(studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    panel, file = studio.window.panel.presets, tmp_path / "calm.toml"
    monkeypatch.setattr(files, "ask_for_preset_to_write", lambda *_args: file)
    monkeypatch.setattr(files, "ask_for_preset", lambda *_args: file)
    studio.window.bridge.controls.update(mouth=0.4)
    save_as(studio, monkeypatch, "Calm")
    panel.export_file.trigger()
    assert "calm.toml" in studio.notice()
    panel.import_file.trigger()
    assert [preset.name for preset in load_presets()[0]] == ["Calm", "Calm 2"]
    panel.delete.trigger()
    assert [preset.name for preset in load_presets()[0]] == ["Calm 2"]


def test_a_damaged_file_is_a_line_and_changes_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save_as(studio, monkeypatch, "Calm")
    monkeypatch.setattr(files, "ask_for_preset", lambda *_args: tmp_path / "p.toml")
    studio.window.panel.presets.import_file.trigger()
    assert "p.toml" in studio.notice()
    (tmp_path / "p.toml").write_text("broken [")
    studio.window.panel.presets.import_file.trigger()
    assert "no presets can be read" in studio.notice()
    assert [preset.name for preset in load_presets()[0]] == ["Calm"]
    save_presets([Preset("Other", Controls())], tmp_path / "p.toml")
    studio.window.panel.presets.import_file.trigger()
    assert studio.notice() == ""
