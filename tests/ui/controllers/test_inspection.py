"""Overlays and timings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt

from puppet.domain import Badge, Overlay, StageTimes
from tests.support.fake_session import RUNNING
from tests.support.learned_window import LEARNED, press, start, words
from tests.support.studio import Studio


def test_the_timings_dialog_shows_every_stage_and_is_updated(studio: Studio) -> None:
    times = StageTimes(7.25, 9.5, 12.0)
    start(studio, replace(LEARNED, stages={"render": times}))
    studio.window.status_bar.latency.click()
    sheet = studio.window.inspection.timings_dialog
    assert sheet.isVisible()
    assert all(text in words(sheet) for text in ("Render", "7.2", "9.5", "12.0", "Camera to picture", "60.0"))
    studio.session.current = replace(LEARNED, stages={"render": StageTimes(3.0, 4.0, 5.5)})
    studio.window.bridge.poll_status()
    assert "5.5" in words(sheet)


@pytest.mark.parametrize(
    ("key", "overlay"),
    [
        (Qt.Key.Key_K, Overlay.KEYPOINTS),
        (Qt.Key.Key_M, Overlay.MASKS),
        (Qt.Key.Key_O, Overlay.OCCLUSION),
        (Qt.Key.Key_F, Overlay.FLOW),
        (Qt.Key.Key_S, Overlay.SEGMENTS),
    ],
)
def test_a_key_switches_an_overlay_on_and_off(studio: Studio, key: Qt.Key, overlay: Overlay) -> None:
    start(studio)
    press(studio, key, shift=True)
    assert studio.session.controls.overlay is overlay
    press(studio, key, shift=True)
    assert studio.session.controls.overlay is Overlay.NONE


def test_a_key_shows_and_hides_the_label_that_says_ai(studio: Studio) -> None:
    start(studio)
    entry = studio.window.inspection.menu.entries["badge"]
    press(studio, Qt.Key.Key_A, shift=True)
    assert studio.session.controls.badge == Badge()
    assert entry.isChecked()
    entry.trigger()
    assert studio.session.controls.badge is None


def test_the_menu_checks_each_overlay_and_several_can_be_on(studio: Studio) -> None:
    start(studio)
    menu = studio.window.inspection.menu
    menu.entries["keypoints"].trigger()
    menu.entries["flow"].trigger()
    assert studio.session.controls.overlay == Overlay.KEYPOINTS | Overlay.FLOW
    assert menu.entries["flow"].isChecked()
    assert not menu.entries["masks"].isChecked()


def test_segments_are_not_drawn_with_a_pack_that_has_none(studio: Studio) -> None:
    start(studio, RUNNING)
    press(studio, Qt.Key.Key_S, shift=True)
    assert studio.session.controls.overlay is Overlay.NONE


def test_an_overlay_of_segments_ends_with_a_pack_that_has_none(studio: Studio) -> None:
    start(studio)
    studio.window.bridge.controls.update(overlay=Overlay.SEGMENTS | Overlay.FLOW)
    studio.session.current = RUNNING
    studio.window.bridge.poll_status()
    assert studio.session.controls.overlay is Overlay.FLOW
