"""Engines at every precision, opened with an encoded source and measured frame by frame, interleaved.

Interleaved: in each round every engine renders some frames, one engine after the other. Other load on the machine then
slows all of them alike, and the medians over the rounds are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.results import Row
from puppet.config import DEVICES, ENGINES, PRECISIONS, EngineOptions
from puppet.domain import EngineInfo, Keypoints, Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_engine, open_without_fallback
from puppet.engines.runtimes.plugins import PLUGINS
from puppet.errors import EngineError, PackError
from puppet.packs import Pack


@dataclass(frozen=True, slots=True)
class Poses:
    """A source and the poses it is moved to.

    Attributes:
        source: (S, S, 3): the portrait's square.
        keypoints: its landmarks; None: the pack detects its pose.
        faces: (S, S, 3) each: the performer's squares, which the pack detects in.
        driving: their landmarks; empty: the pack needs none.
    """

    source: Picture
    keypoints: Keypoints | None
    faces: Sequence[Picture]
    driving: Sequence[Keypoints] = ()


class TimedEngine:
    """An open engine with an encoded source."""

    def __init__(self, engine: Engine, poses: Poses) -> None:
        """Take over `engine`."""
        self.engine = engine
        self._poses = poses
        self._source = engine.detect(poses.source, poses.keypoints)
        self._code = engine.encode(poses.source, self._source)

    def render(self, index: int) -> Picture:
        """Detect and render a frame by its index."""
        return self.engine.render(self._code, self._source, self._detect(index))

    def frame_ms(self, index: int) -> float:
        """Return the milliseconds of one frame."""
        return sum(self.graph_ms(index).values())

    def graph_ms(self, index: int) -> dict[str, float]:
        """Return the milliseconds of one frame by graph."""
        began_s = time.perf_counter()
        driving = self._detect(index)
        detected_s = time.perf_counter()
        self.engine.render(self._code, self._source, driving)
        rendered_s = time.perf_counter()
        return {"detect": 1000 * (detected_s - began_s), "render": 1000 * (rendered_s - detected_s)}

    def _detect(self, index: int) -> Keypoints:
        at = index % len(self._poses.faces)
        return self.engine.detect(self._poses.faces[at], self._poses.driving[at] if self._poses.driving else None)


def engine_combinations() -> list[EngineOptions]:
    """List every engine, precision and device of the command line, those on a GPU last."""
    named = [
        EngineOptions(engine, precision, device)
        for device in DEVICES
        for engine in ENGINES
        for precision in PRECISIONS
        if "auto" not in (engine, precision, device)
        and (device not in PLUGINS or (engine == "onnxruntime" and precision in ("fp32", "fp16")))
    ]
    return sorted(named, key=lambda options: options.device != "cpu")


def open_engines(
    pack: Pack, poses: Poses, wanted: Sequence[EngineOptions], *, verify: bool = True
) -> tuple[dict[EngineOptions, TimedEngine], dict[EngineOptions, str]]:
    """Open each combination and render one frame.

    Args:
        pack: the pack to render.
        poses: source and driving poses for it.
        wanted: the combinations.
        verify: compare a low precision with fp32, as a session does; False for random weights, which it always changes.

    Returns:
        The engines, and the reasons why the others cannot be measured.
    """
    engines, reasons = {}, {}
    for options in wanted:
        try:
            engine = open_engine(pack, options) if verify else open_without_fallback(pack, options)
            timed = TimedEngine(engine, poses)
            timed.render(0)
        except (EngineError, PackError) as error:
            reasons[options] = str(error)
            continue
        if engine.info.precision == options.precision:
            engines[options] = timed
        else:
            reasons[options] = f"fell back to {engine.info}"
    return engines, reasons


def interleaved(
    frames: Mapping[str, Callable[[int], float]], rounds: int, frames_per_round: int
) -> dict[str, list[list[float]]]:
    """Measure several things side by side.

    Args:
        frames: name -> function that renders a frame by its index and returns its milliseconds.
        rounds: number of rounds.
        frames_per_round: measured frames of each in a round, after one that warms the caches.

    Returns:
        Name -> rounds -> milliseconds of each frame.
    """
    measured: dict[str, list[list[float]]] = {name: [] for name in frames}
    for turn in range(rounds):
        for name, frame in frames.items():
            frame(turn)
            measured[name].append([frame(turn * frames_per_round + index) for index in range(frames_per_round)])
    return measured


def typical(rounds: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Return the median of the rounds' medians, the fastest round's median and the slowest's."""
    medians = sorted(median(each) for each in rounds)
    return median(medians), medians[0], medians[-1]


def measured_row(
    subject: str, options: EngineOptions, rounds: Sequence[Sequence[float]], plain_ms: float | None, engine: EngineInfo
) -> Row:
    """Return a row of the table; `plain_ms`: the reference loop's time, for the ratio."""
    network_ms, fastest_ms, slowest_ms = typical(rounds)
    return Row(
        subject,
        options.engine,
        options.precision,
        network_ms=network_ms,
        fastest_ms=fastest_ms,
        slowest_ms=slowest_ms,
        ratio=None if plain_ms is None else plain_ms / network_ms,
        note=str(engine),
        device=options.device,
    )


def mean_error(render: Callable[[int], Picture], references: Sequence[Picture]) -> float:
    """Return the mean absolute difference of rendered pictures from `references`, in grey levels of 255."""
    errors = [np.abs(render(at).astype(np.float32) - picture).mean() for at, picture in enumerate(references)]
    return float(np.mean(errors))
