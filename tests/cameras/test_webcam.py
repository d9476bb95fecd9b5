"""Webcams on a faked OpenCV."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from puppet.cameras.discovery import CameraInfo
from puppet.cameras.webcam import Webcam
from puppet.errors import CameraError
from tests.support.fake_opencv import LAPTOP, STUDIO, FakeCapture, fake_opencv, plugged
from tests.support.fakes import FakeClock


@pytest.fixture
def opencv(monkeypatch: pytest.MonkeyPatch) -> type[FakeCapture]:
    """Two cameras and a loopback device, all healthy."""
    return fake_opencv(monkeypatch)


@pytest.mark.parametrize(
    ("system", "api"),
    [("Linux", cv2.CAP_V4L2), ("Windows", cv2.CAP_MSMF), ("Darwin", cv2.CAP_AVFOUNDATION), ("Plan 9", cv2.CAP_ANY)],
)
def test_a_webcam_is_opened_through_its_platforms_api(
    opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch, system: str, api: int
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)
    Webcam(STUDIO)
    assert (opencv.made[0].index, opencv.made[0].api) == (2, api)


def test_a_webcam_is_asked_for_mjpg_before_its_size(opencv: type[FakeCapture]) -> None:
    Webcam(LAPTOP)
    assert opencv.made[0].asked == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 30),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
    ]


def test_a_webcams_pictures_are_rgb_and_counted(opencv: type[FakeCapture]) -> None:
    camera = Webcam(LAPTOP, clock=FakeClock(7.0))
    first, second = camera.read(1.0), camera.read(1.0)
    assert first is not None
    assert second is not None
    assert first.image[0, 0].tolist() == [10, 100, 250]
    assert (first.captured_s, first.index, second.index) == (7.0, 0, 1)


def test_a_webcam_tells_the_size_and_rate_really_delivered(opencv: type[FakeCapture]) -> None:
    clock = FakeClock()
    camera = Webcam(LAPTOP, clock=clock)
    assert camera.size == (160, 90)
    assert camera.fps == pytest.approx(30.0)
    for _ in range(20):
        camera.read(1.0)
        clock.now_s += 0.1
    assert camera.fps == pytest.approx(10.0, rel=0.06)


def test_a_webcam_that_vanishes_says_so(opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeCapture, "frames", 2)
    camera = Webcam(LAPTOP)
    camera.read(1.0)
    with pytest.raises(CameraError, match="Laptop Cam stopped delivering"):
        camera.read(1.0)


def test_one_damaged_picture_is_skipped(opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Webcam(LAPTOP)
    answers = iter([(False, None), (True, np.full((90, 160, 3), 7, np.uint8))])
    monkeypatch.setattr(opencv.made[0], "read", lambda: next(answers))
    frame = camera.read(1.0)
    assert frame is not None
    assert frame.image[0, 0, 0] == 7


def test_a_webcam_is_found_again_by_its_name(opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch) -> None:
    camera = Webcam(STUDIO)
    plugged(monkeypatch, LAPTOP)
    with pytest.raises(CameraError, match="Studio Cam is not plugged in"):
        camera.reopen()
    plugged(monkeypatch, LAPTOP, CameraInfo(4, "Studio Cam"))
    assert camera.reopen().name == "Studio Cam"
    assert opencv.made[-1].index == 4


def test_a_webcam_in_use_is_refused_and_released(opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeCapture, "opens", False)
    with pytest.raises(CameraError, match="Laptop Cam is in use by another program"):
        Webcam(LAPTOP)
    assert opencv.made[0].released == 1


def test_a_webcam_that_opens_and_delivers_nothing_is_refused(
    opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeCapture, "frames", 0)
    with pytest.raises(CameraError, match="in use"):
        Webcam(LAPTOP)
    assert opencv.made[0].released == 1


def test_a_webcam_whose_device_file_is_gone_is_not_plugged_in(
    opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(FakeCapture, "opens", False)
    with pytest.raises(CameraError, match="not plugged in"):
        Webcam(CameraInfo(0, "Laptop Cam", tmp_path / "video0"))


def test_a_webcam_closed_while_it_is_read_is_released_after_the_read(
    opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = Webcam(LAPTOP)
    held = threading.Event()
    monkeypatch.setattr(FakeCapture, "hold", held)
    frames: list[object] = ["not read yet"]
    reader = threading.Thread(target=lambda: frames.append(camera.read(1.0)))
    reader.start()
    assert opencv.made[0].reading.wait(5.0)
    camera.close()
    assert opencv.made[0].released == 0
    held.set()
    reader.join(5.0)
    assert frames[1:] == [None]
    assert opencv.made[0].released >= 1
