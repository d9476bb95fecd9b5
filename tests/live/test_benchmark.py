"""The benchmark measures what it says: whole sessions with both sinks, without the warm-up. No figure is compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvirtualcam

import main as command_line
from puppet.config import EngineOptions
from puppet.domain import Following, Frame, SinkKind, Status
from puppet.errors import CameraError, PuppetError
from puppet.live import benchmark
from puppet.pipeline.puppeteer import Puppeteer
from puppet.pipeline.scenes import Rendered
from tests.support.clips import even_times, moving_square, write_clip
from tests.support.fakes import make_puppeteer

_DOT = np.zeros((1, 1, 3), np.uint8)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A small clip, an engine that costs nothing, a short warm-up; back-ends as they were afterwards."""

    def puppeteer(pack: str, engine: EngineOptions, size: tuple[int, int]) -> Puppeteer:
        return make_puppeteer(size=size)

    monkeypatch.setattr(benchmark, "_puppeteer", puppeteer)
    monkeypatch.setattr(benchmark, "WARM_UP_FRAMES", 3)
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {})
    return write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 20), even_times(30, 20))


def _finished(count: int, every_s: float, latency_s: float) -> list[Rendered]:
    frames = [Frame(_DOT, index * every_s, index) for index in range(count)]
    stages = {"track": 2.0, "render": 7.0}
    return [Rendered(_DOT, frame, Following.TRACKING, frame.captured_s + latency_s, stages) for frame in frames]


def test_rates_and_latency_come_from_the_pictures_own_times() -> None:
    measured = benchmark.measure(_finished(11, 0.04, 0.05), dropped=3, recorder_dropped=1)
    assert measured.fps == pytest.approx(25)
    assert measured.latency.p95_ms == pytest.approx(50)
    assert measured.stages["render"].p50_ms == 7
    assert (measured.frames, measured.dropped, measured.recorder_dropped) == (11, 3, 1)


def test_a_single_picture_is_no_measurement() -> None:
    with pytest.raises(PuppetError, match="longer"):
        benchmark.measure(_finished(1, 1, 1), 0, 0)


def test_both_runs_go_through_recorder_and_virtual_camera(small: Path) -> None:
    figures = benchmark.bench("face", EngineOptions(), 0.5, small)
    assert figures.unpaced.frames > 2
    assert figures.paced.frames > 2
    assert any("recording" in sink for sink in figures.status.sinks.values())
    assert any("virtual camera (discard" in sink for sink in figures.status.sinks.values())
    assert 20 < figures.paced.fps < 40
    assert all(figures.fps_by_size[size] > 0 for size in benchmark.SIZES)
    assert set(figures.status.sink_latency) == {SinkKind.RECORDER, SinkKind.VIRTUAL_CAMERA}


def test_the_command_writes_fps_and_latency(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    measured = benchmark.measure(_finished(11, 0.04, 0.05), 0, 0)
    figures = benchmark.Figures("face", measured, replace(measured, fps=30.0), {(640, 360): 41.0}, Status(), 123.4)
    monkeypatch.setattr(benchmark, "bench", lambda pack, engine, seconds: figures)
    assert command_line.main(["bench", "--seconds", "1", "--json", str(tmp_path / "b.json")]) == 0
    written = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert (written["fps"], written["latency_ms"]["p95"], written["rss_mb"]) == (25.0, 50.0, 123.4)
    assert written["paced"]["fps"] == 30.0
    assert written["fps_by_size"] == {"640x360": 41.0}
    assert written["machine"]["cores"] >= 1
    assert "25.0" in capsys.readouterr().out


def test_a_clip_that_cannot_be_played_is_an_error(small: Path, tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="no such file"):
        benchmark.bench("face", EngineOptions(), 0.5, tmp_path / "none.mp4")


def test_the_discarding_backend_takes_what_pyvirtualcam_sends(small: Path) -> None:
    pyvirtualcam.register_backend(benchmark.BACKEND, benchmark.DiscardingBackend)
    with pyvirtualcam.Camera(64, 48, 30) as camera:
        camera.send(np.zeros((48, 64, 3), np.uint8))
        assert camera.frames_sent == 1
    with pytest.raises(RuntimeError, match="no devices"):
        pyvirtualcam.Camera(64, 48, 30, device="/dev/video9")
