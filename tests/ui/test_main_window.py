"""The main window: keys, panel, full screen and errors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QLabel, QWidget

from puppet.domain import Following, Lids, Motion, Output, Parts
from puppet.errors import CameraError, PackError, PuppetError
from tests.support.fake_session import RUNNING
from tests.support.learned_window import LEARNED, press, start
from tests.support.studio import Studio
from ui.commands import COMMANDS


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


# Start and end


def test_pictures_and_status_are_polled_from_the_session(studio: Studio) -> None:
    studio.start()
    studio.window.bridge.poll_status()
    assert studio.window.preview.has_picture
    assert "30 fps" in texts(studio.window.status_bar)


def test_closing_stops_the_session_and_the_workers(studio: Studio) -> None:
    studio.start()
    bridge = studio.window.bridge
    studio.window.close()
    assert studio.session.calls[-1] == "stop"
    assert bridge.session is None
    assert bridge.engine_worker.close(0)


def test_closing_while_recording_asks_and_names_the_file(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    studio.start()
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: studio.window.recording.path is not None)
    path = studio.session.recording
    assert path is not None
    studio.window.close()
    question = studio.window.quit_question
    assert question is not None
    assert path.name in question.informativeText()
    assert studio.window.isVisible()
    studio.qtbot.keyClick(question, Qt.Key.Key_H)
    assert studio.session.controls.idle
    studio.qtbot.keyClick(question, Qt.Key.Key_Return)
    assert studio.window.isVisible()
    assert "stop" not in studio.session.calls
    studio.window.close()
    again = studio.window.quit_question
    assert again is not None
    next(button for button in again.buttons() if button.text() == "Finish it and quit").click()
    assert not studio.window.isVisible()
    assert studio.session.calls[-1] == "stop"
    assert str(path) in caplog.text


# Keys


def test_c_calibrates(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_C)
    assert studio.session.calls[-1] == "calibrate"


def test_m_mirrors(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_M)
    assert studio.session.controls.mirror is False
    assert not studio.window.panel.mirror.isChecked()


def test_f_shows_only_the_preview_on_the_whole_screen_and_escape_leaves(studio: Studio) -> None:
    press(studio, Qt.Key.Key_F)
    assert studio.window.isFullScreen()
    assert not studio.window.panel.isVisible()
    press(studio, Qt.Key.Key_Escape)
    assert not studio.window.isFullScreen()
    assert studio.window.panel.isVisible()


def test_the_shortcuts_dialog_lists_every_key(studio: Studio) -> None:
    press(studio, Qt.Key.Key_F1)
    sheet = studio.window.shortcuts_dialog
    assert sheet.isVisible()
    listed = texts(sheet)
    assert all(command.text in listed for command in COMMANDS)
    assert all(sheet.keys[command.name].text() == (" or ".join(command.keys) or "–") for command in COMMANDS)
    assert "Double-click" in listed
    press(studio, Qt.Key.Key_F1)
    assert not sheet.isVisible()


def test_keys_work_while_a_dialog_is_in_front(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_T)
    timings = studio.window.inspection.timings_dialog
    assert timings.isVisible()
    studio.qtbot.keyClick(timings, Qt.Key.Key_C)
    assert studio.session.calls[-1] == "calibrate"
    studio.qtbot.keyClick(timings, Qt.Key.Key_T)
    assert not timings.isVisible()


# Panel


def test_the_mouse_wheel_never_changes_a_slider(studio: Studio) -> None:
    slider = studio.window.panel.sliders["mouth"].slider
    point = QPointF(slider.rect().center())
    down, none = QPoint(0, -120), Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        point, slider.mapToGlobal(point), down, down, Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(slider, wheel)
    assert slider.value() == 100
    assert not wheel.isAccepted()


def test_more_sliders_are_shown_on_demand_and_for_packs_of_landmarks(studio: Studio) -> None:
    start(studio, RUNNING)
    panel = studio.window.panel
    assert not panel.sliders["gaze"].isVisible()
    panel.more.click()
    assert panel.sliders["gaze"].isVisible()
    panel.parts.buttons[Parts.HEAD].click()
    panel.lids.buttons[Lids.WINK].click()
    assert studio.session.controls.parts is Parts.HEAD
    assert studio.session.controls.lids is Lids.WINK
    studio.session.current = LEARNED
    studio.window.bridge.poll_status()
    assert not panel.parts.isVisible()
    assert not panel.sliders["gaze"].isVisible()


@pytest.mark.parametrize("name", ["strength", "mouth", "eyes", "turn", "gaze", "left_lid", "smoothing"])
def test_a_slider_changes_its_control_and_is_remembered(studio: Studio, name: str) -> None:
    studio.start()
    studio.window.panel.sliders[name].slider.setValue(35)
    assert getattr(studio.session.controls, name) == 0.35
    assert getattr(studio.window.settings.controls, name) == 0.35


def test_a_double_click_restores_a_slider(studio: Studio) -> None:
    slider = studio.window.panel.sliders["mouth"].slider
    slider.setValue(10)
    studio.qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert slider.value() == 100


def test_motion_and_output_are_chosen_by_buttons(studio: Studio) -> None:
    studio.start()
    studio.window.panel.motion.buttons[Motion.ABSOLUTE].click()
    studio.window.panel.output.buttons[Output.FULL].click()
    assert studio.session.controls.motion is Motion.ABSOLUTE
    assert studio.session.controls.output is Output.FULL


def test_controls_changed_before_the_session_is_open_are_its_first(studio: Studio) -> None:
    studio.window.panel.sliders["eyes"].slider.setValue(150)
    studio.start()
    assert studio.session.controls.eyes == 1.5


def test_the_theme_is_remembered(studio: Studio) -> None:
    with studio.qtbot.waitSignal(studio.window.panel.theme.chosen) as chosen:
        studio.window.panel.theme.buttons["dark"].click()
    assert chosen.args == ["dark"]
    assert studio.window.settings.theme == "dark"


# Messages


def test_a_message_of_the_session_is_shown_once(studio: Studio) -> None:
    studio.start()
    studio.session.current = replace(RUNNING, message="The recording stopped: the disk is full")
    studio.window.bridge.poll_status()
    assert "disk is full" in studio.notice()
    studio.window.notices.dismiss()
    studio.window.bridge.poll_status()
    assert studio.notice() == ""


def test_a_damaged_pack_is_shown_on_the_preview(broken_studio: Studio) -> None:
    broken_studio.session.failure = PackError("pack face: checksum differs")
    broken_studio.window.bridge.start()
    broken_studio.until(lambda: "checksum differs" in broken_studio.window.preview.accessibleDescription())
    assert "cannot be used" in broken_studio.window.preview.accessibleDescription()


def test_an_error_that_ends_the_session_is_emitted_once(studio: Studio) -> None:
    told: list[PuppetError] = []
    studio.window.bridge.failed.connect(told.append)
    studio.start()
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.poll_status()
    studio.window.bridge.poll_status()
    assert told == [studio.session.failure]
    assert "the camera is gone" in studio.window.preview.accessibleDescription()


def test_no_face_is_shown_above_the_picture(studio: Studio) -> None:
    studio.start()
    studio.render()
    studio.session.current = replace(RUNNING, following=Following.SEARCHING)
    studio.window.bridge.poll_status()
    assert "No face found" in studio.window.preview.accessibleDescription()


def test_in_a_narrow_window_buttons_show_icons_and_keep_their_names(studio: Studio) -> None:
    bar = studio.window.actions_bar
    button = bar.buttons["virtual camera"]
    studio.window.resize(1300, 600)
    assert button.text().strip() == "Virtual camera"
    studio.window.resize(760, 600)
    assert button.text() == ""
    assert button.accessibleName() == "Virtual camera"
    bar.show_sinks(True, "00:12", False)
    assert bar.buttons["record"].text().strip() == "00:12"
