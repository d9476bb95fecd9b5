"""Nothing of the performer gets on air by one key: the idle loop, and questions before the camera picture is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from puppet.config import LiveOptions
from puppet.domain import Following
from puppet.userdata.gallery import Gallery
from puppet.userdata.settings import Settings
from tests.support.fake_session import FakeSession, rendered
from tests.support.fakes import FakeCamera
from tests.support.learned_window import LEARNED, choose_pack, press, start
from tests.support.studio import Studio
from ui.main_window import MainWindow
from ui.session_bridge import SessionBridge


def record(studio: Studio) -> None:
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: studio.session.recording is not None)
    studio.window.bridge.poll_status()


def stop_recording(studio: Studio) -> None:
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: "Recording saved" in studio.notice())


# The idle loop


def test_h_hides_the_performer_and_h_again_shows_them(studio: Studio) -> None:
    start(studio)
    record(studio)
    button = studio.window.actions_bar.buttons["hide"]
    press(studio, Qt.Key.Key_H)
    assert studio.session.controls.idle
    assert button.isChecked()
    assert "You are hidden" in studio.window.preview.accessibleDescription()
    assert studio.session.recording is not None
    button.click()
    assert not studio.session.controls.idle
    assert not button.isChecked()
    assert "hidden" not in studio.window.preview.accessibleDescription()


def test_hidden_stays_hidden_while_another_pack_opens_and_is_not_remembered(studio: Studio) -> None:
    start(studio)
    following = choose_pack(studio, "parts")
    press(studio, Qt.Key.Key_H)
    studio.until(lambda: studio.window.bridge.session is following)
    assert following.controls.idle


def test_h_while_a_session_is_replaced_reaches_the_new_one(studio: Studio) -> None:
    start(studio)
    bridge = studio.window.bridge
    bridge.session_ending.connect(lambda: bridge.controls.update(idle=True))
    following = choose_pack(studio, "parts")
    studio.until(lambda: "start" in following.calls)
    assert following.controls.idle


def test_the_key_that_hides_can_be_chosen_but_not_one_that_is_taken(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_F1)
    dialog = studio.window.shortcuts_dialog
    dialog.keys["hide"].click()
    studio.qtbot.keyClick(dialog.keys["hide"], Qt.Key.Key_R)
    assert dialog.keys["hide"].text() == "H"
    assert studio.session.recording is None
    dialog.keys["hide"].click()
    studio.qtbot.keyClick(dialog.keys["hide"], Qt.Key.Key_F8)
    assert dialog.keys["hide"].text() == "F8"
    assert studio.window.settings.keys == {"hide": ("F8",)}
    dialog.accept()
    press(studio, Qt.Key.Key_H)
    assert not studio.session.controls.idle
    press(studio, Qt.Key.Key_F8)
    assert studio.session.controls.idle
    assert "(F8)" in studio.window.actions_bar.buttons["hide"].toolTip()


def test_escape_keeps_the_key(studio: Studio) -> None:
    press(studio, Qt.Key.Key_F1)
    button = studio.window.shortcuts_dialog.keys["hide"]
    button.click()
    assert "Press" in button.text()
    studio.qtbot.keyClick(button, Qt.Key.Key_Escape)
    assert button.text() == "H"


# The performer's own picture


def test_the_badge_is_shown_as_long_as_the_performer_is_visible(studio: Studio) -> None:
    start(studio)
    preview = studio.window.preview
    studio.render()
    plain = preview.grab().toImage()
    picture = rendered(studio.session.rendered.picture) if studio.session.rendered is not None else None
    assert picture is not None
    studio.session.rendered = replace(picture, shows_performer=True)
    studio.window.bridge.poll_picture()
    assert "Your own camera is visible" in preview.accessibleDescription()
    assert preview.grab().toImage() != plain
    studio.render()
    assert "Your own camera" not in preview.accessibleDescription()


def test_part_swap_asks_once_while_a_recording_runs(studio: Studio) -> None:
    start(studio)
    record(studio)
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None
    assert studio.window.panel.part_swap.mode.buttons[False].isChecked()
    assert "seen in the recording" in studio.notice()
    studio.window.notices.action.click()
    assert studio.session.controls.swap is not None
    press(studio, Qt.Key.Key_P)
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is not None


def test_no_answer_means_no(studio: Studio) -> None:
    start(studio)
    record(studio)
    studio.window.panel.part_swap.mode.buttons[True].click()
    studio.window.notices.dismiss()
    assert studio.session.controls.swap is None


def test_part_swap_asks_again_in_the_next_recording(studio: Studio) -> None:
    start(studio)
    record(studio)
    press(studio, Qt.Key.Key_P)
    studio.window.notices.action.click()
    press(studio, Qt.Key.Key_P)
    stop_recording(studio)
    studio.window.notices.dismiss()
    record(studio)
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None


@pytest.mark.parametrize("key", [Qt.Key.Key_R, Qt.Key.Key_V])
def test_outputs_ask_before_they_show_a_performer_who_is_visible(studio: Studio, key: Qt.Key) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is not None
    press(studio, key)
    assert "your own camera picture" in studio.notice()
    assert not studio.session.current.sinks
    studio.window.notices.action.click()
    studio.until(lambda: bool(studio.session.current.sinks))


def test_coming_back_asks_when_part_swap_was_chosen_while_hidden(studio: Studio) -> None:
    start(studio, LEARNED)
    press(studio, Qt.Key.Key_H)
    record(studio)
    press(studio, Qt.Key.Key_P)
    assert studio.notice() == ""
    press(studio, Qt.Key.Key_H)
    assert studio.session.controls.idle
    assert "your own camera picture" in studio.notice()
    studio.window.notices.action.click()
    assert not studio.session.controls.idle


def test_hiding_withdraws_the_question(studio: Studio) -> None:
    start(studio, replace(LEARNED, following=Following.TRACKING))
    record(studio)
    press(studio, Qt.Key.Key_P)
    assert "your own camera picture" in studio.notice()
    press(studio, Qt.Key.Key_H)
    assert studio.notice() == ""


def test_a_key_that_was_edited_to_one_that_is_taken_is_the_default_again(
    qtbot: QtBot, gallery: Gallery, session: FakeSession
) -> None:
    window = MainWindow(
        SessionBridge(lambda _options: session, LiveOptions()),
        gallery,
        Settings(keys={"hide": ("R",), "record": ("",), "nonsense": ("F2",), "mirror": ("F3",)}),
        list_cameras=list,
        open_camera=lambda _which, _options: FakeCamera(),
        list_packs=list,
    )
    qtbot.addWidget(window)
    shown = {name: window.shortcuts_dialog.keys[name].text() for name in ("hide", "record", "mirror")}
    assert shown == {"hide": "H", "record": "R", "mirror": "F3"}
