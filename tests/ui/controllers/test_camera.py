"""Choice of the camera."""

from __future__ import annotations

import pytest

from puppet.cameras.discovery import CameraInfo
from tests.support.studio import Studio

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_without_a_camera_a_hint_names_the_clip(studio: Studio) -> None:
    studio.start()
    studio.until(lambda: "bundled clip plays" in studio.window.panel.camera_hint.text())


def test_the_camera_list_is_updated_when_it_is_opened(studio: Studio) -> None:
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


def test_a_camera_chosen_while_the_session_opens_is_used(studio: Studio) -> None:
    studio.window.panel.camera.set_choice("film.mp4")
    studio.window.camera.choose("film.mp4")
    studio.start()
    assert studio.session.camera is not None
    studio.session.camera()
    assert studio.session.calls[-1] == "open camera film.mp4"
