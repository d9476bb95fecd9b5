"""The whole live loop with a fake camera and engine: no thread waits for a slower one or outlives a stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from puppet.cameras.base import Camera
from puppet.cameras.file_cameras import VideoFile
from puppet.domain import (
    Controls,
    EngineInfo,
    Following,
    Keypoints,
    Output,
    Overlay,
    PartSwap,
    Picture,
    SessionState,
    SinkKind,
)
from puppet.errors import CameraError, EngineError, PuppetError, SinkError
from puppet.geometry.crop import CropBox
from puppet.live.session import Session
from puppet.media.video import VideoReader
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.clips import even_times, moving_square, write_clip
from tests.support.fakes import (
    FAKE_INFO,
    STILL,
    FakeCamera,
    FakeEngine,
    FakeSink,
    FakeVirtualCamera,
    SwapEngine,
    portrait,
    register_virtual_camera,
)
from tests.support.sessions import attach, away, session_threads
from tests.support.waiting import until

SIZE = (128, 72)
OPEN = Callable[[], Camera]


def test_frames_become_pictures_and_the_status_describes_them(open_session: Callable[..., Session]) -> None:
    live = open_session()
    until(lambda: live.status().rendered > 30)
    status, preview = live.status(), live.preview()
    assert preview is not None
    assert preview.picture.shape == (SIZE[1], SIZE[0], 3)
    assert (status.state, status.portrait, status.engine) == (
        SessionState.RUNNING,
        "fake portrait",
        FAKE_INFO,
    )
    assert list(status.stages) == ["track", "detect", "transfer", "render", "composite"]
    assert status.latency is not None
    assert 0 < status.latency.p50_ms <= status.latency.p95_ms <= status.latency.p99_ms
    assert status.fps > 0
    assert status.camera.startswith("fake camera · 64×48 · ")
    assert live.running


def test_a_slow_engine_drops_camera_frames_and_takes_the_newest(open_session: Callable[..., Session]) -> None:
    engine = FakeEngine()
    live = open_session(engine=engine)
    until(lambda: live.status().rendered > 3)
    engine.gate.shut()
    until(lambda: live.status().dropped > 10)
    before = live.status().rendered
    engine.gate.open()
    until(lambda: live.status().rendered > before + 3)
    preview = live.preview()
    assert preview is not None
    assert preview.frame.index > before + 10


def test_pictures_reach_recorder_and_virtual_camera(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    register_virtual_camera(monkeypatch)
    clip = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 10), even_times(50, 10))
    live = open_session(lambda: VideoFile(clip))
    live.start_recording(tmp_path / "out.mp4")
    live.start_virtual_camera()
    until(lambda: live.status().sinks)
    assert live.status().sinks == {
        SinkKind.RECORDER: f"recording {tmp_path / 'out.mp4'}",
        SinkKind.VIRTUAL_CAMERA: "virtual camera (fake, fake device)",
    }
    until(lambda: live.status().rendered > 40)
    assert live.stop_recording() == tmp_path / "out.mp4"
    live.stop_virtual_camera()
    assert live.status().sinks == {}
    driver = FakeVirtualCamera.opened[0]
    assert driver.closed
    assert driver.count > 20
    assert driver.size == SIZE
    preview = live.preview()
    assert preview is not None
    np.testing.assert_array_equal(driver.sent[-1], preview.picture)
    with VideoReader(tmp_path / "out.mp4") as reader:
        times_s = [timed.time_s for timed in reader.pictures()]
        assert reader.size == SIZE
    assert len(times_s) > 20
    assert np.median(np.diff(times_s)) == pytest.approx(1 / 50, rel=0.5)


class _Counting(FakeEngine):
    """Counts detections; the portrait is one of them."""

    detections = -1

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        self.detections += 1
        return super().detect(face)


@pytest.mark.parametrize(("cores", "device", "ahead"), [(1, "CPU", 0), (2, "CPU", 1), (1, "GPU", 1)])
def test_the_next_frame_is_tracked_while_this_one_is_painted(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch, cores: int, device: str, ahead: int
) -> None:
    monkeypatch.setattr("puppet.live.painting.usable_cores", lambda: cores)
    engine = _Counting()
    engine.info = EngineInfo("fake engine", device, "fp32")
    engine.gate.shut()
    live = open_session(engine=engine)
    assert engine.gate.held.wait(10.0)
    until(lambda: live.status().dropped > 5)  # frames come all the time
    assert engine.detections == 1 + ahead
    engine.gate.open()
    until(lambda: live.status().rendered > 5)
    assert engine.detections - engine.rendered <= 1 + ahead


@pytest.mark.parametrize("kind", list(SinkKind))
def test_a_slow_sink_never_delays_the_preview(open_session: Callable[..., Session], kind: SinkKind) -> None:
    live, sink = open_session(), FakeSink()
    attach(live, sink, kind)
    until(lambda: sink.times_s)
    sink.gate.shut()
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 50)
    sink.gate.open()
    dropped = live.status().recorder_dropped
    assert dropped > 20 if kind is SinkKind.RECORDER else dropped == 0
    until(lambda: live.preview() and sink.times_s[-1] > 0)
    assert sink.times_s == sorted(sink.times_s)


@pytest.mark.parametrize("kind", list(SinkKind))
def test_a_sink_that_fails_is_closed_and_reported_and_everything_else_continues(
    open_session: Callable[..., Session], kind: SinkKind
) -> None:
    live, sink = open_session(), FakeSink(fails_at=3)
    attach(live, sink, kind)
    until(lambda: live.status().message)
    assert live.status().message == "fake sink: the disk is full"
    until(lambda: not live.status().sinks)
    assert sink.closed == 1
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 5)
    assert (live.error(), live.status().state) == (None, SessionState.RUNNING)
    again = FakeSink("second sink")
    attach(live, again, kind)
    until(lambda: again.times_s)
    assert live.status().message == ""


def test_a_sink_that_cannot_be_opened_is_refused_and_everything_continues(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    live = open_session()
    with pytest.raises(SinkError, match="no such folder"):
        live.start_recording(tmp_path / "none" / "a.mp4")
    assert live.status().sinks == {}
    assert live.stop_recording() is None
    until(lambda: live.status().rendered > 3)


def test_a_second_recording_at_once_is_refused(open_session: Callable[..., Session], tmp_path: Path) -> None:
    live = open_session()
    live.start_recording(tmp_path / "a.mp4")
    with pytest.raises(SinkError, match="already on"):
        live.start_recording(tmp_path / "b.mp4")
    until(lambda: live.status().rendered > 3)
    assert live.stop_recording() == tmp_path / "a.mp4"
    live.start_recording(tmp_path / "b.mp4")
    assert live.status().sinks == {SinkKind.RECORDER: f"recording {tmp_path / 'b.mp4'}"}


def test_a_camera_that_vanishes_leaves_the_portrait_at_rest_in_every_output_and_comes_back(
    open_session: Callable[..., Session],
) -> None:
    back = threading.Event()

    class Vanishing(FakeCamera):
        def reopen(self) -> FakeCamera:
            if not back.is_set():
                raise CameraError("fake camera is not plugged in")
            return FakeCamera("fake camera")

    engine = FakeEngine()
    live, sink = open_session(lambda: Vanishing(vanish_after=10), engine), FakeSink()
    attach(live, sink, SinkKind.VIRTUAL_CAMERA)
    until(lambda: live.status().state is SessionState.WAITING_FOR_CAMERA)
    until(lambda: live.status().message == "fake camera is not plugged in")
    status, written, painted = live.status(), len(sink.times_s), engine.rendered
    until(lambda: len(sink.times_s) > written + 2)
    assert engine.rendered > painted  # every picture comes from the engine: there is no other source of pictures
    assert live.status().following is Following.IDLE
    assert live.status().rendered == status.rendered  # figures are those of camera frames
    back.set()
    until(lambda: live.status().rendered > status.rendered + 3)
    assert live.status().state is SessionState.RUNNING
    assert live.status().message == ""
    assert live.status().following is not Following.IDLE


def test_without_a_camera_it_waits_and_says_why(open_session: Callable[..., Session]) -> None:
    live = open_session(away)
    until(lambda: live.preview() is not None)
    status = live.status()
    assert (status.state, status.camera) == (SessionState.WAITING_FOR_CAMERA, "Laptop Cam is not plugged in")
    live.choose_camera(FakeCamera)
    until(lambda: live.status().state is SessionState.RUNNING)


def test_a_file_that_is_not_looped_ends_the_session_and_finishes_the_recording(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 30), even_times(100, 30))
    start = threading.Event()

    def wait_and_open() -> Camera:
        start.wait()
        return VideoFile(clip, loop=False, pace="unpaced")

    live = open_session(wait_and_open)
    live.start_recording(tmp_path / "out.mp4")
    start.set()
    live.join(20.0)
    assert not live.running
    status = live.status()
    assert (status.state, status.rendered, live.error()) == (SessionState.STOPPED, 30, None)
    assert live.stop_recording() == tmp_path / "out.mp4"
    with VideoReader(tmp_path / "out.mp4") as reader:
        assert len(list(reader.pictures())) + status.recorder_dropped == 30


def test_an_error_in_the_loop_is_kept_once_and_ends_the_rest(
    open_session: Callable[..., Session], tmp_path: Path
) -> None:
    live = open_session(engine=FakeEngine(fails_after=5))
    live.start_recording(tmp_path / "out.mp4")
    live.join(20.0)
    error = live.error()
    assert isinstance(error, EngineError)
    assert str(error) == "The engine gave up"
    assert (live.status().state, live.running) == (SessionState.FAILED, False)
    until(lambda: not session_threads(), "the end of every thread")


def test_an_unexpected_exception_ends_the_session_with_a_puppet_error(open_session: Callable[..., Session]) -> None:
    def broken() -> Camera:
        raise ZeroDivisionError("a programmer's mistake")

    live = open_session(broken)
    live.join(20.0)
    error = live.error()
    assert isinstance(error, PuppetError)
    assert "capture thread failed (ZeroDivisionError: a programmer's mistake)" in str(error)


def test_controls_and_portraits_change_between_two_frames(open_session: Callable[..., Session]) -> None:
    live = open_session()
    until(lambda: live.status().rendered > 2)
    other = live.prepare(portrait(48), "the other one")
    live.show(other)
    until(lambda: live.status().portrait == "the other one")
    live.set_controls(Controls(output=Output.FULL))
    assert live.controls == Controls(output=Output.FULL)
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 2)


def test_commands_run_on_the_loops_thread(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[str] = []
    monkeypatch.setattr(Puppeteer, "calibrate", lambda self: where.append(threading.current_thread().name))
    live = open_session(away)
    live.calibrate()
    until(lambda: where)
    assert where == ["puppet-loop"]


def test_without_a_portrait_it_waits_for_one(open_session: Callable[..., Session]) -> None:
    live = open_session(shown=False)
    until(lambda: live.status().camera_fps > 0)
    assert (live.preview(), live.status().state, live.status().portrait) == (None, SessionState.STARTING, "")
    live.show(live.prepare(portrait(), "late"))
    until(lambda: live.status().rendered > 2)


def test_the_status_describes_the_pack_and_overlays_that_cannot_be_shown(
    open_session: Callable[..., Session],
) -> None:
    live = open_session(engine=SwapEngine())
    live.set_controls(replace(STILL, overlay=Overlay.OCCLUSION))
    until(lambda: "occlusion" in live.status().message, "the line about the overlay")
    assert (live.status().segments, live.status().detects) == (2, True)
    live.set_controls(STILL)
    until(lambda: live.status().message == "", "the end of the line")


def test_parts_of_several_portraits_go_onto_the_camera_s_picture(open_session: Callable[..., Session]) -> None:
    live = open_session(engine=SwapEngine())
    portraits = [live.prepare(np.full((96, 96, 3), level, np.uint8), str(level)) for level in (210, 240)]
    live.show(portraits[0], portraits[1:])
    live.set_controls(replace(STILL, swap=PartSwap((1,), others=((2,),))))

    def swapped() -> bool:
        rendered = live.preview()
        return rendered is not None and (rendered.picture[36, 40, 0], rendered.picture[36, 88, 0]) == (210, 240)

    until(swapped, "the parts of both")


def test_a_box_moves_the_detection_and_another_camera_forgets_it(
    open_session: Callable[..., Session],
) -> None:
    engine = SwapEngine()
    live = open_session(engine=engine)
    live.choose_box(CropBox(1000, 20, 20))
    until(lambda: live.error() is not None, "the refusal of a box outside")
    assert "box" in str(live.error())
    other = open_session(engine=SwapEngine())
    other.choose_box(CropBox(20, 20, 20))
    other.choose_camera(FakeCamera)
    before = other.status().rendered
    until(lambda: other.status().rendered > before + 3, "frames of the other camera")
    assert other.error() is None


def test_the_motion_is_kept_when_asked_for(open_session: Callable[..., Session]) -> None:
    live = open_session()
    assert live.motion() is None
    live.keep_motion()
    before = live.status().rendered
    until(lambda: live.status().rendered > before + 3, "some frames")
    live.stop()
    track = live.motion()
    assert track is not None
    assert len(track.poses) >= 3
    assert track.detector == "graph"
