"""Notices over the preview: whole texts, commands to copy, topics, the keyboard focus."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QLabel

from puppet.errors import SinkError
from tests.support.learned_window import press
from tests.support.studio import Studio
from ui.widgets.notice_bar import Notice

COMMAND = "sudo modprobe v4l2loopback exclusive_caps=1 card_label=Puppet"


@pytest.mark.parametrize("width_px", [900, 1280, 1900])
def test_no_line_of_a_long_notice_is_cut(studio: Studio, width_px: int) -> None:
    studio.window.resize(width_px, 720)
    notices = studio.window.notices
    notices.post_warning("one line and another line of a text that is long enough for several lines; " * 6)
    studio.qtbot.waitUntil(lambda: notices.height() > 2 * notices.fontMetrics().height() + 16)
    for label in notices.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width()) or not label.isVisible()


def test_a_command_is_on_its_own_and_can_be_copied(studio: Studio) -> None:
    notices = studio.window.notices
    notices.post_error(SinkError(f"No virtual camera; load the driver: {COMMAND}", COMMAND))
    assert notices.text == "No virtual camera; load the driver"
    assert COMMAND in [label.text() for label in notices.findChildren(QLabel)]
    notices.copy.click()
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == COMMAND
    assert notices.copy.text() == "Copied"
    notices.post_warning("something else")
    assert not notices.copy.isVisible()


def test_a_success_closes_the_error_of_its_topic(studio: Studio) -> None:
    studio.start()
    studio.session.sink_failure = SinkError("The disk is full")
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: "disk is full" in studio.notice())
    studio.session.sink_failure = None
    press(studio, Qt.Key.Key_V)
    studio.until(lambda: bool(studio.session.current.sinks))
    assert "disk is full" in studio.notice()
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: len(studio.session.current.sinks) == 2)
    studio.until(lambda: studio.notice() == "")


def test_not_ready_is_no_longer_said_when_it_is(studio: Studio) -> None:
    press(studio, Qt.Key.Key_R)
    assert "still getting ready" in studio.notice()
    studio.start()
    assert studio.notice() == ""


def test_problems_do_not_follow_into_full_screen_but_undo_does(studio: Studio) -> None:
    studio.window.notices.post_warning("a camera cannot be used")
    press(studio, Qt.Key.Key_F)
    assert studio.notice() == "Esc or a double-click leaves full screen"
    press(studio, Qt.Key.Key_Escape)
    studio.window.notices.post(Notice("removed", action="Undo"))
    press(studio, Qt.Key.Key_F)
    assert studio.notice() == "removed"


def test_closing_a_notice_gives_the_focus_to_the_preview(studio: Studio) -> None:
    notices = studio.window.notices
    notices.post(Notice("saved", action="Show in folder"))
    notices.action.setFocus()
    notices.dismiss()
    assert studio.window.preview.hasFocus()
