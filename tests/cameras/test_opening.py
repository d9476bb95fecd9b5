"""Choice of a camera by index, name or file; files and stills in its place, on a clock that advances while waiting."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from puppet.cameras import opening
from puppet.cameras.file_cameras import Still, VideoFile
from puppet.cameras.opening import camera_opener, open_camera
from puppet.errors import CameraError
from tests.support.clips import even_times, moving_square, write_clip
from tests.support.fake_opencv import LOOPBACK, FakeCapture, fake_opencv, plugged
from tests.support.fakes import FakeClock


@pytest.fixture
def opencv(monkeypatch: pytest.MonkeyPatch) -> type[FakeCapture]:
    """Two cameras and a loopback device, all healthy."""
    return fake_opencv(monkeypatch)


@pytest.mark.parametrize(
    ("which", "index"), [("2", 2), ("Studio Cam", 2), ("studio cam", 2), ("laptop", 0), ("Puppet", 5), (None, 0)]
)
def test_a_camera_is_chosen_by_number_or_name(opencv: type[FakeCapture], which: str | None, index: int) -> None:
    open_camera(which)
    assert opencv.made[0].index == index


def test_an_unknown_camera_is_refused_with_the_known_ones_and_before_anything_is_opened(
    opencv: type[FakeCapture],
) -> None:
    with pytest.raises(CameraError, match=r'Camera "9".*0 "Laptop Cam", 2 "Studio Cam", 5 "Puppet"'):
        camera_opener("9")
    assert opencv.made == []


def test_without_a_real_camera_the_bundled_clip_is_taken(
    opencv: type[FakeCapture], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 3), even_times(25, 3))
    monkeypatch.setattr(opening, "BUNDLED_CLIP", clip)
    plugged(monkeypatch, LOOPBACK)
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
