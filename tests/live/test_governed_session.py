"""The governor in a session: its step sets tracking, precision and preview; sinks get every frame."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import main as command_line
from puppet.cli.console import status_words
from puppet.config import EngineOptions, LiveOptions
from puppet.domain import (
    Aim,
    Face,
    Frame,
    Framing,
    Keypoints,
    Motion,
    Pace,
    Picture,
    SinkKind,
    Status,
    Step,
)
from puppet.live import opening
from puppet.live.governor import Governor, ladder
from puppet.live.session import Session
from puppet.live.statistics import live_stats
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.fakes import (
    STILL,
    FakeCamera,
    FakeClock,
    FakeEngine,
    FakeSink,
    FakeTracker,
    SlowEngine,
    make_puppeteer,
    portrait,
)
from tests.support.sessions import attach
from tests.support.waiting import until

ABSOLUTE = replace(STILL, motion=Motion.ABSOLUTE)


class _Fixed(Governor):
    """Keeps its step and records the calls of `observe`."""

    def __init__(self, step: Step) -> None:
        super().__init__((step,))
        self.observed: list[tuple[float, float, float]] = []

    def observe(self, frame_ms: float, now_s: float, wanted_fps: float) -> Step:
        self.observed.append((frame_ms, now_s, wanted_fps))
        return self.step


class _Counting(FakeEngine):
    """Counts detections; each one finds the performer further right."""

    def __init__(self) -> None:
        super().__init__()
        self.detections = 0
        self.driven: list[float] = []

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        self.detections += 1
        found = super().detect(face)
        return Keypoints(found.points + self.detections / 10)

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        self.driven.append(float(driving.points[0, 0]))
        return super().render(code, source, driving)


def _steps(puppeteer: Puppeteer, count: int, every: int) -> None:
    puppeteer.apply_quality_step(Step(track_every=every))
    for index in range(count):
        puppeteer.step(Frame(portrait(64), index / 30, index), ABSOLUTE)


def test_the_performer_is_tracked_in_every_third_frame_only() -> None:
    engine = _Counting()
    puppeteer = make_puppeteer(engine)
    before = engine.detections
    _steps(puppeteer, 9, every=3)
    assert engine.detections - before == 3
    assert engine.rendered == 9


def test_between_two_tracked_frames_the_motion_is_extrapolated() -> None:
    engine = _Counting()
    puppeteer = make_puppeteer(engine)
    _steps(puppeteer, 8, every=2)
    steps = [round(later - earlier, 3) for earlier, later in zip(engine.driven[2:], engine.driven[3:], strict=False)]
    assert steps == [0.05, 0.05, 0.05, 0.05, 0.05]


def test_a_frame_of_another_size_is_tracked_at_once() -> None:
    engine = _Counting()
    puppeteer = make_puppeteer(engine)
    _steps(puppeteer, 3, every=9)
    before = engine.detections
    puppeteer.step(Frame(portrait(48), 0.2), STILL)
    assert engine.detections == before + 1


@pytest.mark.parametrize(("cores", "expected_ms"), [(1, 50.0), (2, 30.0)])
def test_a_frame_takes_all_its_parts_or_the_longest_one_where_they_run_in_parallel(
    monkeypatch: pytest.MonkeyPatch, cores: int, expected_ms: float
) -> None:
    monkeypatch.setattr("puppet.live.painting.usable_cores", lambda: cores)
    clock = FakeClock()
    engine, governor = SlowEngine(clock), _Fixed(Step())
    live = Session(
        make_puppeteer(engine, clock=clock), partial(FakeCamera, frames=1), STILL, governor=governor, clock=clock
    )
    live.start()
    live.join(10.0)
    live.stop()
    ((frame_ms, _, _),) = governor.observed
    assert frame_ms == pytest.approx(expected_ms)


def test_the_renderer_sets_the_precision_of_each_frame() -> None:
    class Watched(FakeEngine):
        def __init__(self) -> None:
            super().__init__()
            self.low: list[tuple[str, bool]] = []

        def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
            self.low.append((threading.current_thread().name, self.allow_low_precision))
            return super().render(code, source, driving)

    engine, governor = Watched(), _Fixed(Step(allow_low_precision=True))
    live = Session(make_puppeteer(engine), partial(FakeCamera, frames=3, paced=False), STILL, governor=governor)
    live.start()
    live.join(10.0)
    live.stop()
    assert engine.low == [("puppet-renderer", True)] * 3


def test_without_a_face_every_frame_is_tracked() -> None:
    class Counting(FakeTracker):
        detections = 0

        def locate(self, image: Picture) -> Face | None:
            self.detections += 1
            return None

    tracker = Counting()
    puppeteer = Puppeteer(FakeEngine(), tracker, framing=Framing.AUTO)
    puppeteer.show(make_puppeteer().prepare(portrait(), "fake portrait"))
    _steps(puppeteer, 5, every=3)
    assert tracker.detections == 5


def test_with_a_slower_preview_sinks_still_get_every_picture() -> None:
    engine, sink, previews = _Counting(), FakeSink(), list[int]()

    class Watching(_Fixed):
        """Called once for each frame, after it was handed out."""

        def observe(self, frame_ms: float, now_s: float, wanted_fps: float) -> Step:
            shown = live.preview()
            assert shown is not None
            previews.append(shown.frame.index)
            step = super().observe(frame_ms, now_s, wanted_fps)
            until(lambda: len(sink.times_s) == len(self.observed), "the sink's picture")
            return step

    governor = Watching(Step(preview_every=4, track_every=2))
    start = threading.Event()

    def wait_and_open() -> FakeCamera:
        start.wait()
        return FakeCamera(frames=20, paced=False)

    live = Session(make_puppeteer(engine), wait_and_open, STILL, governor=governor)
    live.start()
    attach(live, sink, SinkKind.VIRTUAL_CAMERA)
    start.set()
    live.join(10.0)
    live.stop()
    assert len(governor.observed) == 20
    assert previews == [index - index % 4 for index in range(20)]
    assert engine.detections == 1 + 10  # the portrait, and every second frame
    assert all(frame_ms > 0 and wanted_fps == 0 for frame_ms, _, wanted_fps in governor.observed)


def test_the_governor_gets_the_rate_of_the_camera() -> None:
    governor = _Fixed(Step())
    live = Session(make_puppeteer(), FakeCamera, STILL, governor=governor)
    live.start()
    until(lambda: any(observed[2] == FakeCamera().fps for observed in governor.observed))  # and 0 once it is closed
    live.stop()


def test_the_line_is_in_status_statistics_and_terminal() -> None:
    class Busy(_Fixed):
        pace = Pace(Aim.HOLDING, 30.0, Step(track_every=2))

    session = Session(make_puppeteer(), FakeCamera, STILL, governor=Busy(Step()))
    status = session.status()
    session.stop()
    assert status.governor == Busy.pace
    line = "holding 30 fps: tracking every 2nd frame"
    assert live_stats(status, 1.0)["governor"] == line
    assert line in status_words(status)
    assert live_stats(Status(), 1.0)["governor"] == ""


@pytest.mark.parametrize(
    ("options", "preview", "steps"),
    [
        (LiveOptions(), True, ladder(side_px=0)),
        (LiveOptions(), False, ladder(preview=False, side_px=0)),
        (LiveOptions(governor=False), True, (Step(),)),
    ],
)
@pytest.mark.parametrize("has_low_precision", [True, False])
def test_the_possible_steps_depend_on_options_and_engine(
    monkeypatch: pytest.MonkeyPatch,
    options: LiveOptions,
    preview: bool,
    steps: tuple[Step, ...],
    has_low_precision: bool,
) -> None:
    engine = FakeEngine()
    engine.has_low_precision = has_low_precision
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: make_puppeteer(engine))
    if not has_low_precision:
        steps = tuple(dict.fromkeys(replace(step, allow_low_precision=False) for step in steps))
    used: list[Sequence[Step]] = [(Step(),)]

    def governor(steps: Sequence[Step]) -> Governor:
        used.append(steps)
        return Governor(steps)

    monkeypatch.setattr(opening, "Governor", governor)
    opening.open_session(options, preview=preview).stop()
    assert used[-1] == steps


def test_the_governor_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[LiveOptions] = []

    def refuse(options: LiveOptions, *, preview: bool) -> Session:
        seen.append(options)
        assert not preview
        raise KeyboardInterrupt

    monkeypatch.setattr(opening, "open_session", refuse)
    assert command_line.main(["live", "--no-governor"]) == 130
    assert command_line.main(["live"]) == 130
    assert [options.governor for options in seen] == [False, True]


@pytest.mark.parametrize(
    ("driver", "device", "warned"), [(True, "auto", True), (True, "cpu", False), (False, "auto", False)]
)
def test_an_unused_gpu_is_reported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, driver: bool, device: str, warned: bool
) -> None:
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: make_puppeteer())
    monkeypatch.setattr(opening, "has_nvidia_driver", lambda: driver)
    opening.open_session(LiveOptions(engine=EngineOptions(device=device))).stop()
    assert any("doctor" in message for message in caplog.messages) is warned
