"""The observable controls."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import Qt

from puppet.domain import Controls, Output, PartSwap
from tests.support.fakes import FakeClock
from tests.support.studio import Studio, save_picture
from ui.controls_model import ControlsModel


def test_a_change_is_emitted_once_and_an_equal_value_never() -> None:
    model, emitted = ControlsModel(Controls()), list[Controls]()
    model.changed.connect(emitted.append)
    model.update(mouth=0.5)
    model.update(mouth=0.5)
    model.update(mouth=0.5, mirror=Controls().mirror)
    assert emitted == [Controls(mouth=0.5)]
    assert model.current is emitted[0]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError):
        ControlsModel(Controls()).update(volume=1.0)


def test_undo_takes_back_steps_and_a_drag_is_one_step() -> None:
    clock = FakeClock()
    model = ControlsModel(Controls(), clock)
    for percent in (90, 70, 50):
        model.update(mouth=percent / 100)
    clock.now_s += 5
    model.update(mouth=0.2)
    model.update(mirror=False)
    seen = []
    while model.undo():
        seen.append((model.current.mouth, model.current.mirror))
    assert seen == [(0.2, True), (0.5, True), (1.0, True)]
    assert not model.undo()


def test_undo_never_shows_the_performer() -> None:
    model = ControlsModel(Controls(swap=PartSwap((1,))))
    model.update(swap=None)
    model.update(idle=True)
    assert not model.undo()
    assert model.current == Controls(idle=True)


def test_ctrl_z_undoes_a_removal_that_is_on_show_before_a_slider(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    studio.window.panel.sliders["mouth"].slider.setValue(40)
    studio.gallery.add(save_picture(tmp_path / "Di.png", (1, 2, 3)))
    studio.window.portraits.load("Ada")
    studio.window.strip.tiles()[3].remove_wanted.emit()
    assert len(studio.window.strip.tiles()) == 3
    studio.qtbot.keyClick(studio.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(studio.window.strip.tiles()) == 4
    studio.qtbot.keyClick(studio.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert studio.window.panel.sliders["mouth"].slider.value() == 100


def test_a_change_reaches_panel_session_and_settings(studio: Studio) -> None:
    studio.start()
    studio.window.bridge.controls.update(mouth=0.25, mirror=False, output=Output.FULL)
    panel = studio.window.panel
    assert panel.sliders["mouth"].slider.value() == 25
    assert not panel.mirror.isChecked()
    assert panel.output.buttons[Output.FULL].isChecked()
    assert studio.session.controls == studio.window.settings.controls == studio.window.bridge.controls.current
