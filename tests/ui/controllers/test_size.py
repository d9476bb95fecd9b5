"""The size of the pictures, in the window."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from PyQt6.QtCore import Qt

from puppet.config import NAMED_SIZES
from tests.support.fake_session import rendered
from tests.support.learned_window import choose_pack, press, start
from tests.support.studio import Studio
from ui.pages.output import OutputPage


def page(studio: Studio) -> OutputPage:
    return cast("OutputPage", studio.window.pages.page("output"))


def test_a_chosen_size_is_passed_on_and_remembered(studio: Studio) -> None:
    start(studio)
    buttons = page(studio).sizes.buttons
    assert buttons[NAMED_SIZES["720p"]].isChecked()
    buttons[NAMED_SIZES["vertical"]].click()
    assert studio.session.calls[-1] == "choose size 1080x1920"
    assert studio.window.settings.size == (1080, 1920)


def test_the_session_of_another_pack_has_the_chosen_size(studio: Studio) -> None:
    start(studio)
    page(studio).sizes.buttons[NAMED_SIZES["1080p"]].click()
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.session.opened_with[-1].size == (1920, 1080)
    assert "choose size 1920x1080" not in following.calls


def test_a_size_chosen_while_the_session_opens_is_used(studio: Studio) -> None:
    page(studio).sizes.buttons[NAMED_SIZES["square"]].click()
    start(studio)
    assert "choose size 1080x1080" in studio.session.calls


def test_a_line_says_when_a_size_is_used_later(studio: Studio) -> None:
    start(studio)
    line = "1080×1080 is used once recording and virtual camera are off"
    studio.session.current = replace(studio.session.current, message=line)
    studio.window.bridge.poll_status()
    assert studio.notice() == line


def test_another_size_while_recording_begins_a_new_file_and_says_so(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: studio.window.recording.path is not None)
    first = studio.window.recording.path
    assert first is not None
    if not first.exists():  # the fake session writes nothing, and within a second the name would be given again
        first.write_bytes(b"recorded")
    page(studio).sizes.buttons[NAMED_SIZES["square"]].click()
    studio.until(lambda: "choose size 1080x1080" in studio.session.calls)
    assert studio.session.recording is None
    studio.session.rendered = rendered(np.zeros((1080, 1080, 3), np.uint8))
    studio.until(lambda: studio.window.recording.path not in (None, first))
    assert studio.window.recording.path is not None
    assert studio.window.recording.path.name in studio.notice()


def test_a_size_of_ones_own_is_made_even(studio: Studio) -> None:
    start(studio)
    page(studio).width_px.setValue(641)
    page(studio).height_px.setValue(360)
    page(studio).use_size.click()
    assert studio.window.settings.size == (640, 360)
    assert not any(button.isChecked() for button in page(studio).sizes.buttons.values())
