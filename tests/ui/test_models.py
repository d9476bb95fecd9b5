"""Packs, engines, part swap, overlays, squares and another attempt, as a person meets them in the window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QLabel, QWidget

from puppet.config import EngineOptions
from puppet.crop import CropBox
from puppet.domain import Framing, MaskFrom, Overlay, PartSwap, StageTimes, Status
from puppet.errors import CameraError, EngineError, PackError, SinkError
from tests.ui.fake_session import RUNNING, FakeSession
from tests.ui.studio import Studio
from ui import dialogs

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LEARNED = replace(RUNNING, segments=5, detects=True)


def press(studio: Studio, key: Qt.Key, *, shift: bool = False) -> None:
    none, with_shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    studio.qtbot.keyClick(studio.window, key, with_shift if shift else none)


def words(widget: QWidget) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel))


def start(studio: Studio, status: Status = LEARNED) -> None:
    """Open the session with a pack that can do everything."""
    studio.start()
    studio.session.current = status
    studio.window.bridge.pull_status()


def choose_pack(studio: Studio, name: str) -> FakeSession:
    """Choose another pack from the list; what is opened with it is another session."""
    studio.session.next = FakeSession()
    box = studio.window.panel.packs
    studio.until(lambda: box.findData(name) >= 0)
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())
    return studio.session.next


# Packs


def test_an_everyday_pack_shows_nothing_but_its_name(studio: Studio) -> None:
    start(studio, RUNNING)
    panel = studio.window.panel
    assert panel.packs.currentText() == "face"
    assert not panel.parts.isVisible()
    assert not panel.look.isVisible()
    assert not studio.window.model_view.menu.action("segments").isVisible()


def test_another_pack_takes_over_when_it_is_ready(studio: Studio) -> None:
    start(studio)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)  # type: ignore[comparison-overlap]
    assert studio.session.opened_with[-1].pack == "parts"
    assert studio.session.calls[-1] == "stop"
    assert following.calls == ["start"]
    assert studio.window.panel.packs.currentText() == "parts (coseg)"
    assert studio.window.settings.pack == "parts"


def test_portraits_are_analysed_anew_by_another_pack(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_2)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)  # type: ignore[comparison-overlap]
    studio.until(lambda: following.shown == ["Bo"])
    assert studio.session.opened_with[-1].avatar == "Bo"
    press(studio, Qt.Key.Key_1)
    studio.until(lambda: following.shown[-1] == "Ada")
    assert "Ada" in following.prepared


def test_a_refused_pack_leaves_what_there_is_and_says_why_in_one_line(studio: Studio) -> None:
    start(studio)
    studio.session.refusal = PackError("pack parts: render.onnx is damaged")
    choose_pack(studio, "parts")
    studio.until(lambda: "render.onnx is damaged" in studio.notice())
    assert studio.window.panel.packs.currentText() == "face"
    assert studio.window.panel.packs.isEnabled()
    assert studio.window.settings.pack == "face"
    assert "stop" not in studio.session.calls
    assert studio.window.preview.accessibleDescription() == ""


def test_a_pack_folder_can_be_opened(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    start(studio)
    monkeypatch.setattr(dialogs, "ask_for_pack", lambda parent: "/packs/mine")
    box = studio.window.panel.packs
    box.activated.emit(box.count() - 1)
    studio.until(lambda: studio.window.settings.pack == "/packs/mine")
    assert box.currentText() == "mine"


def test_what_the_old_pack_had_to_say_goes_with_it(studio: Studio) -> None:
    start(studio, replace(LEARNED, message="No overlay of occlusion"))
    assert "occlusion" in studio.notice()
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)  # type: ignore[comparison-overlap]
    assert studio.notice() == ""


def test_an_error_of_a_session_that_is_being_replaced_is_of_no_interest(studio: Studio) -> None:
    told: list[Exception] = []
    studio.window.bridge.failed.connect(told.append)
    start(studio)
    following = choose_pack(studio, "parts")
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.pull_status()
    studio.until(lambda: studio.window.bridge.session is following)  # type: ignore[comparison-overlap]
    assert told == []


def test_an_error_comes_out_when_the_next_session_is_refused(studio: Studio) -> None:
    start(studio)
    studio.session.refusal = PackError("pack parts: render.onnx is damaged")
    choose_pack(studio, "parts")
    studio.session.failure = CameraError("the camera is gone")
    studio.until(lambda: "the camera is gone" in studio.window.preview.accessibleDescription())
    assert studio.window.preview.retry.isVisible()


def test_one_choice_at_a_time(studio: Studio) -> None:
    start(studio)
    choose_pack(studio, "parts")
    studio.window.model.choose_engine(EngineOptions("torch"))
    assert "still opening" in studio.notice()
    studio.until(lambda: not studio.window.bridge.is_opening)
    assert len(studio.session.opened_with) == 2


def test_a_recording_is_finished_and_the_virtual_camera_comes_back(studio: Studio) -> None:
    start(studio)
    studio.window.outputs.toggle_recording()
    studio.window.outputs.toggle_virtual_camera()
    studio.until(lambda: len(studio.session.current.sinks) == 2)
    studio.window.bridge.pull_status()
    following = choose_pack(studio, "parts")
    studio.until(lambda: "Recording saved" in studio.notice())
    studio.until(lambda: following.current.sinks == ("virtual camera (fake)",))


def test_a_virtual_camera_that_does_not_come_back_is_told(studio: Studio) -> None:
    start(studio)
    studio.window.outputs.toggle_virtual_camera()
    studio.until(lambda: studio.session.current.sinks != ())
    studio.window.bridge.pull_status()
    following = choose_pack(studio, "parts")
    following.sink_failure = SinkError("the device is busy")
    studio.until(lambda: "device is busy" in studio.notice())


def test_closing_while_a_pack_takes_over_stops_both_sessions(studio: Studio) -> None:
    start(studio)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is None)
    studio.window.close()
    assert "stop" in studio.session.calls
    assert following.calls[-1:] in (["stop"], [])
    assert following.calls.count("start") <= following.calls.count("stop")


# Engines


def test_an_engine_is_applied_by_opening_the_session_anew(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_E)
    dialog = studio.window.model.dialog
    assert dialog is not None
    studio.until(lambda: dialog.engine.findData("torch") >= 0)
    assert RUNNING.engine in words(dialog)
    dialog.engine.setCurrentIndex(dialog.engine.findData("torch"))
    dialog.precision.setCurrentIndex(dialog.precision.findData("int8"))
    assert len(studio.session.opened_with) == 1
    dialog.apply.click()
    assert not dialog.apply.isEnabled()
    studio.until(lambda: studio.window.settings.engine == "torch")
    assert studio.session.opened_with[-1].engine == EngineOptions("torch", "int8", "auto")
    assert dialog.apply.isEnabled()


def test_an_engine_that_is_not_there_is_told_and_the_old_one_shown_again(studio: Studio) -> None:
    start(studio)
    studio.window.model.show_engine(studio.window)
    dialog = studio.window.model.dialog
    assert dialog is not None
    studio.until(lambda: dialog.engine.findData("torch") >= 0)
    studio.session.refusal = EngineError("PyTorch is not installed")
    dialog.engine.setCurrentIndex(dialog.engine.findData("torch"))
    dialog.apply.click()
    studio.until(lambda: "not installed" in studio.notice())
    assert dialog.choice() == EngineOptions()
    assert studio.window.settings.engine == "auto"


def test_what_the_governor_gave_up_stands_beside_the_engine(studio: Studio) -> None:
    start(studio, replace(LEARNED, governor="tracking every 2nd frame"))
    line = studio.window.status_line
    assert "tracking every 2nd" in " ".join(label.toolTip() for label in line.findChildren(QLabel))
    assert "onnxruntime" in line.engine.accessibleName()
    studio.session.current = LEARNED
    studio.window.bridge.pull_status()
    assert "tracking every 2nd" not in words(line)


def test_times_of_every_stage_are_shown_when_they_are_asked_for(studio: Studio) -> None:
    times = StageTimes(7.25, 9.5, 12.0)
    start(studio, replace(LEARNED, stages={"render": times}))
    studio.window.status_line.latency.click()
    sheet = studio.window.model_view.timing
    assert sheet is not None
    assert sheet.isVisible()
    assert all(text in words(sheet) for text in ("Render", "7.2", "9.5", "12.0", "Camera to picture", "60.0"))
    studio.session.current = replace(LEARNED, stages={"render": StageTimes(3.0, 4.0, 5.5)})
    studio.window.bridge.pull_status()
    assert "5.5" in words(sheet)


# Overlays


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


def test_the_menu_checks_what_is_drawn_and_overlays_add_up(studio: Studio) -> None:
    start(studio)
    menu = studio.window.model_view.menu
    menu.action("keypoints").trigger()
    menu.action("flow").trigger()
    assert studio.session.controls.overlay == Overlay.KEYPOINTS | Overlay.FLOW
    assert menu.action("flow").isChecked()
    assert not menu.action("masks").isChecked()


def test_segments_are_not_drawn_with_a_pack_that_has_none(studio: Studio) -> None:
    start(studio, RUNNING)
    press(studio, Qt.Key.Key_S, shift=True)
    assert studio.session.controls.overlay is Overlay.NONE


# Part swap


def test_parts_are_chosen_by_number(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.parts
    assert panel.isVisible()
    assert [button.text() for button in panel.numbers] == ["1", "2", "3", "4", "5"]
    panel.mode.button("parts").click()
    panel.numbers[1].click()
    panel.numbers[3].click()
    panel.hard.click()
    panel.source_mask.click()
    assert studio.session.controls.swap == PartSwap((2, 4), MaskFrom.SEGMENTS, hard=True, source_mask=True)
    panel.mode.button("animation").click()
    assert studio.session.controls.swap is None


def test_a_choice_of_parts_outlives_a_look_at_the_animation(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.parts
    press(studio, Qt.Key.Key_P)
    panel.numbers[2].click()
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap == PartSwap((3,))


def test_a_part_of_the_face_needs_no_numbers(studio: Studio) -> None:
    start(studio)
    panel = studio.window.panel.parts
    press(studio, Qt.Key.Key_P)
    row = panel.outline.findData(MaskFrom.LIPS.value)
    panel.outline.setCurrentIndex(row)
    panel.outline.activated.emit(row)
    assert studio.session.controls.swap == PartSwap(mask=MaskFrom.LIPS)
    assert not panel.numbers[0].isVisible()


def test_numbers_on_the_picture_are_the_segments_overlay(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    studio.window.panel.parts.show_numbers.click()
    assert studio.session.controls.overlay is Overlay.SEGMENTS
    assert studio.window.model_view.menu.action("segments").isChecked()
    press(studio, Qt.Key.Key_S, shift=True)
    assert not studio.window.panel.parts.show_numbers.isChecked()


def test_sliders_do_not_undo_a_swap(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    press(studio, Qt.Key.Key_K, shift=True)
    studio.window.panel.mouth.slider.setValue(50)
    assert studio.session.controls.swap is not None
    assert studio.session.controls.overlay is Overlay.KEYPOINTS
    assert studio.session.controls.mouth == 0.5


def test_a_swap_ends_with_its_pack(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_P)
    press(studio, Qt.Key.Key_S, shift=True)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)  # type: ignore[comparison-overlap]
    assert studio.session.opened_with[-1].controls.swap is None
    assert following.controls.swap is None
    assert following.controls.overlay is Overlay.NONE
    assert studio.window.panel.parts.mode.choice() == "animation"


def test_p_does_nothing_without_parts(studio: Studio) -> None:
    start(studio, RUNNING)
    press(studio, Qt.Key.Key_P)
    assert studio.session.controls.swap is None


# The square


def test_a_square_is_dragged_on_the_mirrored_camera_picture(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    picker = studio.window.model_view.look.picker
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


def test_a_square_can_be_placed_by_keys_alone(studio: Studio) -> None:
    start(studio)
    studio.window.panel.mirror.click()
    studio.render()
    press(studio, Qt.Key.Key_B)
    picker = studio.window.model_view.look.picker
    before = picker.box()
    assert before is not None
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Plus, Qt.Key.Key_Return):
        studio.qtbot.keyClick(picker, key)
    box = studio.session.box
    assert isinstance(box, CropBox)
    assert box.x > before.left + before.side / 2
    assert box.side > before.side
    assert not picker.isVisible()


def test_escape_leaves_the_square_as_it_was(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    press(studio, Qt.Key.Key_Escape)
    assert not studio.window.model_view.look.picker.isVisible()
    assert "choose box" not in studio.session.calls


def test_automatic_gives_the_square_up(studio: Studio) -> None:
    start(studio)
    studio.render()
    look = studio.window.panel.look
    look.draw.click()
    studio.window.model_view.look.picker.use.click()
    assert look.automatic.isVisible()
    look.automatic.click()
    assert studio.session.box is None
    assert studio.session.calls[-1] == "choose box"
    assert not look.automatic.isVisible()


def test_the_next_session_looks_at_the_same_square(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    studio.window.model_view.look.picker.use.click()
    following = choose_pack(studio, "parts")
    studio.until(lambda: following.box is not None)
    assert following.box == studio.session.box


def test_another_camera_needs_another_square(studio: Studio) -> None:
    start(studio)
    studio.render()
    press(studio, Qt.Key.Key_B)
    studio.window.model_view.look.picker.use.click()
    studio.window.choose_camera("film.mp4")
    assert not studio.window.panel.look.automatic.isVisible()


def test_a_square_is_not_drawn_for_packs_that_follow_landmarks(studio: Studio) -> None:
    start(studio, RUNNING)
    studio.render()
    press(studio, Qt.Key.Key_B)
    assert not studio.window.model_view.look.picker.isVisible()


def test_anything_is_followed_without_looking_for_faces(studio: Studio) -> None:
    start(studio)
    studio.window.panel.look.framing.button(Framing.NONE.value).click()
    studio.until(lambda: not studio.window.bridge.is_opening)
    assert studio.session.opened_with[-1].framing is Framing.NONE
    assert studio.window.panel.look.framing.choice() == Framing.NONE.value


# Another attempt


def test_a_session_that_failed_can_be_tried_again(studio: Studio) -> None:
    start(studio)
    studio.window.set_controls(replace(studio.window.bridge.controls, mouth=0.3))
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.pull_status()
    retry = studio.window.preview.retry
    assert retry.isVisible()
    studio.session.next = FakeSession()
    retry.click()
    assert not retry.isVisible()
    studio.until(lambda: studio.window.bridge.session is studio.session.next)  # type: ignore[comparison-overlap]
    studio.window.bridge.pull_status()
    assert studio.session.next.controls.mouth == 0.3
    assert studio.session.calls[-1] == "stop"
    assert "gone" not in studio.window.preview.accessibleDescription()


def test_an_attempt_that_fails_again_says_so_and_offers_another(broken_studio: Studio) -> None:
    broken_studio.session.failure = PackError("the pack is damaged")
    broken_studio.window.bridge.start()
    retry = broken_studio.window.preview.retry
    broken_studio.until(retry.isVisible)
    broken_studio.session.failure = PackError("the pack is still damaged")
    press(broken_studio, Qt.Key.Key_F5)
    broken_studio.until(lambda: "still damaged" in broken_studio.window.preview.accessibleDescription())
    assert retry.isVisible()


def test_f5_does_nothing_while_all_is_well(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_F5)
    assert len(studio.session.opened_with) == 1
