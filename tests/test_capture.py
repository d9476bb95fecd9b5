"""Cameras: webcams on a faked OpenCV, files and stills on a clock that passes when somebody waits."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
from PIL import Image

from puppet import capture
from puppet.capture import CameraInfo, Still, TestCard, VideoFile, Webcam, camera_opener, open_camera
from puppet.errors import CameraError
from tests.clips import even_times, moving_square, write_clip
from tests.fakes import FakeClock

LAPTOP = CameraInfo(0, "Laptop Cam")
STUDIO = CameraInfo(2, "Studio Cam")
LOOPBACK = CameraInfo(5, "Puppet", virtual=True)


class FakeCapture:
    """cv2.VideoCapture: delivers `frames` pictures of one blue (BGR) colour, and keeps what it was asked for."""

    made: ClassVar[list[FakeCapture]] = []
    opens: ClassVar[bool] = True
    frames: ClassVar[int] = 1000
    hold: ClassVar[threading.Event | None] = None

    def __init__(self, index: int, api: int) -> None:
        self.index, self.api = index, api
        self.asked: list[tuple[int, float]] = []
        self.released = 0
        self.reading = threading.Event()
        self._left = type(self).frames
        FakeCapture.made.append(self)

    def isOpened(self) -> bool:
        return type(self).opens

    def set(self, name: int, value: float) -> bool:
        self.asked.append((name, value))
        return True

    def get(self, name: int) -> float:
        return 30.0

    def read(self) -> tuple[bool, np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None]:
        assert not self.released, "read after release"
        if FakeCapture.hold is not None and len(self.asked) and self._left < type(self).frames:
            self.reading.set()
            FakeCapture.hold.wait()
        self._left -= 1
        if self._left < 0:
            return False, None
        return True, np.full((90, 160, 3), (250, 100, 10), np.uint8)

    def release(self) -> None:
        self.released += 1


@pytest.fixture
def opencv(monkeypatch: pytest.MonkeyPatch) -> type[FakeCapture]:
    """Two cameras and a loopback device, all healthy."""
    monkeypatch.setattr(FakeCapture, "made", [])
    monkeypatch.setattr(FakeCapture, "opens", True)
    monkeypatch.setattr(FakeCapture, "frames", 1000)
    monkeypatch.setattr(FakeCapture, "hold", None)
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    _plugged(monkeypatch, LAPTOP, STUDIO, LOOPBACK)
    return FakeCapture


def _plugged(monkeypatch: pytest.MonkeyPatch, *infos: CameraInfo) -> None:
    monkeypatch.setattr(capture, "list_cameras", lambda: list(infos))


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
    _plugged(monkeypatch, LAPTOP)
    with pytest.raises(CameraError, match="Studio Cam is not plugged in"):
        camera.reopen()
    _plugged(monkeypatch, LAPTOP, CameraInfo(4, "Studio Cam"))
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


@pytest.mark.parametrize(
    ("which", "index"), [("2", 2), ("Studio Cam", 2), ("studio cam", 2), ("laptop", 0), ("Puppet", 5), (None, 0)]
)
def test_a_camera_is_chosen_by_number_or_name(opencv: type[FakeCapture], which: str | None, index: int) -> None:
    open_camera(which)
    assert opencv.made[0].index == index


def test_an_unknown_camera_is_refused_with_the_known_ones_and_before_anything_is_opened(
    opencv: type[FakeCapture],
) -> None:
    with pytest.raises(CameraError, match=r'camera "9".*0 "Laptop Cam", 2 "Studio Cam", 5 "Puppet"'):
        camera_opener("9")
    assert opencv.made == []


def test_without_a_real_camera_the_bundled_clip_is_taken(
    opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 3), even_times(25, 3))
    monkeypatch.setattr(capture, "BUNDLED_CLIP", clip)
    _plugged(monkeypatch, LOOPBACK)
    assert open_camera(None).name == "clip.mp4"


def _clip(folder: Path, frames: int = 5, rate: float = 10) -> Path:
    return write_clip(folder / "clip.mp4", moving_square((64, 48), frames), even_times(rate, frames))


def test_a_file_keeps_its_own_pace_and_time_goes_on_from_round_to_round(tmp_path: Path) -> None:
    clock = FakeClock(100.0)
    camera = VideoFile(_clip(tmp_path), clock=clock, wait=clock.wait)
    frames = [camera.read(1.0) for _ in range(12)]
    assert [frame.captured_s for frame in frames if frame] == pytest.approx([100 + 0.1 * n for n in range(12)])
    assert [frame.index for frame in frames if frame] == list(range(12))


def test_a_file_with_a_variable_rate_keeps_it(tmp_path: Path) -> None:
    clock = FakeClock(0.0)
    times_s = [0.0, 0.1, 0.5, 0.55]
    path = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 4), times_s)
    camera = VideoFile(path, loop=False, clock=clock, wait=clock.wait)
    read = [frame.captured_s for frame in iter(lambda: camera.read(1.0), None) if frame]
    assert read == pytest.approx(times_s, abs=1e-3)


def test_a_reader_that_was_late_does_not_hurry_afterwards(tmp_path: Path) -> None:
    clock = FakeClock(0.0)
    camera = VideoFile(_clip(tmp_path, 20), clock=clock, wait=clock.wait)
    camera.read(1.0)
    clock.now_s += 3.0
    second, third = camera.read(1.0), camera.read(1.0)
    assert second is not None
    assert third is not None
    assert third.captured_s - second.captured_s == pytest.approx(0.1)


def test_a_file_that_is_not_looped_ends(tmp_path: Path) -> None:
    camera = VideoFile(_clip(tmp_path), loop=False, pace="unpaced")
    frames = list(iter(lambda: camera.read(1.0), None))
    assert len(frames) == 5
    assert camera.read(1.0) is None


def test_an_unpaced_file_does_not_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    camera = VideoFile(_clip(tmp_path), pace="unpaced", clock=clock, wait=clock.wait)
    for _ in range(12):
        camera.read(1.0)
    assert clock.waits_s == []
    assert not camera.paced


def test_closing_ends_a_wait_at_once(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 2), [0.0, 3600.0])
    camera = VideoFile(path)
    camera.read(1.0)
    read: list[object] = []
    reader = threading.Thread(target=lambda: read.append(camera.read(1.0)))
    reader.start()
    camera.close()
    reader.join(10.0)
    assert read == [None]


@pytest.mark.parametrize("content", [b"", b"no video at all\n" * 20])
def test_a_file_that_is_no_video_is_a_camera_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(CameraError, match=r"a\.mp4"):
        open_camera(str(tmp_path / "a.mp4"))


def test_a_picture_is_a_camera_too(tmp_path: Path) -> None:
    Image.new("RGB", (80, 70), (10, 20, 30)).save(tmp_path / "a.png")
    camera = open_camera(str(tmp_path / "a.png"), pace="unpaced")
    frame = camera.read(1.0)
    assert frame is not None
    assert frame.image[5, 5].tolist() == [10, 20, 30]
    assert (camera.name, camera.size) == ("a.png", (80, 70))


def test_a_still_comes_thirty_times_a_second() -> None:
    clock = FakeClock(0.0)
    camera = Still(np.zeros((48, 64, 3), np.uint8), "still", clock=clock, wait=clock.wait)
    frames = [camera.read(1.0) for _ in range(31)]
    assert frames[30] is not None
    assert frames[30].captured_s == pytest.approx(1.0)


def test_a_test_card_has_its_text_on_it_and_the_size_asked_for() -> None:
    silent, told = (TestCard(text, (640, 360), pace="unpaced").read(1.0) for text in ("", "no camera"))
    assert silent is not None
    assert told is not None
    assert told.image.shape == (360, 640, 3)
    assert (told.image != silent.image).any(axis=2).sum() > 200


@pytest.mark.parametrize("text", ["x" * 300, "Kamera „Büro“ fehlt"])
def test_any_text_fits_on_a_test_card(text: str) -> None:
    card = capture.draw_card(text, (320, 180))
    ground = capture.draw_card("", (320, 180))
    columns = np.nonzero((card != ground).any(axis=(0, 2)))[0]
    assert columns.min() > 2
    assert columns.max() < 317
