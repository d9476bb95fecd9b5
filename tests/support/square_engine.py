"""An engine for offline rendering that follows a bright square, and clips of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from puppet.config import EngineOptions, RenderOptions, Square
from puppet.domain import EngineInfo, Floats, Framing, Inspection, Keypoints, Picture
from puppet.engines.base import Engine, PoseInputs, SwapPart
from puppet.offline import render
from puppet.pipeline.layered_portraits import OwnPixels
from puppet.pipeline.puppeteer import Puppeteer
from tests.support.clips import moving_square, write_clip

SIZE = 64
SQUARES = RenderOptions(framing=Framing.NONE)


class SquareEngine:
    """Its keypoints are the corners around the brightest spot; it moves the source by as much as they moved."""

    size = detect_size = SIZE
    info = EngineInfo("a test's", "CPU", "fp32")
    detects = True
    allow_low_precision = has_low_precision = moves_pixels = False
    fine_size = 0
    segments = 0

    def detect(self, face: Picture, landmarks: Keypoints | None = None) -> Keypoints:
        rows, columns = np.nonzero(face[..., 0] > 160)
        corners = [(columns.min(), rows.min()), (columns.max(), rows.min()), (columns.max(), rows.max())]
        points: Floats = np.array(corners, np.float32) * np.float32(2 / (SIZE - 1)) - np.float32(1)
        return Keypoints(points)

    def encode(self, face: Picture, keypoints: Keypoints, fine: Picture | None = None) -> object:
        return face

    def render(self, code: object, source: Keypoints, driving: Keypoints) -> Picture:
        assert isinstance(code, np.ndarray)
        shift: Floats = (driving.points - source.points).mean(0) * (SIZE - 1) / 2
        return np.roll(code, (round(float(shift[1])), round(float(shift[0]))), axis=(0, 1))

    def pose_inputs(self, source: Keypoints, driving: Keypoints) -> PoseInputs:
        return {}

    def inspect(
        self, code: object, source: Keypoints, driving: Keypoints, *, picture: bool = True, inputs: object = None
    ) -> Inspection:
        return Inspection(self.render(code, source, driving))

    def prepare_motion(self) -> None: ...

    def swap(self, parts: Sequence[SwapPart], target_face: Picture, target: Keypoints) -> Picture:
        raise AssertionError

    def warm_up(self) -> None: ...

    def close(self) -> None: ...


def make_clip(path: Path, times_s: list[float], size: tuple[int, int] = (SIZE, SIZE), **options: Any) -> Path:
    return write_clip(path, moving_square(size, len(times_s)), times_s, **options)


def read_video(path: Path) -> tuple[list[Picture], list[float]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    pictures = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames]
    return pictures, [float(frame.time or 0) for frame in frames]


def sound_seconds(path: Path) -> float:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return 0.0
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def render_with(monkeypatch: pytest.MonkeyPatch, make_engine: Callable[[], Engine]) -> None:
    """Let offline rendering use an engine of the tests, without a tracker."""

    def open_puppeteer(
        pack: str,
        engine: EngineOptions,
        framing: Framing,
        size: tuple[int, int] | None,
        box: Square | None,
        own_pixels: OwnPixels,
    ) -> Puppeteer:
        return Puppeteer(make_engine(), None, framing=framing, size=size, pack=pack)

    monkeypatch.setattr(render, "open_puppeteer", open_puppeteer)
