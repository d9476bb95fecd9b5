"""The virtual camera on a registered back-end, the recorder on real files."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import pyvirtualcam

from puppet.config import Mark
from puppet.errors import SinkError
from puppet.media.content_credentials import read_credentials
from puppet.media.video import VideoReader
from puppet.sinks.recorder import Recorder
from puppet.sinks.virtual_camera import VirtualCamera
from tests.support.certificates import make_certificate
from tests.support.clips import moving_square
from tests.support.fakes import FakeVirtualCamera, register_virtual_camera

SIZE = (64, 48)


class NoDriver(FakeVirtualCamera):
    """A back-end whose driver is missing."""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        raise RuntimeError("the module is not loaded")


def test_pictures_reach_the_driver_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    register_virtual_camera(monkeypatch)
    camera = VirtualCamera(SIZE)
    pictures = moving_square(SIZE, 3)
    for index, picture in enumerate(pictures):
        camera.write(picture, float(index))
    camera.close()
    driver = FakeVirtualCamera.opened[0]
    np.testing.assert_array_equal(driver.sent, pictures)
    assert driver.closed
    assert camera.name == "virtual camera (fake, fake device)"


def test_closing_twice_is_fine_and_writing_afterwards_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    register_virtual_camera(monkeypatch)
    camera = VirtualCamera(SIZE, device="mine")
    camera.close()
    camera.close()
    with pytest.raises(SinkError, match="mine"):
        camera.write(moving_square(SIZE, 1)[0], 0.0)


@pytest.mark.parametrize(
    ("system", "step"), [("Linux", "camera-setup"), ("Windows", "OBS Studio"), ("Darwin", "OBS Studio")]
)
def test_without_a_driver_every_reason_is_told_and_what_helps(
    monkeypatch: pytest.MonkeyPatch, system: str, step: str
) -> None:
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {"one": NoDriver, "two": NoDriver})
    monkeypatch.setattr("platform.system", lambda: system)
    with pytest.raises(SinkError, match=step) as refused:
        VirtualCamera(SIZE)
    assert "'one' backend: the module is not loaded" in str(refused.value)
    assert "'two' backend: the module is not loaded" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_pyvirtualcam_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_pyvirtualcam(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - Python's names
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        if name == "pyvirtualcam":
            raise ImportError("No module named 'pyvirtualcam'")
        return real(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", no_pyvirtualcam)
    with pytest.raises(SinkError, match="pyvirtualcam cannot be loaded"):
        VirtualCamera(SIZE)


def test_a_driver_that_fails_later_is_a_sink_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: FakeVirtualCamera, frame: object) -> None:
        raise RuntimeError("device gone")

    register_virtual_camera(monkeypatch)
    monkeypatch.setattr(FakeVirtualCamera, "send", gone)
    with pytest.raises(SinkError, match="device gone"):
        VirtualCamera(SIZE).write(moving_square(SIZE, 1)[0], 0.0)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_recording_keeps_real_time_by_timestamps(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / name, SIZE)
    times_s = [1000.0, 1000.04, 1000.5, 1000.51, 1002.0]
    for picture, time_s in zip(moving_square(SIZE, 5), times_s, strict=True):
        recorder.write(picture, time_s)
    recorder.close()
    with VideoReader(tmp_path / name) as reader:
        found = [timed.time_s for timed in reader.pictures()]
    assert found == pytest.approx([time_s - 1000 for time_s in times_s], abs=2e-3)


def test_a_time_that_jumps_back_never_puts_pictures_out_of_order(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4", SIZE)
    for picture, time_s in zip(moving_square(SIZE, 3), [5.0, 6.0, 5.5], strict=True):
        recorder.write(picture, time_s)
    recorder.close()
    with VideoReader(tmp_path / "a.mp4") as reader:
        found = [timed.time_s for timed in reader.pictures()]
    assert found == sorted(found)
    assert len(found) == 3


def test_a_recording_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"precious")
    with pytest.raises(SinkError, match="exists already"):
        Recorder(tmp_path / "a.mp4", SIZE)
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"


def test_of_recorders_of_one_name_at_the_same_time_one_records(tmp_path: Path) -> None:
    path, picture, together = tmp_path / "a.mp4", moving_square(SIZE, 1)[0], threading.Barrier(8)

    def record(_number: int) -> bool:
        together.wait(60.0)
        try:
            recorder = Recorder(path, SIZE)
        except SinkError:
            return False
        recorder.write(picture, 0.0)
        recorder.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(record, range(8))) == 1
    with VideoReader(path) as reader:
        assert len(list(reader.pictures())) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "expected"), [("a.avi", "extension"), ("none/a.mp4", "no such folder")])
def test_a_recording_that_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(SinkError, match=expected):
        Recorder(tmp_path / name, SIZE)


def test_a_recording_without_a_picture_leaves_no_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4", SIZE)
    recorder.close()
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_signed_when_it_is_finished(tmp_path: Path) -> None:
    pytest.importorskip("c2pa")
    recorder = Recorder(tmp_path / "b.mp4", SIZE, Mark(make_certificate(tmp_path)))
    recorder.write(moving_square(SIZE, 1)[0], 0.0)
    recorder.close()
    assert recorder.finished() == tmp_path / "b.mp4"
    found = read_credentials(tmp_path / "b.mp4")
    assert found is not None
    assert found.state == "Valid"
