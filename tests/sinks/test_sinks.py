"""The virtual camera on a registered back-end, the recorder on real files."""

from __future__ import annotations

import builtins
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
import pyvirtualcam

from puppet.config import Mark, RecordingOptions
from puppet.errors import SinkError
from puppet.media.content_credentials import read_credentials
from puppet.media.video import VideoReader
from puppet.sinks.base import Finished
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
        camera.write(Finished(picture, float(index)))
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
        camera.write(Finished(moving_square(SIZE, 1)[0], 0.0))


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
    monkeypatch.setattr("platform.system", lambda: "Windows")  # Linux can do without
    with pytest.raises(SinkError, match="pyvirtualcam cannot be loaded"):
        VirtualCamera(SIZE)


def test_a_device_that_vanishes_is_opened_again_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    register_virtual_camera(monkeypatch)
    now_s, send = [0.0], FakeVirtualCamera.send
    camera = VirtualCamera(SIZE, clock=lambda: now_s[0])
    (first,) = FakeVirtualCamera.opened

    def gone(self: FakeVirtualCamera, frame: object) -> None:
        raise RuntimeError("device gone")

    monkeypatch.setattr(FakeVirtualCamera, "send", gone)
    camera.write(Finished(moving_square(SIZE, 1)[0], 0.0))
    assert "device gone" in camera.problem
    assert first.closed
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {"one": NoDriver})
    now_s[0] += 0.6
    camera.idle()
    assert camera.problem
    register_virtual_camera(monkeypatch)
    monkeypatch.setattr(FakeVirtualCamera, "send", send)
    camera.idle()
    assert not FakeVirtualCamera.opened  # not before the pause is over
    now_s[0] += 2.0
    camera.idle()
    assert camera.problem == ""
    assert FakeVirtualCamera.opened[0].count == 1


def test_without_a_new_picture_the_last_one_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    register_virtual_camera(monkeypatch)
    camera = VirtualCamera(SIZE)
    camera.idle()
    assert FakeVirtualCamera.opened[0].count == 0
    camera.write(Finished(moving_square(SIZE, 1)[0], 0.0))
    camera.idle()
    assert FakeVirtualCamera.opened[0].count == 2


class FixedFormat(FakeVirtualCamera):
    """A device whose format is fixed; its pictures stay as they are sent."""

    fourcc = ""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
        if fourcc != pyvirtualcam.camera.encode_fourcc(self.fourcc):
            raise RuntimeError("format not supported")
        super().__init__(width=width, height=height, fps=fps, fourcc=fourcc, device=device)

    def send(self, frame: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
        self.sent = [frame.copy()]


@pytest.mark.parametrize(("fourcc", "shape"), [("YUY2", "yuyv422"), ("NV12", "nv12")])
def test_a_device_with_a_fixed_format_gets_that_format(
    monkeypatch: pytest.MonkeyPatch, fourcc: str, shape: str
) -> None:
    register_virtual_camera(monkeypatch)
    monkeypatch.setattr(FixedFormat, "fourcc", fourcc)
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {"fixed": FixedFormat})
    picture = np.full((SIZE[1], SIZE[0], 3), (200, 40, 40), np.uint8)
    VirtualCamera(SIZE).write(Finished(picture, 0.0))
    sent = FakeVirtualCamera.opened[-1].sent[0]
    frame = av.VideoFrame(*SIZE, shape)
    for plane, data in zip(frame.planes, np.split(sent.reshape(-1), [SIZE[0] * SIZE[1]]), strict=False):
        plane.update(data.tobytes()) if shape == "nv12" else plane.update(sent.tobytes())
    np.testing.assert_allclose(frame.to_ndarray(format="rgb24").mean((0, 1)), (200, 40, 40), atol=6)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_recording_keeps_real_time_by_timestamps(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / name, SIZE)
    times_s = [1000.0, 1000.04, 1000.5, 1000.51, 1002.0]
    for picture, time_s in zip(moving_square(SIZE, 5), times_s, strict=True):
        recorder.write(Finished(picture, time_s))
    recorder.close()
    with VideoReader(tmp_path / name) as reader:
        found = [timed.time_s for timed in reader.pictures()]
    assert found == pytest.approx([time_s - 1000 for time_s in times_s], abs=2e-3)


def test_a_time_that_jumps_back_never_puts_pictures_out_of_order(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4", SIZE)
    for picture, time_s in zip(moving_square(SIZE, 3), [5.0, 6.0, 5.5], strict=True):
        recorder.write(Finished(picture, time_s))
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
        recorder.write(Finished(picture, 0.0))
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


def test_a_pause_is_cut_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4", SIZE)
    for (time_s, paused_s), picture in zip([(5.0, 0.0), (5.5, 0.0), (16.0, 10.0)], moving_square(SIZE, 3), strict=True):
        recorder.write(Finished(picture, time_s, paused_s=paused_s))
    recorder.close()
    with VideoReader(tmp_path / "a.mp4") as reader:
        assert [timed.time_s for timed in reader.pictures()] == pytest.approx([0.0, 0.5, 1.0], abs=2e-3)


def test_a_recording_is_finished_before_the_disk_is_full(tmp_path: Path) -> None:
    free = [10 << 30]
    recorder = Recorder(tmp_path / "a.mp4", SIZE, free_bytes=lambda folder: free[0])
    pictures = moving_square(SIZE, 10)
    for index in range(5):
        recorder.write(Finished(pictures[index], float(index)))
    assert recorder.problem == ""
    free[0] = (32 << 20) + 50_000 * 120
    recorder.write(Finished(pictures[5], 5.0))
    assert "room for 2 more minutes" in recorder.problem
    free[0] = (32 << 20) + 1000
    with pytest.raises(SinkError, match="nearly full"):
        recorder.write(Finished(pictures[6], 6.0))
    with VideoReader(tmp_path / "a.mp4") as reader:
        assert len(list(reader.pictures())) == 7


def test_side_by_side_shows_the_performer_at_the_right(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.mp4", SIZE, options=RecordingOptions(side_by_side=True))
    white = np.full((96, 128, 3), 255, np.uint8)
    recorder.write(Finished(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), 0.0, performer=white))
    recorder.write(Finished(np.zeros((SIZE[1], SIZE[0], 3), np.uint8), 0.1))
    recorder.close()
    with VideoReader(tmp_path / "a.mp4") as reader:
        shown, hidden = (timed.picture for timed in reader.pictures())
    assert shown.shape == (SIZE[1], 2 * SIZE[0], 3)
    assert shown[:, : SIZE[0] - 2].max() < 10
    assert shown[:, SIZE[0] + 2 :].min() > 245
    assert hidden.max() < 10


def test_a_recording_is_signed_when_it_is_finished(tmp_path: Path) -> None:
    pytest.importorskip("c2pa")
    recorder = Recorder(tmp_path / "b.mp4", SIZE, Mark(make_certificate(tmp_path)))
    recorder.write(Finished(moving_square(SIZE, 1)[0], 0.0))
    recorder.close()
    assert recorder.finished() == tmp_path / "b.mp4"
    found = read_credentials(tmp_path / "b.mp4")
    assert found is not None
    assert found.state == "Valid"
