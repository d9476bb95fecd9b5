"""The box, drawn on the preview and passed to the session."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt

from puppet.domain import Framing
from puppet.geometry.crop import CropBox
from tests.support.fake_session import RUNNING
from tests.support.learned_window import choose_pack, press, start
from tests.support.studio import Studio


def test_a_box_is_dragged_on_the_mirrored_camera_picture(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    picker = studio.window.box.picker
    assert picker.isVisible()
    place = picker.picture_rect()
    scale = place.width() / 128
    corner = place.topLeft()
    begin, end = ((corner.x() + x * scale, corner.y() + y * scale) for x, y in ((2, 2), (32, 22)))
    left = Qt.MouseButton.LeftButton
    studio.qtbot.mousePress(picker, left, pos=QPoint(round(begin[0]), round(begin[1])))
    studio.qtbot.mouseMove(picker, QPoint(round(end[0]), round(end[1])))
    studio.qtbot.mouseRelease(picker, left, pos=QPoint(round(end[0]), round(end[1])))
    picker.use.click()
    assert not picker.isVisible()
    box = studio.session.box
    assert box is not None
    assert box.side == pytest.approx(30, abs=1)
    assert box.x + 0.5 == pytest.approx(128 - 2 - 15, abs=1)  # the camera's own picture is not mirrored
    assert box.y + 0.5 == pytest.approx(2 + 15, abs=1)


def test_a_box_can_be_placed_by_keys_alone(studio: Studio) -> None:
    start(studio)
    studio.window.panel.mirror.click()
    studio.render()
    press(studio, Qt.Key.Key_B)
    picker = studio.window.box.picker
    before = picker.box
    assert before is not None
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Plus, Qt.Key.Key_Return):
        studio.qtbot.keyClick(picker, key)
    box = studio.session.box
    assert isinstance(box, CropBox)
    assert box.x > before.left + before.side / 2
    assert box.side > before.side
    assert not picker.isVisible()


def test_escape_leaves_the_box_unchanged(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    press(studio, Qt.Key.Key_Escape)
    assert not studio.window.box.picker.isVisible()
    assert "choose box" not in studio.session.calls


def test_automatic_removes_the_box(studio: Studio) -> None:
    start(studio)
    studio.render()
    look = studio.window.panel.box
    look.draw.click()
    studio.window.box.picker.use.click()
    assert look.automatic.isVisible()
    look.automatic.click()
    assert studio.session.box is None
    assert studio.session.calls[-1] == "choose box"
    assert not look.automatic.isVisible()


def test_the_next_session_gets_the_same_box(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    studio.window.box.picker.use.click()
    following = choose_pack(studio, "parts")
    studio.until(lambda: following.box is not None)
    assert following.box == studio.session.box


def test_another_camera_removes_the_box(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    studio.window.box.picker.use.click()
    studio.window.camera.choose("film.mp4")
    assert not studio.window.panel.box.automatic.isVisible()


def test_no_box_is_drawn_for_packs_that_follow_landmarks(studio: Studio) -> None:
    start(studio, RUNNING)
    studio.render()
    press(studio, Qt.Key.Key_B)
    assert not studio.window.box.picker.isVisible()


def test_anything_opens_a_session_without_framing(studio: Studio) -> None:
    start(studio)
    studio.window.panel.box.framing.buttons[Framing.NONE].click()
    studio.until(lambda: not studio.window.bridge.is_opening)
    assert studio.session.opened_with[-1].framing is Framing.NONE
    assert studio.window.panel.box.framing.buttons[Framing.NONE].isChecked()
