"""Part swap panel, in the window."""

from __future__ import annotations

from PyQt6.QtCore import Qt

from puppet.domain import MaskFrom, Overlay, PartSwap
from tests.support.fake_session import RUNNING
from tests.support.learned_window import choose_pack, press, start
from tests.support.studio import Studio


def test_parts_are_chosen_by_number(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.part_swap
    assert panel.isVisible()
    assert [key.text() for key in panel.sources.own.keys] == ["1", "2", "3", "4", "5"]
    panel.mode.buttons[True].click()
    assert studio.session.controls.swap == PartSwap((1, 2, 3, 4, 5))
    for released in (0, 2, 4):
        panel.sources.own.keys[released].click()
    panel.hard.click()
    panel.source_mask.click()
    assert studio.session.controls.swap == PartSwap((2, 4), MaskFrom.SEGMENTS, hard=True, source_mask=True)
    panel.mode.buttons[False].click()
    assert studio.session.controls.swap is None


def test_chosen_segments_are_kept_while_the_portrait_is_animated(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.part_swap
    press(studio, Qt.Key.Key_P)
    panel.sources.own.keys[2].click()
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap == PartSwap((1, 2, 4, 5))


def test_the_last_part_cannot_be_released(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.part_swap
    press(studio, Qt.Key.Key_P)
    for key in panel.sources.own.keys:
        key.click()
    assert studio.session.controls.swap == PartSwap((5,))
    assert panel.sources.own.keys[4].isChecked()


def test_an_outline_of_the_face_needs_no_numbers(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.part_swap
    press(studio, Qt.Key.Key_P)
    row = panel.part.findData(MaskFrom.LIPS.value)
    panel.part.setCurrentIndex(row)
    panel.part.activated.emit(row)
    assert studio.session.controls.swap == PartSwap((1, 2, 3, 4, 5), MaskFrom.LIPS)
    assert not panel.sources.own.keys[0].isVisible()


def test_numbers_on_the_picture_are_the_segments_overlay(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    studio.window.panel.part_swap.show_numbers.click()
    assert studio.session.controls.overlay is Overlay.SEGMENTS
    assert studio.window.inspection.menu.entries["segments"].isChecked()
    press(studio, Qt.Key.Key_S, shift=True)
    assert not studio.window.panel.part_swap.show_numbers.isChecked()


def test_sliders_do_not_undo_a_swap(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    press(studio, Qt.Key.Key_K, shift=True)
    studio.window.panel.sliders["mouth"].slider.setValue(50)
    assert studio.session.controls.swap is not None
    assert studio.session.controls.overlay is Overlay.KEYPOINTS
    assert studio.session.controls.mouth == 0.5


def test_a_swap_ends_with_its_pack(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    press(studio, Qt.Key.Key_S, shift=True)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.session.opened_with[-1].controls.swap is None
    assert following.controls.swap is None
    assert following.controls.overlay is Overlay.NONE
    assert studio.window.panel.part_swap.mode.buttons[False].isChecked()


def test_p_does_nothing_without_parts(studio: Studio) -> None:
    start(studio, RUNNING)
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None
