"""The governor within the loop: its step is what tracker and preview do, sinks get every frame, people see a line."""

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
from puppet.domain import EngineInfo, Face, Frame, Framing, Keypoints, Motion, Picture, SinkKind, Status, Step
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
    make_puppeteer,
    portrait,
)
from tests.support.sessions import attach
from tests.support.waiting import until

ABSOLUTE = replace(STILL, motion=Motion.ABSOLUTE)


class _Fixed(Governor):
    """Does not decide; keeps what it is told."""

    def __init__(self, step: Step) -> None:
        super().__init__((step,))
        self.told: list[tuple[float, float, float]] = []

    def observe(self, frame_ms: float, now_s: float, wanted_fps: float) -> Step:
        self.told.append((frame_ms, now_s, wanted_fps))
        return self.step


class _Counting(FakeEngine):
    """Counts how often it looks, and where it sees the performer: further right with every look."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.driven: list[float] = []

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        self.looks += 1
        found = super().detect(face)
        return Keypoints(found.points + self.looks / 10)

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        self.driven.append(float(driving.points[0, 0]))
        return super().render(code, source, driving)


def _steps(puppeteer: Puppeteer, count: int, every: int) -> None:
    puppeteer.apply_quality_step(Step(track_every=every))
    for index in range(count):
        puppeteer.step(Frame(portrait(64), index / 30, index), ABSOLUTE)


def test_the_performer_is_looked_at_every_third_frame_only() -> None:
    engine = _Counting()
    puppeteer = make_puppeteer(engine)
    before = engine.looks
    _steps(puppeteer, 9, every=3)
    assert engine.looks - before == 3
    assert engine.rendered == 9


def test_between_two_looks_the_motion_goes_on() -> None:
    engine = _Counting()
    puppeteer = make_puppeteer(engine)
    _steps(puppeteer, 8, every=2)
    steps = [round(later - earlier, 3) for earlier, later in zip(engine.driven[2:], engine.driven[3:], strict=False)]
    assert steps == [0.05, 0.05, 0.05, 0.05, 0.05]


def test_another_camera_is_looked_at_at_once() -> None:
    engine = _Counting()
    puppeteer = make_puppeteer(engine)
    _steps(puppeteer, 3, every=9)
    before = engine.looks
    puppeteer.step(Frame(portrait(48), 0.2), STILL)
    assert engine.looks == before + 1


@pytest.mark.parametrize(("off_cpu", "expected_ms"), [(False, 50.0), (True, 30.0)])
def test_a_frame_takes_both_halves_or_the_longer_one_where_they_run_in_parallel(
    off_cpu: bool, expected_ms: float
) -> None:
    clock = FakeClock()

    class Slow(FakeEngine):
        def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
            clock.wait(0.03)
            return super().detect(face, landmarks)

        def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
            clock.wait(0.02)
            return super().render(code, source, driving)

    engine, governor = Slow(), _Fixed(Step())
    engine.info = EngineInfo("fake engine", "GPU" if off_cpu else "CPU", "fp32")
    live = Session(
        make_puppeteer(engine, clock=clock), partial(FakeCamera, frames=1), STILL, governor=governor, clock=clock
    )
    live.start()
    live.join(10.0)
    live.stop()
    ((frame_ms, _, _),) = governor.told
    assert frame_ms == pytest.approx(expected_ms)


def test_the_painter_sets_the_precision_of_each_frame() -> None:
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
    assert engine.low == [("puppet-painter", True)] * 3


def test_a_face_that_is_not_seen_is_looked_for_in_every_frame() -> None:
    class Counting(FakeTracker):
        looks = 0

        def locate(self, image: Picture) -> Face | None:
            self.looks += 1
            return None

    tracker = Counting()
    puppeteer = Puppeteer(FakeEngine(), tracker, framing=Framing.AUTO)
    puppeteer.show(make_puppeteer().prepare(portrait(), "fake portrait"))
    _steps(puppeteer, 5, every=3)
    assert tracker.looks == 5


def test_a_slower_preview_leaves_no_sink_without_a_picture() -> None:
    engine, sink, previews = _Counting(), FakeSink(), list[int]()

    class Watching(_Fixed):
        """Called once for each frame, after it was handed out."""

        def observe(self, frame_ms: float, now_s: float, wanted_fps: float) -> Step:
            shown = live.preview()
            assert shown is not None
            previews.append(shown.frame.index)
            step = super().observe(frame_ms, now_s, wanted_fps)
            until(lambda: len(sink.times_s) == len(self.told), "the sink's picture")
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
    assert len(governor.told) == 20
    assert previews == [index - index % 4 for index in range(20)]
    assert engine.looks == 1 + 10  # the portrait, and every second frame
    assert all(frame_ms > 0 and wanted_fps == 0 for frame_ms, _, wanted_fps in governor.told)


def test_the_governor_is_told_the_camera_s_rate() -> None:
    governor = _Fixed(Step())
    live = Session(make_puppeteer(), FakeCamera, STILL, governor=governor)
    live.start()
    until(lambda: any(told[2] == FakeCamera().fps for told in governor.told))  # and 0 once it is closed
    live.stop()


def test_the_line_is_in_status_statistics_and_terminal() -> None:
    class Busy(_Fixed):
        line = "holding 30 fps: tracking every 2nd frame"

    session = Session(make_puppeteer(), FakeCamera, STILL, governor=Busy(Step()))
    status = session.status()
    session.stop()
    assert status.governor == Busy.line
    assert live_stats(status, 1.0)["governor"] == Busy.line
    assert Busy.line in status_words(status)
    assert Status().governor == ""


@pytest.mark.parametrize(
    ("options", "preview", "steps"),
    [
        (LiveOptions(), True, ladder()),
        (LiveOptions(), False, ladder(preview=False)),
        (LiveOptions(governor=False), True, (Step(),)),
    ],
)
@pytest.mark.parametrize("has_low_precision", [True, False])
def test_what_may_be_given_up_comes_from_options_and_engine(
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
    ("driver", "device", "told"), [(True, "auto", True), (True, "cpu", False), (False, "auto", False)]
)
def test_a_gpu_that_is_there_and_unused_is_said_aloud(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, driver: bool, device: str, told: bool
) -> None:
    monkeypatch.setattr(opening, "open_puppeteer", lambda *arguments: make_puppeteer())
    monkeypatch.setattr(opening, "has_nvidia_driver", lambda: driver)
    opening.open_session(LiveOptions(engine=EngineOptions(device=device))).stop()
    assert any("doctor" in message for message in caplog.messages) is told
