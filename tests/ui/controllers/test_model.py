"""Packs, engines, overlays and another attempt, as a person meets them in the window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel

from puppet.config import EngineOptions
from puppet.domain import Overlay, SinkKind, StageTimes
from puppet.errors import CameraError, EngineError, PackError, SinkError
from tests.support.fake_session import RUNNING, FakeSession
from tests.support.learned_window import LEARNED, choose_pack, press, start, words
from tests.support.studio import Studio
from ui.dialogs import files

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

# Packs


def test_an_everyday_pack_shows_nothing_but_its_name(studio: Studio) -> None:
    start(studio, RUNNING)
    panel = studio.window.panel
    assert panel.packs.currentText() == "face"
    assert not panel.part_swap.isVisible()
    assert not panel.box.isVisible()
    assert not studio.window.inspection.menu.action("segments").isVisible()


def test_another_pack_takes_over_when_it_is_ready(studio: Studio) -> None:
    start(studio)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.session.opened_with[-1].pack == "parts"
    assert studio.session.calls[-1] == "stop"
    assert following.calls == ["start"]
    assert studio.window.panel.packs.currentText() == "parts (coseg)"
    assert studio.window.settings.pack == "parts"


def test_portraits_are_analysed_anew_by_another_pack(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_2)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    studio.until(lambda: following.shown == ["Bo"])
    assert studio.session.opened_with[-1].portrait == "Bo"
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
    monkeypatch.setattr(files, "ask_for_pack", lambda parent: "/packs/mine")
    box = studio.window.panel.packs
    box.activated.emit(box.count() - 1)
    studio.until(lambda: studio.window.settings.pack == "/packs/mine")
    assert box.currentText() == "mine"


def test_what_the_old_pack_had_to_say_goes_with_it(studio: Studio) -> None:
    start(studio, replace(LEARNED, message="No overlay of occlusion"))
    assert "occlusion" in studio.notice()
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.notice() == ""


def test_an_error_of_a_session_that_is_being_replaced_is_of_no_interest(studio: Studio) -> None:
    told: list[Exception] = []
    studio.window.bridge.failed.connect(told.append)
    start(studio)
    following = choose_pack(studio, "parts")
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.poll_status()
    studio.until(lambda: studio.window.bridge.session is following)
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
    studio.window.recording.toggle_recording()
    studio.window.recording.toggle_virtual_camera()
    studio.until(lambda: len(studio.session.current.sinks) == 2)
    studio.window.bridge.poll_status()
    following = choose_pack(studio, "parts")
    studio.until(lambda: "Recording saved" in studio.notice())
    studio.until(lambda: list(following.current.sinks) == [SinkKind.VIRTUAL_CAMERA])


def test_a_virtual_camera_that_does_not_come_back_is_told(studio: Studio) -> None:
    start(studio)
    studio.window.recording.toggle_virtual_camera()
    studio.until(lambda: bool(studio.session.current.sinks))
    studio.window.bridge.poll_status()
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
    assert str(RUNNING.engine) in words(dialog)
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
    line = studio.window.status_bar
    assert "tracking every 2nd" in " ".join(label.toolTip() for label in line.findChildren(QLabel))
    assert "onnxruntime" in line.engine.accessibleName()
    studio.session.current = LEARNED
    studio.window.bridge.poll_status()
    assert "tracking every 2nd" not in words(line)


def test_times_of_every_stage_are_shown_when_they_are_asked_for(studio: Studio) -> None:
    times = StageTimes(7.25, 9.5, 12.0)
    start(studio, replace(LEARNED, stages={"render": times}))
    studio.window.status_bar.latency.click()
    sheet = studio.window.inspection.timings_dialog
    assert sheet is not None
    assert sheet.isVisible()
    assert all(text in words(sheet) for text in ("Render", "7.2", "9.5", "12.0", "Camera to picture", "60.0"))
    studio.session.current = replace(LEARNED, stages={"render": StageTimes(3.0, 4.0, 5.5)})
    studio.window.bridge.poll_status()
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
    menu = studio.window.inspection.menu
    menu.action("keypoints").trigger()
    menu.action("flow").trigger()
    assert studio.session.controls.overlay == Overlay.KEYPOINTS | Overlay.FLOW
    assert menu.action("flow").isChecked()
    assert not menu.action("masks").isChecked()


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


# Another attempt


def test_a_session_that_failed_can_be_tried_again(studio: Studio) -> None:
    start(studio)
    studio.window.bridge.controls.update(mouth=0.3)
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.poll_status()
    retry = studio.window.preview.retry
    assert retry.isVisible()
    studio.session.next = FakeSession()
    retry.click()
    assert not retry.isVisible()
    studio.until(lambda: studio.window.bridge.session is studio.session.next)
    studio.window.bridge.poll_status()
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
