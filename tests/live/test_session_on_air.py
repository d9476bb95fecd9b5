"""Pictures in the outputs while nobody is followed, and while a session replaces another."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from puppet.cameras.base import Camera
from puppet.domain import Following, Keypoints, PartSwap, Picture, SessionState, SinkKind
from puppet.engines.base import SwapPart
from puppet.live.session import Session
from puppet.media.video import VideoReader
from tests.support.fakes import STILL, FakeCamera, FakeEngine, FakeSink, SwapEngine, make_puppeteer
from tests.support.sessions import attach
from tests.support.waiting import until

SIZE = (128, 72)


# Another session


def test_the_next_session_continues_the_recording(open_session: Callable[..., Session], tmp_path: Path) -> None:
    old = open_session()
    old.start_recording(tmp_path / "a.mp4")
    until(lambda: old.status().rendered > 20)
    camera_comes = threading.Event()

    def open_later() -> Camera:
        camera_comes.wait(10.0)
        return FakeCamera()

    engine = FakeEngine()
    new = Session(make_puppeteer(engine, SIZE), open_later, STILL)
    new.take_sinks(old)
    old.stop()
    new.start()
    try:
        until(lambda: engine.rendered > 3)  # the idle loop
        assert new.status().sinks == {SinkKind.RECORDER: f"recording {tmp_path / 'a.mp4'}"}
        assert new.status().rendered == 0
        camera_comes.set()
        until(lambda: new.status().rendered > 20)
        assert new.stop_recording() == tmp_path / "a.mp4"
    finally:
        camera_comes.set()
        new.stop()
    assert old.stop_recording() is None
    with VideoReader(tmp_path / "a.mp4") as reader:
        times_s = [timed.time_s for timed in reader.pictures()]
    assert len(times_s) > 40
    assert all(after > before for before, after in itertools.pairwise(times_s))


def test_sinks_of_a_session_that_failed_are_not_taken(open_session: Callable[..., Session], tmp_path: Path) -> None:
    old = open_session(engine=FakeEngine(fails_after=5))
    old.start_recording(tmp_path / "a.mp4")
    until(lambda: old.error() is not None)
    old.join(5.0)
    new = Session(make_puppeteer(size=SIZE), FakeCamera, STILL)
    new.take_sinks(old)
    new.start()
    try:
        assert old.stop_recording() == tmp_path / "a.mp4"
        new.start_recording(tmp_path / "b.mp4")
        until(lambda: new.status().rendered > 5)
        assert new.stop_recording() == tmp_path / "b.mp4"
    finally:
        new.stop()


# The idle loop


def test_the_idle_loop_replaces_the_performer_at_once_and_keeps_the_devices(
    open_session: Callable[..., Session],
) -> None:
    live, sink = open_session(), FakeSink()
    attach(live, sink, SinkKind.VIRTUAL_CAMERA)
    until(lambda: live.status().rendered > 5)
    live.set_controls(replace(STILL, idle=True))
    until(lambda: live.status().following is Following.IDLE)
    written, status = len(sink.times_s), live.status()
    until(lambda: len(sink.times_s) > written + 5)
    assert live.status().camera.startswith("fake camera")
    assert live.status().rendered > status.rendered
    assert sink.closed == 0
    live.set_controls(STILL)
    until(lambda: live.status().following is not Following.IDLE)


def test_a_camera_that_hangs_leaves_the_portrait_at_rest_and_the_idle_loop_can_be_chosen(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine()
    live = open_session(lambda: FakeCamera(blocks="yes"), engine)
    live.set_controls(replace(STILL, idle=True))
    until(lambda: engine.rendered > 5)
    assert live.status().state is SessionState.STARTING


def test_with_a_preview_the_portrait_rests_until_a_slow_camera_delivers() -> None:
    live = Session(make_puppeteer(FakeEngine(), SIZE), lambda: FakeCamera(blocks="yes"), STILL, preview=True)
    live.start()
    until(lambda: live.preview() is not None)
    assert live.status().state is SessionState.STARTING
    live.stop()


def test_a_part_swap_without_a_face_shows_the_portrait_and_not_the_performer(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    live, sent = open_session(engine=SwapEngine()), list[Picture]()
    live.set_controls(replace(STILL, swap=PartSwap((1, 2))))
    until(lambda: live.status().rendered > 5)
    monkeypatch.setattr(live._puppeteer._performer, "detect", lambda *_args, **_kwargs: None)
    until(lambda: live.status().following is Following.IDLE)
    monkeypatch.setattr(live._outputs.sinks, "hand_out", lambda finished, without: sent.append(finished.picture))
    until(lambda: len(sent) > 5)
    squares = [picture[:, SIZE[0] // 2 - 14 : SIZE[0] // 2 + 14] for picture in sent]
    assert all(len(np.unique(square)) > 20 for square in squares)  # the camera's picture has one grey


class _GatedSwap(SwapEngine):
    """A shut gate makes a swap wait."""

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        self.gate.pass_through()
        return super().swap(parts, target_face, target)


def test_a_picture_that_was_being_painted_when_the_performer_hid_goes_nowhere(
    open_session: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, sent = _GatedSwap(), list[Picture]()
    live = open_session(engine=engine)
    live.set_controls(replace(STILL, swap=PartSwap((1,))))
    until(lambda: (preview := live.preview()) is not None and preview.shows_performer)
    engine.gate.shut()
    assert engine.gate.held.wait(10.0)
    monkeypatch.setattr(live._outputs.sinks, "hand_out", lambda finished, without: sent.append(finished.picture))
    live.set_controls(replace(STILL, swap=PartSwap((1,)), idle=True))
    engine.gate.open()
    until(lambda: len(sent) > 3)
    preview = live.preview()
    assert preview is not None
    assert not preview.shows_performer
    edges = [picture[:, SIZE[0] // 2 + 20 : SIZE[0] // 2 + 34] for picture in sent]  # the camera's picture has one grey
    assert all(len(np.unique(edge)) > 20 for edge in edges)
