"""Times of the shipped pack by number of portraits and resolution, and of each of its graphs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

import cv2
import numpy as np

from benchmarks import composition
from benchmarks.results import Scale
from benchmarks.stopwatch import spent_ms
from benchmarks.timed_engines import Poses, TimedEngine, interleaved, typical
from puppet.config import LIVE_CONTROLS
from puppet.domain import Frame, Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_engine
from puppet.geometry import face_mesh
from puppet.media.pictures import read_picture
from puppet.packs import Pack
from puppet.pipeline.puppeteer import Puppeteer
from puppet.tracking.tracker import MediaPipeTracker
from puppet.userdata.gallery import Gallery

_PORTRAITS = (1, 4, 16)
_SIZES = ((640, 360), (1280, 720), (1920, 1080))
_FRAME_S = 1 / 30


def mesh_drawing(poses: Poses) -> Callable[[int], float]:
    """Return a function that measures drawing the mesh: the part of a landmark pack's `render` that is no network."""
    assert poses.keypoints is not None
    draw = partial(face_mesh.draw, poses.keypoints)
    return lambda index: spent_ms(partial(draw, poses.driving[index % len(poses.driving)]))


def graph_times(engine: TimedEngine, frames: int) -> dict[str, float]:
    """Return the median milliseconds of each graph in a frame: detect and render."""
    times = [engine.graph_ms(index) for index in range(frames)]
    return {stage: median(each[stage] for each in times) for stage in times[0]}


def measure(pack: Pack, poses: Poses, frames: Sequence[Picture], count: int) -> list[Scale]:
    """Measure `auto`'s engine by number of portraits, and the whole step by camera and output size."""
    engine = open_engine(pack)
    puppeteer, own_pixels = Puppeteer(engine, MediaPipeTracker()), composition.open_own_pixels(engine)
    try:
        return [
            *_portraits(engine, poses, count),
            *_switch(puppeteer, frames, count),
            *_sizes(own_pixels, frames, count),
            *composition.measure(own_pixels, frames, count),
        ]
    finally:
        puppeteer.close()


def _portraits(engine: Engine, poses: Poses, count: int) -> list[Scale]:
    """Measure a frame's render while several portraits are shown in turn."""
    assert poses.keypoints is not None
    keypoints = poses.keypoints
    codes = [engine.encode(np.roll(poses.source, at, 1), keypoints) for at in range(max(_PORTRAITS))]

    def frame_ms(portraits: int, index: int) -> float:
        driving = poses.driving[index % len(poses.driving)]
        return spent_ms(lambda: engine.render(codes[index % portraits], keypoints, driving))

    times = interleaved({str(portraits): partial(frame_ms, portraits) for portraits in _PORTRAITS}, count, 2)
    return [Scale("portraits in use", name, "render of a frame", typical(spent)[0]) for name, spent in times.items()]


def _switch(puppeteer: Puppeteer, frames: Sequence[Picture], count: int) -> list[Scale]:
    """Measure preparing a portrait, which runs beside the loop, and the first frame with it beside the next."""
    items = Gallery().portraits()[:2]
    began_s = time.perf_counter()
    portraits = [puppeteer.prepare(read_picture(item.path), item.name) for item in items]
    prepared_ms = (time.perf_counter() - began_s) * 1000 / len(portraits)
    steps_ms: list[float] = []
    for index in range(max(count, 4) * 2):
        puppeteer.show(portraits[index // 2 % 2])
        frame = Frame(frames[index % len(frames)], index * _FRAME_S, index)
        steps_ms.append(spent_ms(partial(puppeteer.step, frame, LIVE_CONTROLS)))
    return [
        Scale("portrait switched", "analysed beside the loop", "prepare", prepared_ms),
        Scale("portrait switched", "first frame after", "step", median(steps_ms[4::2])),
        Scale("portrait switched", "next frame", "step", median(steps_ms[5::2])),
    ]


def _sizes(puppeteer: Puppeteer, frames: Sequence[Picture], count: int) -> list[Scale]:
    """Measure the whole step by size of camera and output."""
    scales = []
    for size in _SIZES:
        puppeteer.size = size
        scaled = [np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8) for frame in frames]
        stages = []
        for index in range(max(count, 4)):
            frame = Frame(scaled[index % len(scaled)], index * _FRAME_S, index)
            stages.append(puppeteer.step(frame, LIVE_CONTROLS).stages_ms)
        for stage in stages[0]:
            stage_ms = median(each[stage] for each in stages[1:])
            scales.append(Scale("camera and output, px", f"{size[0]}x{size[1]}", stage, stage_ms))
    return scales
