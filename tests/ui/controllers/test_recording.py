"""Recording, snapshots and the virtual camera."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt

from puppet.errors import SinkError
from puppet.media.mark_reader import read_mark
from tests.support.learned_window import press
from tests.support.studio import Studio


def test_r_records_into_the_video_folder_and_r_again_shows_the_file(studio: Studio, home: Path) -> None:
    studio.start()
    press(studio, Qt.Key.Key_R)
    studio.until(studio.window.actions_bar.buttons["record"].isChecked)
    path = studio.session.recording
    assert path is not None
    assert home in path.parents
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: path.name in studio.notice())
    assert not studio.window.actions_bar.buttons["record"].isChecked()


def test_s_saves_the_shown_picture_in_a_new_file(studio: Studio, home: Path) -> None:
    press(studio, Qt.Key.Key_S)
    assert "No picture yet" in studio.notice()
    studio.start()
    press(studio, Qt.Key.Key_S)
    studio.until(lambda: len(list(home.rglob("puppet-*.png"))) == 1)
    press(studio, Qt.Key.Key_S)
    studio.until(lambda: len(list(home.rglob("puppet-*.png"))) == 2)
    studio.until(lambda: "Snapshot saved" in studio.notice())
    studio.until(lambda: all(saved.stat().st_size for saved in home.rglob("puppet-*.png")))
    assert all(read_mark(saved).ai_made for saved in home.rglob("puppet-*.png"))


def test_v_without_a_driver_shows_what_to_install(studio: Studio) -> None:
    studio.start()
    studio.session.sink_failure = SinkError("no virtual camera: install v4l2loopback")
    press(studio, Qt.Key.Key_V)
    studio.until(lambda: "install v4l2loopback" in studio.notice())
    assert not studio.window.actions_bar.buttons["virtual camera"].isChecked()


def test_v_opens_and_closes_the_virtual_camera(studio: Studio) -> None:
    studio.start()
    button = studio.window.actions_bar.buttons["virtual camera"]
    press(studio, Qt.Key.Key_V)
    studio.until(button.isChecked)
    press(studio, Qt.Key.Key_V)
    studio.until(lambda: not button.isChecked())


def test_recording_is_refused_before_the_session_is_open(studio: Studio) -> None:
    press(studio, Qt.Key.Key_R)
    assert "still getting ready" in studio.notice()
    assert not studio.window.actions_bar.buttons["record"].isChecked()
