"""Part swap of every frame of a target: pictures, times, sound, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from puppet.config import OFFLINE_CONTROLS, RenderOptions
from puppet.domain import Framing, PartSwap
from puppet.errors import ConfigError, MediaError, TrackingError
from puppet.media.mark_reader import read_mark
from puppet.media.pictures import write_picture
from puppet.offline import render
from puppet.offline.render import swap
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.clips import even_times
from tests.support.fakes import FACE_PX, SwapEngine
from tests.support.square_engine import SIZE, make_clip, read_video, render_with, sound_seconds


@pytest.fixture
def swapping(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine with two segments: the left and the right half."""

    render_with(monkeypatch, SwapEngine)


def _swaps(*segments: int, **changes: Any) -> RenderOptions:
    controls = replace(OFFLINE_CONTROLS, swap=PartSwap(segments), **changes)
    return RenderOptions(framing=Framing.NONE, controls=controls)


@pytest.mark.usefixtures("swapping")
def test_parts_are_put_on_every_frame_and_the_sound_stays(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 6), sound=True)
    assert swap([source], clip, tmp_path / "o.mp4", _swaps(1)) == 6
    pictures, times_s = read_video(tmp_path / "o.mp4")
    assert times_s == pytest.approx(even_times(10, 6), abs=0.001)
    assert pictures[0].shape == (FACE_PX, FACE_PX, 3)
    assert sound_seconds(tmp_path / "o.mp4") == pytest.approx(0.6, abs=0.1)


@pytest.mark.usefixtures("swapping")
def test_parts_are_put_on_a_picture(tmp_path: Path, source: Path) -> None:
    dark, out = tmp_path / "dark.png", tmp_path / "o.png"
    write_picture(dark, np.full((SIZE, SIZE, 3), 9, np.uint8))
    write_picture(source.with_name("bright.png"), np.full((SIZE, SIZE, 3), 240, np.uint8))
    assert swap([source.with_name("bright.png")], dark, out, _swaps(2)) == 1
    picture = np.asarray(Image.open(out))
    assert (picture[:, :16] == 9).all()
    assert (picture[:, 16:] == 240).all()
    assert swap([source], dark, tmp_path / "o.mp4", _swaps(2)) == 1
    assert len(read_video(tmp_path / "o.mp4")[0]) == 1
    assert read_mark(out).ai_made
    assert read_mark(tmp_path / "o.mp4").ai_made


@pytest.mark.usefixtures("swapping")
def test_swaps_that_cannot_be_leave_nothing_behind(tmp_path: Path, source: Path) -> None:
    clip, out = make_clip(tmp_path / "clip.mp4", even_times(10, 3)), tmp_path / "o.mp4"
    for sources, target, path, segments, words in (
        ([source], clip, out, (7,), "segments are 1, 2"),
        ([source], clip, out, (), "--segments is missing"),
        ([source, source, source], clip, out, (1, 2), "given 1 times for 3 sources"),
        ([source], clip, clip, (1,), "an input too"),
        ([source], clip, source, (1,), "an input too"),
        ([source], clip, tmp_path / "o.png", (1,), "extension"),
    ):
        with pytest.raises((ConfigError, MediaError), match=words):
            swap(sources, target, path, _swaps(*segments))
    assert {path.name for path in tmp_path.iterdir()} == {"source.png", "clip.mp4"}


def test_a_pack_without_segments_says_so(tmp_path: Path, source: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 3))
    with pytest.raises(ConfigError, match="no segments to swap"):
        swap([source], clip, tmp_path / "o.mp4", _swaps(1))


def test_a_target_without_a_face_is_not_written(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    puppeteer = Puppeteer(SwapEngine(), None, framing=Framing.NONE, size=None)
    monkeypatch.setattr(puppeteer, "pose", lambda image: None)
    monkeypatch.setattr(render, "open_puppeteer", lambda *arguments: puppeteer)
    step = puppeteer.step
    monkeypatch.setattr(puppeteer, "step", lambda frame, controls: replace(step(frame, controls), driving=None))
    clip = make_clip(tmp_path / "clip.mp4", even_times(10, 3))
    with pytest.raises(TrackingError, match="no frame of the target shows a face"):
        swap([source], clip, tmp_path / "o.mp4", _swaps(1))
    assert not (tmp_path / "o.mp4").exists()
