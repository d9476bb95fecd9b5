"""Every engine at every precision on a subject, measured frame by frame in turns.

In turns: this round each candidate renders some frames, then the next round. What else the machine does falls on all of
them alike, and the median over rounds is compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks.results import Row
from puppet.config import DEVICES, ENGINES, PRECISIONS, EngineOptions
from puppet.domain import EngineInfo, Keypoints, Picture
from puppet.engines.base import Engine
from puppet.engines.factory import open_engine, open_without_fallback
from puppet.errors import EngineError, PackError
from puppet.packs import Pack


@dataclass(frozen=True, slots=True)
class Poses:
    """What is rendered: a source and the poses it is moved to.

    Attributes:
        source: (S, S, 3): the portrait's square.
        keypoints: its landmarks; None: the pack finds its pose.
        faces: (S, S, 3) each: the performer's squares, which the pack looks at; that counts.
        driving: their landmarks; empty: the pack needs none.
    """

    source: Picture
    keypoints: Keypoints | None
    faces: Sequence[Picture]
    driving: Sequence[Keypoints] = ()


class Candidate:
    """An opened engine with an encoded source."""

    def __init__(self, name: str, engine: Engine, poses: Poses) -> None:
        """Take over `engine`."""
        self.name = name
        self.engine = engine
        self._poses = poses
        self._source = engine.detect(poses.source, poses.keypoints)
        self._code = engine.encode(poses.source, self._source)

    def render(self, index: int) -> Picture:
        """A frame's networks: detect and render."""
        return self.engine.render(self._code, self._source, self._detected(index))

    def stages(self, index: int) -> dict[str, float]:
        """Milliseconds of one frame by graph."""
        began_s = time.perf_counter()
        driving = self._detected(index)
        detected_s = time.perf_counter()
        self.engine.render(self._code, self._source, driving)
        rendered_s = time.perf_counter()
        return {"detect": 1000 * (detected_s - began_s), "render": 1000 * (rendered_s - detected_s)}

    def _detected(self, index: int) -> Keypoints:
        at = index % len(self._poses.faces)
        return self.engine.detect(self._poses.faces[at], self._poses.driving[at] if self._poses.driving else None)

    def frame(self, index: int) -> float:
        """Milliseconds of one frame."""
        began_s = time.perf_counter()
        self.render(index)
        return (time.perf_counter() - began_s) * 1000


def table_name(options: EngineOptions) -> str:
    """Return an engine's name in tables: "openvino", or "torch cuda"."""
    return options.engine if options.device == "cpu" else f"{options.engine} {options.device}"


def combinations() -> list[EngineOptions]:
    """All that the command line knows, the GPU's last."""
    named = [
        EngineOptions(engine, precision, device)
        for device in DEVICES
        for engine in ENGINES
        for precision in PRECISIONS
        if "auto" not in (engine, precision, device)
    ]
    return sorted(named, key=lambda wanted: wanted.device != "cpu")


def opened(
    pack: Pack, poses: Poses, wanted: Sequence[EngineOptions], *, believed: bool = False
) -> Iterator[tuple[EngineOptions, Candidate | str]]:
    """Each combination opened and warm, or the reason why it cannot be.

    Args:
        pack: what is rendered.
        poses: of it.
        wanted: the combinations.
        believed: a low precision runs whatever it makes of the portrait: of random weights nothing else can be said.
    """
    for each in wanted:
        try:
            engine = open_without_fallback(pack, each) if believed else open_engine(pack, each)
            candidate = Candidate(table_name(each), engine, poses)
            candidate.render(0)
        except (EngineError, PackError) as error:
            yield each, str(error)
            continue
        given_up = engine.info.precision != each.precision
        yield each, f"fell back to {engine.info}" if given_up else candidate


def in_turns(
    frames: Mapping[str, Callable[[int], float]], rounds: int, frames_per_round: int
) -> dict[str, list[list[float]]]:
    """Measure several things side by side.

    Args:
        frames: name -> renders a frame by its index and returns its milliseconds.
        rounds: how often each has its turn.
        frames_per_round: that count; one more in front warms the caches up again.

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
    """The median of the rounds' medians, the fastest round's and the slowest's."""
    medians = sorted(median(each) for each in rounds)
    return median(medians), medians[0], medians[-1]


def row(
    subject: str, wanted: EngineOptions, rounds: Sequence[Sequence[float]], plain_ms: float | None, engine: EngineInfo
) -> Row:
    """A measured combination; `plain_ms`: what its ratio refers to."""
    network_ms, fastest_ms, slowest_ms = typical(rounds)
    return Row(
        subject,
        table_name(wanted),
        wanted.precision,
        network_ms=network_ms,
        fastest_ms=fastest_ms,
        slowest_ms=slowest_ms,
        ratio=None if plain_ms is None else plain_ms / network_ms,
        note=str(engine),
    )


def mean_difference(render: Callable[[int], Picture], right: Sequence[Picture]) -> float:
    """How far pictures are from the right ones, in grey levels of 255."""
    apart = [np.abs(render(at).astype(np.float32) - picture).mean() for at, picture in enumerate(right)]
    return float(np.mean(apart))
