"""The size of the pictures, in the window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from puppet.config import NAMED_SIZES
from tests.support.learned_window import choose_pack, start
from tests.support.studio import Studio

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_a_chosen_size_is_passed_on_and_remembered(studio: Studio) -> None:
    start(studio)
    buttons = studio.window.panel.sizes.buttons
    assert buttons[NAMED_SIZES["720p"]].isChecked()
    buttons[NAMED_SIZES["vertical"]].click()
    assert studio.session.calls[-1] == "choose size 1080x1920"
    assert studio.window.settings.size == (1080, 1920)


def test_the_session_of_another_pack_has_the_chosen_size(studio: Studio) -> None:
    start(studio)
    studio.window.panel.sizes.buttons[NAMED_SIZES["1080p"]].click()
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.session.opened_with[-1].size == (1920, 1080)
    assert "choose size 1920x1080" not in following.calls


def test_a_size_chosen_while_the_session_opens_is_used(studio: Studio) -> None:
    studio.window.panel.sizes.buttons[NAMED_SIZES["square"]].click()
    start(studio)
    assert "choose size 1080x1080" in studio.session.calls


def test_a_line_says_when_a_size_is_used_later(studio: Studio) -> None:
    start(studio)
    line = "1080×1080 is used once recording and virtual camera are off"
    studio.session.current = replace(studio.session.current, message=line)
    studio.window.bridge.poll_status()
    assert studio.notice() == line
