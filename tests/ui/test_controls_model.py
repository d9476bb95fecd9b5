"""The observable controls."""

from __future__ import annotations

import pytest

from puppet.domain import Controls, Output
from tests.support.studio import Studio
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


def test_a_change_reaches_panel_session_and_settings(studio: Studio) -> None:
    studio.start()
    studio.window.bridge.controls.update(mouth=0.25, mirror=False, output=Output.FULL)
    panel = studio.window.panel
    assert panel.sliders["mouth"].slider.value() == 25
    assert not panel.mirror.isChecked()
    assert panel.output.buttons[Output.FULL].isChecked()
    assert studio.session.controls == studio.window.settings.controls == studio.window.bridge.controls.current
