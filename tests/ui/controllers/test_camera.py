"""Choice of the camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from puppet.cameras.discovery import CameraInfo
from puppet.config import LiveOptions
from puppet.domain import SessionState
from puppet.userdata.gallery import Gallery
from puppet.userdata.settings import Settings
from tests.support.fake_session import RUNNING, FakeSession
from tests.support.fakes import FakeCamera
from tests.support.studio import Studio
from ui.main_window import MainWindow
from ui.session_bridge import SessionBridge


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
    assert studio.window.panel.camera_hint.text() == ""


def test_a_camera_is_remembered_with_its_first_frame(studio: Studio) -> None:
    studio.start()
    studio.window.camera.choose("Studio Cam")
    assert studio.window.settings.camera == ""
    studio.session.camera_delivers()
    studio.until(lambda: studio.window.settings.camera == "Studio Cam")


def test_a_camera_chosen_while_the_session_opens_is_used(studio: Studio) -> None:
    studio.window.panel.camera.set_choice("film.mp4")
    studio.window.camera.choose("film.mp4")
    studio.start()
    assert studio.session.camera is not None
    studio.session.camera()
    assert studio.session.calls[-1] == "open camera film.mp4"


@pytest.fixture
def remembering(qtbot: QtBot, gallery: Gallery, session: FakeSession) -> Iterator[MainWindow]:
    """A window that remembers a camera."""
    session.current = replace(RUNNING, state=SessionState.STARTING, rendered=0)
    window = MainWindow(
        SessionBridge(lambda _options: session, LiveOptions(camera="Studio Cam")),
        gallery,
        Settings(camera="Studio Cam"),
        list_cameras=list,
        open_camera=lambda which, _options: FakeCamera(str(which)),
        list_packs=list,
    )
    qtbot.addWidget(window)
    window.bridge.start()
    qtbot.waitUntil(lambda: window.bridge.session is session)
    yield window
    window.close()


WAITING = replace(RUNNING, state=SessionState.WAITING_FOR_CAMERA, rendered=0, message="Studio Cam is not plugged in")


def test_a_remembered_camera_that_is_gone_is_replaced_at_the_start(
    remembering: MainWindow, session: FakeSession
) -> None:
    session.current = WAITING
    remembering.bridge.poll_status()
    assert session.camera is not None
    assert session.camera().name == "None"
    assert "“Studio Cam” cannot be used" in remembering.notices.text
    assert "not plugged in" in remembering.notices.text
    session.camera_delivers()
    remembering.bridge.io_worker.deliver()
    assert remembering.settings.camera == "Studio Cam"  # tried again at the next start


def test_a_remembered_camera_that_vanishes_later_is_waited_for(remembering: MainWindow, session: FakeSession) -> None:
    session.current = RUNNING
    remembering.bridge.poll_status()
    session.current = replace(WAITING, rendered=5)
    remembering.bridge.poll_status()
    assert session.camera is None
    assert "No camera picture" in remembering.preview.accessibleDescription()
