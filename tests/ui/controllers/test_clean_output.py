"""The clean output window: what it shows, and what opens, moves and closes it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication

from puppet.controls import Background, BackgroundKind
from puppet.domain import PartSwap, SinkKind
from tests.support.fake_session import RUNNING, rendered
from tests.support.learned_window import press, start
from tests.support.studio import Studio
from ui.pages.output import OutputPage
from ui.widgets.clean_output import CleanOutput


def output(studio: Studio) -> CleanOutput:
    window = studio.window.clean_output.window
    assert window is not None
    return window


def test_the_window_shows_the_picture_alone_and_keeps_its_transparency(studio: Studio) -> None:
    start(studio)
    picture = np.full((90, 160, 3), 200, np.uint8)
    cutout = np.dstack([picture, np.zeros((90, 160), np.uint8)])
    studio.session.rendered = replace(rendered(picture), cutout=cutout)
    press(studio, Qt.Key.Key_O)
    studio.window.bridge.poll_picture()
    assert output(studio).windowFlags() & Qt.WindowType.FramelessWindowHint
    assert output(studio).is_on_top
    shown = output(studio).grab().toImage()
    assert (shown.width(), shown.height()) == (160, 90)
    assert shown.pixelColor(80, 45).alpha() == 0
    press(studio, Qt.Key.Key_O)
    assert not output(studio).isVisible()


def test_full_screen_ends_with_escape(studio: Studio) -> None:
    start(studio)
    studio.window.commands.run("full screen output")
    assert output(studio).isFullScreen()
    assert "Esc" in studio.notice()
    studio.until(output(studio).isActiveWindow)
    studio.qtbot.keyClick(output(studio), Qt.Key.Key_Escape)
    assert not output(studio).isFullScreen()
    assert output(studio).isVisible()


def test_a_screen_that_is_unplugged_gives_the_window_back(studio: Studio) -> None:
    start(studio)
    app, clean = cast("QGuiApplication", QGuiApplication.instance()), studio.window.clean_output
    clean.choose_screen(QGuiApplication.screens()[0].name())
    studio.window.commands.run("full screen output")
    app.screenRemoved.emit(QGuiApplication.screens()[0])
    assert not output(studio).isFullScreen()
    assert output(studio).isVisible()
    assert "was unplugged" in studio.notice()
    app.screenAdded.emit(QGuiApplication.screens()[0])
    assert studio.notice() == ""


def test_the_performers_own_picture_is_asked_about_while_the_window_is_open(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_O)
    press(studio, Qt.Key.Key_P)
    assert "the output window" in studio.notice()
    assert studio.session.controls.swap is None


def test_the_window_opens_over_part_swap_only_after_a_question(studio: Studio) -> None:
    start(studio)
    studio.window.bridge.controls.update(swap=PartSwap((1,)))
    press(studio, Qt.Key.Key_O)
    assert not studio.window.clean_output.is_open
    page = cast("OutputPage", studio.window.pages.page("output"))
    page.shown.click()
    assert not page.shown.isChecked()
    studio.window.notices.action.click()
    assert studio.window.clean_output.is_open
    assert page.shown.isChecked()


def test_a_transparent_background_that_an_open_output_refuses_goes_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(studio)
    studio.session.current = replace(RUNNING, sinks={SinkKind.RECORDER: "recording"})
    studio.session.refuses_none = True
    page = cast("OutputPage", studio.window.pages.page("output"))
    page.background.kind.buttons[BackgroundKind.NONE].click()
    assert page.background.kind.buttons[BackgroundKind.KEEP].isChecked()
    assert studio.window.bridge.controls.current.background == Background()
    assert "cannot be transparent" in studio.notice()
    assert not studio.window.bridge.controls.undo()


def test_a_label_that_the_font_cannot_show_is_refused_in_place(studio: Studio) -> None:
    start(studio)
    page = cast("OutputPage", studio.window.pages.page("output"))
    page.badge.click()
    page.badge_text.setText("Künstlich")
    page.badge_text.editingFinished.emit()
    assert studio.session.controls.badge is not None
    assert studio.session.controls.badge.text == page.badge_text.text() == "Made with AI"
