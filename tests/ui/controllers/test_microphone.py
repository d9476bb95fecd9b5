"""The microphone's choice and its level."""

from __future__ import annotations

from dataclasses import replace

import pytest

from puppet.config import MicrophoneOptions
from tests.support.studio import Studio
from ui.controllers import microphone as controller
from ui.pages.takes import TakesPage, make


@pytest.fixture(autouse=True)
def _two_microphones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "_list_microphones", lambda: ["Webcam", "Headset"])


def test_a_chosen_microphone_is_recorded_and_remembered(studio: Studio) -> None:
    studio.start()
    panel, combo = studio.window.panel, studio.window.panel.microphone
    assert studio.session.microphone is None
    combo.about_to_open.emit()
    studio.until(lambda: combo.count() == 3)
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    assert studio.session.microphone == MicrophoneOptions("Headset")
    assert studio.window.settings.microphone == "Headset"
    combo.activated.emit(0)
    assert studio.session.microphone is None
    assert panel.level.isHidden()


def test_gain_and_delay_are_chosen_on_the_page_of_takes_and_outlive_the_device(studio: Studio) -> None:
    studio.start()
    page = make(studio.window)
    assert isinstance(page, TakesPage)
    page.gain.setValue(6)
    page.delay.setValue(60)
    studio.window.microphone.choose(name="Headset")
    assert studio.session.microphone == MicrophoneOptions("Headset", 6.0, 60.0)
    settings = studio.window.settings
    assert (settings.microphone_gain_db, settings.microphone_delay_ms) == (6.0, 60.0)
    page.deleteLater()


def test_the_level_is_shown_while_a_microphone_is_on(studio: Studio) -> None:
    studio.start()
    level = studio.window.panel.level
    studio.window.microphone._show_status(replace(studio.session.status(), microphone="Webcam", microphone_db=-30.0))
    assert not level.isHidden()
    assert level.share == pytest.approx(0.5)


def test_a_remembered_microphone_that_is_gone_keeps_its_place(studio: Studio) -> None:
    combo = studio.window.panel.microphone
    combo.set_choice("Old one")
    combo.set_names(["Webcam"])
    assert [combo.itemText(index) for index in range(combo.count())] == ["Silent", "Webcam", "Old one (not found)"]
    assert combo.currentData() == "Old one"
