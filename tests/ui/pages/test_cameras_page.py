"""The page of the cameras."""

from __future__ import annotations

from typing import cast

import pytest
from PyQt6.QtCore import Qt

from puppet.cameras.discovery import CameraInfo
from puppet.config import CameraOptions
from tests.support.studio import Studio
from ui.pages.cameras import CamerasPage


@pytest.fixture
def page(studio: Studio) -> CamerasPage:
    studio.cameras.append(CameraInfo(0, "Studio Cam"))
    studio.start()
    studio.window.commands.run("cameras")
    page = cast("CamerasPage", studio.window.pages.page("cameras"))
    studio.until(lambda: bool(page.list.findItems("Studio Cam", Qt.MatchFlag.MatchExactly)))
    return page


def opened(studio: Studio) -> str:
    """Open the camera that the session was given last; return its choice."""
    assert studio.session.camera is not None
    studio.session.camera()
    return studio.session.calls[-1]


def test_a_camera_in_the_list_is_chosen_and_turned(studio: Studio, page: CamerasPage) -> None:
    page.list.itemActivated.emit(page.list.findItems("Studio Cam", Qt.MatchFlag.MatchExactly)[0])
    page.turn.buttons[90].click()
    page.flip.click()
    assert opened(studio) == "open camera Studio Cam"
    assert studio.session.camera_options == CameraOptions(turned_deg=90, flip=True)
    assert studio.window.settings.cameras["Studio Cam"].turned_deg == 90


def test_an_address_is_used_and_one_that_is_none_is_refused_in_place(studio: Studio, page: CamerasPage) -> None:
    page.address.setText("my phone")
    page.address.returnPressed.emit()
    assert studio.session.camera is None
    page.address.setText("http://192.168.1.20:8080/video")
    page.address.returnPressed.emit()
    assert opened(studio) == "open camera http://192.168.1.20:8080/video"


def test_a_region_of_the_screen_is_used(studio: Studio, page: CamerasPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    page.region.setText("10, 20, 640x480")
    page.region.returnPressed.emit()
    assert opened(studio) == "open camera screen:10,20,640x480"
