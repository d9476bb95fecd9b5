"""The window as a person uses it: keys, mouse, files dropped on it, and what it says back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent
from PyQt6.QtWidgets import QLabel, QWidget

from puppet.cameras.discovery import CameraInfo
from puppet.domain import Following, Motion, Output
from puppet.errors import CameraError, PackError, PuppetError, SinkError
from tests.support.fake_session import RUNNING
from tests.support.studio import Studio, save_picture
from ui.commands import COMMANDS
from ui.widgets.gallery_strip import GalleryStrip
from ui.widgets.preview import Preview

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # offscreen and dialogs


def press(studio: Studio, key: Qt.Key) -> None:
    studio.qtbot.keyClick(studio.window, key)


def drop(target: Preview | GalleryStrip, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    target.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def names(studio: Studio) -> list[str]:
    return [tile.text() for tile in studio.window.strip.tiles()]


# Start and end


def test_the_first_portrait_is_shown_and_all_are_analysed_ahead(studio: Studio) -> None:
    studio.start()
    assert studio.session.shown[-1] == "Ada"
    assert sorted(studio.session.prepared) == ["Ada", "Bo", "Cy"]
    assert studio.window.strip.tiles()[0].isChecked()


def test_the_portrait_that_the_session_was_opened_with_is_not_analysed_again(studio: Studio) -> None:
    session = studio.session
    session.opened_portrait = session.prepare(np.zeros((64, 64, 3), np.uint8), "Ada")
    session.prepared.clear()
    session.current = replace(RUNNING, portrait="Ada")
    studio.window.bridge.start()
    studio.until(lambda: studio.window.bridge.session is not None)
    studio.render()
    studio.until(lambda: len(session.prepared) == 2)
    studio.window.strip.tiles()[1].click()
    studio.until(lambda: session.shown == ["Bo"])
    studio.window.strip.tiles()[0].click()
    studio.until(lambda: session.shown == ["Bo", "Ada"])
    assert sorted(session.prepared) == ["Bo", "Cy"]


def test_pictures_and_status_are_pulled_from_the_session(studio: Studio) -> None:
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


# Keys


def test_number_keys_switch_portraits_without_analysing_again(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.session.shown[-1] == "Cy")
    press(studio, Qt.Key.Key_2)
    studio.until(lambda: studio.session.shown[-1] == "Bo")
    assert len(studio.session.prepared) == 3
    assert studio.window.settings.portrait == "Bo"


def test_a_number_without_a_portrait_does_nothing(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_9)
    assert studio.session.shown[-1] == "Ada"


def test_c_calibrates(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_C)
    assert studio.session.calls[-1] == "calibrate"


def test_m_mirrors(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_M)
    assert studio.session.controls.mirror is False
    assert not studio.window.panel.mirror.isChecked()


def test_f_fills_the_screen_with_the_stage_and_escape_leaves(studio: Studio) -> None:
    press(studio, Qt.Key.Key_F)
    assert studio.window.isFullScreen()
    assert not studio.window.panel.isVisible()
    press(studio, Qt.Key.Key_Escape)
    assert not studio.window.isFullScreen()
    assert studio.window.panel.isVisible()


def test_the_sheet_lists_every_key(studio: Studio) -> None:
    press(studio, Qt.Key.Key_F1)
    sheet = studio.window.shortcuts_dialog
    assert sheet is not None
    assert sheet.isVisible()
    listed = texts(sheet)
    assert all(" or ".join(command.keys) in listed for command in COMMANDS)
    assert "1 – 9" in listed


def test_r_records_into_the_video_folder_and_r_again_says_where(studio: Studio, home: Path) -> None:
    studio.start()
    press(studio, Qt.Key.Key_R)
    studio.until(studio.window.actions_bar.button("record").isChecked)
    path = studio.session.recording
    assert path is not None
    assert home in path.parents
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: path.name in studio.notice())
    assert not studio.window.actions_bar.button("record").isChecked()


def test_s_saves_what_is_on_the_stage_and_never_over_anything(studio: Studio, home: Path) -> None:
    press(studio, Qt.Key.Key_S)
    assert "No picture yet" in studio.notice()
    studio.start()
    press(studio, Qt.Key.Key_S)
    studio.until(lambda: len(list(home.rglob("puppet-*.png"))) == 1)
    press(studio, Qt.Key.Key_S)
    studio.until(lambda: len(list(home.rglob("puppet-*.png"))) == 2)
    studio.until(lambda: "Snapshot saved" in studio.notice())


def test_v_without_a_driver_says_what_to_install(studio: Studio) -> None:
    studio.start()
    studio.session.sink_failure = SinkError("no virtual camera: install v4l2loopback")
    press(studio, Qt.Key.Key_V)
    studio.until(lambda: "install v4l2loopback" in studio.notice())
    assert not studio.window.actions_bar.button("virtual camera").isChecked()


def test_v_opens_and_closes_the_virtual_camera(studio: Studio) -> None:
    studio.start()
    button = studio.window.actions_bar.button("virtual camera")
    press(studio, Qt.Key.Key_V)
    studio.until(button.isChecked)
    press(studio, Qt.Key.Key_V)
    studio.until(lambda: not button.isChecked())


def test_outputs_wait_for_the_session(studio: Studio) -> None:
    press(studio, Qt.Key.Key_R)
    assert "still getting ready" in studio.notice()
    assert not studio.window.actions_bar.button("record").isChecked()


# Panel


@pytest.mark.parametrize("name", ["strength", "mouth", "eyes", "smoothing"])
def test_a_slider_changes_its_control_and_is_remembered(studio: Studio, name: str) -> None:
    studio.start()
    studio.window.panel.sliders[name].slider.setValue(35)
    assert getattr(studio.session.controls, name) == 0.35
    assert getattr(studio.window.settings.controls, name) == 0.35


def test_a_double_click_puts_a_slider_back(studio: Studio) -> None:
    slider = studio.window.panel.sliders["mouth"].slider
    slider.setValue(10)
    studio.qtbot.mouseDClick(slider, Qt.MouseButton.LeftButton)
    assert slider.value() == 100


def test_motion_and_output_are_chosen_by_buttons(studio: Studio) -> None:
    studio.start()
    studio.window.panel.motion.button("absolute").click()
    studio.window.panel.output.button("full").click()
    assert studio.session.controls.motion is Motion.ABSOLUTE
    assert studio.session.controls.output is Output.FULL


def test_controls_changed_before_the_session_is_there_are_its_first(studio: Studio) -> None:
    studio.window.panel.sliders["eyes"].slider.setValue(150)
    studio.start()
    assert studio.session.controls.eyes == 1.5


def test_the_theme_is_remembered(studio: Studio) -> None:
    with studio.qtbot.waitSignal(studio.window.theme_chosen) as chosen:
        studio.window.panel.theme.button("dark").click()
    assert chosen.args == ["dark"]
    assert studio.window.settings.theme == "dark"


# Camera


def test_without_a_camera_the_panel_says_that_the_clip_plays(studio: Studio) -> None:
    studio.start()
    studio.until(lambda: "bundled clip plays" in studio.window.panel.camera_hint.text())


def test_the_camera_list_is_brought_up_to_date_when_it_is_opened(studio: Studio) -> None:
    studio.start()
    box = studio.window.panel.camera
    studio.cameras.append(CameraInfo(0, "Studio Cam", None))
    box.showPopup()
    studio.until(lambda: box.findText("Studio Cam") >= 0)
    box.hidePopup()
    box.setCurrentIndex(box.findText("Studio Cam"))
    box.activated.emit(box.currentIndex())
    assert studio.session.camera is not None
    studio.session.camera()
    assert studio.session.calls[-1] == "open camera Studio Cam"
    assert studio.window.settings.camera == "Studio Cam"
    assert studio.window.panel.camera_hint.text() == ""


def test_a_camera_chosen_while_the_session_is_made_is_used(studio: Studio) -> None:
    studio.window.panel.camera.set_choice("film.mp4")
    studio.window.camera.choose("film.mp4")
    studio.start()
    assert studio.session.camera is not None
    studio.session.camera()
    assert studio.session.calls[-1] == "open camera film.mp4"


def test_a_message_of_the_session_is_shown_once(studio: Studio) -> None:
    studio.start()
    studio.session.current = replace(RUNNING, message="The recording stopped: the disk is full")
    studio.window.bridge.poll_status()
    assert "disk is full" in studio.notice()
    studio.window.notices.dismiss()
    studio.window.bridge.poll_status()
    assert studio.notice() == ""


# Pictures


@pytest.mark.parametrize("where", ["preview", "strip"])
def test_a_dropped_picture_joins_the_gallery_and_is_shown(studio: Studio, tmp_path: Path, where: str) -> None:
    studio.start()
    drop(getattr(studio.window, where), [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: studio.session.shown[-1] == "Me")
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]
    assert studio.window.settings.portrait == "Me"


def test_a_picture_without_a_face_is_refused_in_one_line(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    studio.session.faces = 0
    drop(studio.window.preview, [save_picture(tmp_path / "Wall.png")])
    studio.until(lambda: "no face" in studio.notice())
    assert names(studio) == ["Ada", "Bo", "Cy"]
    assert studio.session.shown[-1] == "Ada"


def test_a_file_that_is_no_picture_is_refused_in_one_line(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    text = tmp_path / "notes.jpg"
    text.write_text("not a picture")
    drop(studio.window.preview, [text])
    studio.until(lambda: "holds text, not a picture" in studio.notice())


def test_from_a_group_the_largest_face_is_taken_and_it_is_said(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    studio.session.faces = 4
    drop(studio.window.preview, [save_picture(tmp_path / "Band.png")])
    studio.until(lambda: "shows 4 faces; the largest is used" in studio.notice())


def test_a_removed_picture_can_be_put_back(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.preview, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    studio.qtbot.keyClick(studio.window.strip.tiles()[3], Qt.Key.Key_Delete)
    assert names(studio) == ["Ada", "Bo", "Cy"]
    assert studio.session.shown[-1] == "Ada"
    studio.window.notices.action.click()
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]
    assert len(studio.gallery.portraits()) == 4


def test_a_removed_picture_is_deleted_when_the_notice_goes(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.preview, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    studio.window.strip.tiles()[3].remove_wanted.emit()
    studio.window.notices.dismiss()
    assert [item.name for item in studio.gallery.portraits()] == ["Ada", "Bo", "Cy"]


def test_a_removed_picture_that_is_added_again_stays(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    picture = save_picture(tmp_path / "Me.png")
    drop(studio.window.preview, [picture])
    studio.until(lambda: "Me" in names(studio))
    studio.window.strip.tiles()[3].remove_wanted.emit()
    drop(studio.window.preview, [picture])
    studio.until(lambda: "Me" in names(studio))
    studio.window.notices.dismiss()
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]


def test_bundled_portraits_cannot_be_removed(studio: Studio) -> None:
    studio.start()
    studio.qtbot.keyClick(studio.window.strip.tiles()[0], Qt.Key.Key_Delete)
    assert names(studio) == ["Ada", "Bo", "Cy"]


def test_a_click_on_the_corner_of_an_added_picture_removes_it(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.strip, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    tile = studio.window.strip.tiles()[3]
    studio.qtbot.mouseClick(tile, Qt.MouseButton.LeftButton, pos=QPoint(tile.width() - 18, 18))
    assert names(studio) == ["Ada", "Bo", "Cy"]


# Errors


def test_a_damaged_pack_is_told_on_the_stage(broken_studio: Studio) -> None:
    broken_studio.session.failure = PackError("pack face: checksum differs")
    broken_studio.window.bridge.start()
    broken_studio.until(lambda: "checksum differs" in broken_studio.window.preview.accessibleDescription())
    assert "cannot be used" in broken_studio.window.preview.accessibleDescription()


def test_an_error_that_ends_the_session_is_told_once(studio: Studio) -> None:
    told: list[PuppetError] = []
    studio.window.bridge.failed.connect(told.append)
    studio.start()
    studio.session.failure = CameraError("the camera is gone")
    studio.window.bridge.poll_status()
    studio.window.bridge.poll_status()
    assert told == [studio.session.failure]
    assert "the camera is gone" in studio.window.preview.accessibleDescription()


def test_no_face_is_told_over_the_picture(studio: Studio) -> None:
    studio.start()
    studio.render()
    studio.session.current = replace(RUNNING, following=Following.SEARCHING)
    studio.window.bridge.poll_status()
    assert "No face found" in studio.window.preview.accessibleDescription()


def test_a_portrait_that_cannot_be_read_any_more_leaves_the_one_that_is_shown(studio: Studio) -> None:
    studio.gallery.portraits()[2].path.write_text("damaged since the last start")
    studio.window.bridge.start()
    studio.until(lambda: studio.window.bridge.session is not None)
    studio.render()
    studio.until(lambda: sorted(studio.session.prepared) == ["Ada", "Bo"])
    studio.session.current = replace(RUNNING, portrait="Ada")
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.window.strip.tiles()[0].isChecked())
    assert "cy.png" in studio.notice()


def test_in_a_narrow_window_the_buttons_wear_icons_and_keep_their_names(studio: Studio) -> None:
    bar = studio.window.actions_bar
    button = bar.button("virtual camera")
    studio.window.resize(1300, 600)
    assert button.text() == "Virtual camera"
    studio.window.resize(760, 600)
    assert button.text() == ""
    assert button.accessibleName() == "Virtual camera"
    bar.show_sinks(True, "00:12", False)
    assert bar.button("record").text() == "00:12"
