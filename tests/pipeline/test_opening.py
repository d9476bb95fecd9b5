"""Pack, engine and tracker put together: the right tracker for the pack, and nothing left open after a failure."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from puppet.config import EngineOptions
from puppet.domain import Framing
from puppet.errors import ConfigError, EngineError, TrackingError
from puppet.packs import Pack
from puppet.pipeline import opening
from puppet.pipeline.opening import open_puppeteer, show_pictures
from puppet.pipeline.scenes import Portrait
from tests.support.fakes import FakeEngine, FakeTracker, make_puppeteer, portrait


class LandmarkEngine(FakeEngine):
    """As a pack whose keypoints are the tracker's."""

    detects = False


@pytest.fixture
def trackers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The trackers that were opened, by kind."""
    opened: list[str] = []

    def follow() -> FakeTracker:
        opened.append("face")
        return FakeTracker()

    monkeypatch.setattr(opening, "MediaPipeTracker", follow)
    monkeypatch.setattr(opening, "open_pack", lambda name: SimpleNamespace(name=name))
    return opened


def _use(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> list[EngineOptions]:
    asked: list[EngineOptions] = []

    def open_engine(pack: Pack, options: EngineOptions) -> FakeEngine:
        asked.append(options)
        return engine

    monkeypatch.setattr(opening, "open_engine", open_engine)
    return asked


@pytest.mark.parametrize(
    ("engine", "framing", "tracker"),
    [
        (FakeEngine(), Framing.AUTO, ["face"]),
        (FakeEngine(), Framing.NONE, []),
        (LandmarkEngine(), Framing.AUTO, ["face"]),
        (LandmarkEngine(), Framing.NONE, ["face"]),
    ],
)
def test_only_framed_pictures_of_a_pack_with_a_detector_need_no_face_tracker(
    monkeypatch: pytest.MonkeyPatch, trackers: list[str], engine: FakeEngine, framing: Framing, tracker: list[str]
) -> None:
    asked = _use(monkeypatch, engine)
    open_puppeteer("any", EngineOptions("onnxruntime", "fp32", "cpu"), framing, None).close()
    assert trackers == tracker
    assert asked == [EngineOptions("onnxruntime", "fp32", "cpu")]


def test_a_box_needs_no_tracker_and_a_pack_of_landmarks_no_box(
    monkeypatch: pytest.MonkeyPatch, trackers: list[str]
) -> None:
    _use(monkeypatch, FakeEngine())
    open_puppeteer("any", EngineOptions(), Framing.AUTO, None, (10, 5, 20)).close()
    assert trackers == []
    engine = LandmarkEngine()
    _use(monkeypatch, engine)
    with pytest.raises(ConfigError, match="--box"):
        open_puppeteer("any", EngineOptions(), Framing.AUTO, None, (10, 5, 20))
    assert engine.closed == 1


def test_a_failure_while_opening_closes_the_engine(monkeypatch: pytest.MonkeyPatch, trackers: list[str]) -> None:
    engine = FakeEngine()
    _use(monkeypatch, engine)

    def broken() -> FakeTracker:
        raise TrackingError("no tracker")

    monkeypatch.setattr(opening, "MediaPipeTracker", broken)
    with pytest.raises(TrackingError):
        open_puppeteer("any", EngineOptions(), Framing.AUTO, None)
    assert engine.closed == 1


def test_an_engine_that_cannot_warm_up_is_closed(monkeypatch: pytest.MonkeyPatch, trackers: list[str]) -> None:
    engine = FakeEngine()
    _use(monkeypatch, engine)

    def broken() -> None:
        raise EngineError("no memory")

    monkeypatch.setattr(engine, "warm_up", broken)
    with pytest.raises(EngineError):
        open_puppeteer("any", EngineOptions(), Framing.AUTO, None)
    assert engine.closed == 1


def test_the_largest_of_several_faces_is_used_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    puppeteer = make_puppeteer(shown=False)
    alone = puppeteer.prepare(portrait(), "group")
    crowd = Portrait("group", alone.picture, alone.crop, alone.face, alone.keypoints, alone.code, faces=3)
    monkeypatch.setattr(puppeteer, "prepare", lambda picture, name: crowd)
    with caplog.at_level(logging.WARNING):
        show_pictures(puppeteer, [(portrait(), "group")])
    assert "group: 3 faces; the largest is used" in caplog.text
    assert puppeteer.portrait is crowd
