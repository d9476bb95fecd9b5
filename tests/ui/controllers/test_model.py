"""Packs, engines and retries, in the window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QLabel

from puppet.config import EngineOptions
from puppet.domain import Aim, Pace, SinkKind, Step
from puppet.errors import CameraError, EngineError, PackError, SinkError
from tests.support.fake_session import RUNNING, FakeSession
from tests.support.learned_window import LEARNED, choose_pack, press, start, words
from tests.support.studio import Studio
from ui.dialogs import files

# Packs


def test_a_pack_without_segments_or_detector_shows_only_its_name(studio: Studio) -> None:
    start(studio, RUNNING)
    panel = studio.window.panel
    assert panel.packs.currentText() == "Face (recommended)"
    assert not panel.part_swap.isVisible()
    assert not panel.box.isVisible()
    assert not studio.window.inspection.menu.entries["segments"].isVisible()


def test_a_chosen_pack_replaces_the_session_when_it_is_open(studio: Studio) -> None:
    start(studio)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.session.opened_with[-1].pack == "parts"
    assert studio.session.calls[-1] == "stop"
    assert following.calls == ["take sinks", "start"]
    assert studio.window.panel.packs.currentText() == "Parts"
    assert studio.window.settings.pack == "parts"


def test_portraits_are_analysed_again_by_another_pack(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_2)
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    studio.until(lambda: following.shown == ["Bo"])
    assert studio.session.opened_with[-1].portrait == "Bo"
    press(studio, Qt.Key.Key_1)
    studio.until(lambda: following.shown[-1] == "Ada")
    assert "Ada" in following.prepared


def test_a_pack_that_fails_to_open_leaves_the_session_running_and_shows_the_reason(studio: Studio) -> None:
    start(studio)
    studio.session.refusal = PackError("pack parts: render.onnx is damaged")
    choose_pack(studio, "parts")
    studio.until(lambda: "render.onnx is damaged" in studio.notice())
    assert studio.window.panel.packs.currentText() == "Face (recommended)"
    assert studio.window.settings.pack == "face"
    assert "stop" not in studio.session.calls
    assert studio.window.preview.accessibleDescription() == ""


def test_a_pack_folder_can_be_opened(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    start(studio)
    monkeypatch.setattr(files, "ask_for_pack", lambda parent: "/packs/mine")
    box = studio.window.panel.packs
    box.activated.emit(box.count() - 1)
    studio.until(lambda: studio.window.settings.pack == "/packs/mine")
    assert box.currentText() == "Mine"


def test_a_message_of_the_old_session_closes_with_it(studio: Studio) -> None:
    start(studio, replace(LEARNED, message="No overlay of occlusion"))
    assert "occlusion" in studio.notice()
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    assert studio.notice() == ""


def test_an_error_of_a_session_that_is_being_replaced_is_not_shown(studio: Studio) -> None:
    told: list[Exception] = []
    studio.window.bridge.failed.connect(told.append)
    start(studio)
    following = choose_pack(studio, "parts")
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.poll_status()
    studio.until(lambda: studio.window.bridge.session is following)
    assert told == []


def test_an_error_is_shown_when_the_next_session_fails_to_open(studio: Studio) -> None:
    start(studio)
    studio.session.refusal = PackError("pack parts: render.onnx is damaged")
    choose_pack(studio, "parts")
    studio.session.failure = CameraError("the camera is gone")
    studio.until(lambda: "the camera is gone" in studio.window.preview.accessibleDescription())
    assert studio.window.preview.retry.isVisible()


def test_a_second_choice_is_refused_while_a_session_opens(studio: Studio) -> None:
    start(studio)
    choose_pack(studio, "parts")
    studio.window.model.choose_engine(EngineOptions("torch"))
    assert "still opening" in studio.notice()
    studio.until(lambda: not studio.window.bridge.is_opening)
    assert len(studio.session.opened_with) == 2


def test_a_recording_and_the_virtual_camera_go_on_with_another_pack(studio: Studio) -> None:
    start(studio)
    studio.window.recording.toggle_recording()
    studio.window.recording.toggle_virtual_camera()
    studio.until(lambda: len(studio.session.current.sinks) == 2)
    studio.window.bridge.poll_status()
    path = studio.session.recording
    following = choose_pack(studio, "parts")
    studio.until(lambda: studio.window.bridge.session is following)
    studio.window.bridge.poll_status()
    assert following.calls[:2] == ["take sinks", "start"]
    assert (following.recording, studio.session.calls[-1]) == (path, "stop")
    assert studio.window.actions_bar.buttons["record"].isChecked()
    assert studio.window.actions_bar.buttons["virtual camera"].isChecked()
    assert studio.notice() == ""
    studio.window.recording.toggle_recording()
    studio.until(lambda: path is not None and path.name in studio.notice())


def test_after_a_failure_the_recording_is_named_and_the_virtual_camera_opens_again(studio: Studio) -> None:
    start(studio)
    studio.window.recording.toggle_recording()
    studio.window.recording.toggle_virtual_camera()
    studio.until(lambda: len(studio.session.current.sinks) == 2)
    studio.window.bridge.poll_status()
    studio.session.failure = EngineError("the engine gave up")
    studio.until(lambda: "Recording saved" in studio.notice())
    studio.session.next = following = FakeSession()
    studio.window.try_again()
    studio.until(lambda: list(following.current.sinks) == [SinkKind.VIRTUAL_CAMERA])


def test_a_virtual_camera_that_fails_to_open_again_shows_the_reason(studio: Studio) -> None:
    start(studio)
    studio.window.recording.toggle_virtual_camera()
    studio.until(lambda: bool(studio.session.current.sinks))
    studio.window.bridge.poll_status()
    studio.session.failure = EngineError("the engine gave up")
    studio.until(studio.window.preview.retry.isVisible)
    studio.session.next = FakeSession()
    studio.session.next.sink_failure = SinkError("the device is busy")
    studio.window.try_again()
    studio.until(lambda: "device is busy" in studio.notice())


def test_closing_while_a_pack_opens_stops_both_sessions(studio: Studio) -> None:
    start(studio)
    studio.window.bridge.session_ending.connect(lambda: QTimer.singleShot(0, studio.window.close))
    following = choose_pack(studio, "parts")
    studio.until(lambda: not studio.window.isVisible())
    assert "stop" in studio.session.calls
    assert following.calls[-1:] in (["stop"], [])
    assert following.calls.count("start") <= following.calls.count("stop")


# Engines


def test_apply_opens_another_session_with_the_chosen_engine(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_E)
    dialog = studio.window.model.dialog
    assert str(RUNNING.engine) in words(dialog)
    dialog.lists["engine"].setCurrentIndex(dialog.lists["engine"].findData("torch"))
    dialog.lists["precision"].setCurrentIndex(dialog.lists["precision"].findData("int8"))
    assert len(studio.session.opened_with) == 1
    dialog.apply.click()
    assert not dialog.apply.isEnabled()
    studio.until(lambda: studio.window.settings.engine == "torch")
    assert studio.session.opened_with[-1].engine == EngineOptions("torch", "int8", "auto")
    assert dialog.apply.isEnabled()


def test_an_engine_that_fails_to_open_shows_the_reason_and_the_old_choice(studio: Studio) -> None:
    start(studio)
    studio.window.model.show_engine()
    dialog = studio.window.model.dialog
    studio.session.refusal = EngineError("PyTorch is not installed")
    dialog.lists["engine"].setCurrentIndex(dialog.lists["engine"].findData("torch"))
    dialog.apply.click()
    studio.until(lambda: "not installed" in studio.notice())
    assert dialog.choice() == EngineOptions()
    assert studio.window.settings.engine == "auto"


def test_routine_saving_is_in_the_tooltip_and_a_slow_machine_in_sight(studio: Studio) -> None:
    start(studio, replace(LEARNED, governor=Pace(Aim.HOLDING, 30.0, Step(track_every=2))))
    line = studio.window.status_bar
    assert "Slow" not in words(line)
    assert "tracking every 2 frames" in " ".join(label.toolTip() for label in line.findChildren(QLabel))
    assert "onnxruntime" in line.engine.accessibleName()
    assert line.engine.text() == "Advanced"
    studio.session.current = replace(studio.session.current, fps=16.0, camera_fps=30.0)
    studio.window.bridge.poll_status()
    assert "Slow: 16 of 30 fps" in words(line)


# Retry


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


def test_a_retry_that_fails_shows_the_new_error_and_can_be_repeated(broken_studio: Studio) -> None:
    broken_studio.session.failure = PackError("the pack is damaged")
    broken_studio.window.bridge.start()
    retry = broken_studio.window.preview.retry
    broken_studio.until(retry.isVisible)
    broken_studio.session.failure = PackError("the pack is still damaged")
    press(broken_studio, Qt.Key.Key_F5)
    broken_studio.until(lambda: "still damaged" in broken_studio.window.preview.accessibleDescription())
    assert retry.isVisible()


def test_f5_does_nothing_without_an_error(studio: Studio) -> None:
    start(studio)
    press(studio, Qt.Key.Key_F5)
    assert len(studio.session.opened_with) == 1
