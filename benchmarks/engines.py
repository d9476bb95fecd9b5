"""Every engine on both subjects, in turns with the reference, and each graph against the machine's limits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch

from benchmarks import scaling
from benchmarks.candidates import Candidate, Poses, in_turns, mean_difference, opened, row, table_name, typical
from benchmarks.landmarks import clip_poses
from benchmarks.plain import BareModule, PlainFrame, PlainLoop
from benchmarks.results import FACE, FOMM, PLAIN, Peak, Plain, Row, Scale, Stage
from benchmarks.roofline import against, work_of
from benchmarks.stages import measure_stages, parts_of
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.models.fomm import FirstOrderMotionModel
from puppet.packs import Pack

_log = logging.getLogger(__name__)

Tried = Sequence[tuple[EngineOptions, Candidate | str]]
Times = Mapping[str, Sequence[Sequence[float]]]


@dataclass(frozen=True, slots=True)
class FommFigures:
    """What was measured of the full FOMM."""

    plain: Plain
    rows: tuple[Row, ...]
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class FaceFigures:
    """What was measured of the shipped pack."""

    rows: tuple[Row, ...]
    stages: tuple[Stage, ...]
    scaling: tuple[Scale, ...]


def measure_fomm(
    model: FirstOrderMotionModel,
    pack: Pack,
    faces: list[Picture],
    peak: Peak,
    wanted: Sequence[EngineOptions],
    turns: tuple[int, int],
) -> FommFigures:
    """The plain loop, the bare module and every engine.

    Args:
        model: in eval mode.
        pack: the same, exported.
        faces: the performer's squares, the first one the source.
        peak: what the machine can do.
        wanted: which engines.
        turns: (rounds, frames in each).
    """
    _log.info("%s: engines", FOMM)
    loop, bare = PlainLoop(model, faces[0], BUNDLED_CLIP), BareModule(model, faces[0], faces)
    tried = list(opened(pack, Poses(faces[0], None, faces), wanted, believed=True))
    shown: list[PlainFrame] = []

    def plain_frame(index: int) -> float:
        shown.append(loop.frame())
        return shown[-1].network_ms

    times = in_turns({PLAIN: plain_frame, "bare": bare.frame, **_frames(tried)}, *turns)
    loop.close()
    plain_ms, fastest_ms, slowest_ms = typical(times[PLAIN])
    right = [_picture(bare.render(at)) for at in range(len(faces))]
    first = Row(FOMM, PLAIN, "fp32", "", plain_ms, fastest_ms, slowest_ms, 1.0, note="torch · eager · CPU · fp32")
    _log.info("%s: stages", FOMM)
    stages = [
        against(peak, FOMM, stage, "torch · eager", work, ms)
        for stage, (work, ms) in measure_stages(parts_of(model), bare.render, turns[0] * turns[1]).items()
    ]
    stages += _graph_stages(FOMM, pack, tried, peak, turns, drawn_ms=0.0)
    rows = (first, *_rows(FOMM, tried, times, right, plain_ms))
    _close(tried)
    plain = Plain(plain_ms, typical(times["bare"])[0], median(frame.loop_ms for frame in shown))
    return FommFigures(plain, rows, tuple(stages))


def measure_face(
    pack: Pack, frames: list[Picture], peak: Peak, wanted: Sequence[EngineOptions], turns: tuple[int, int]
) -> FaceFigures:
    """Every engine on the shipped pack, and how it scales.

    Args:
        pack: of landmarks.
        frames: of the clip.
        peak: what the machine can do.
        wanted: which engines.
        turns: (rounds, frames in each).
    """
    _log.info("%s: engines", FACE)
    poses = clip_poses(frames, pack.size)
    tried = list(opened(pack, poses, wanted))
    times = in_turns({"drawing": scaling.drawing(poses), **_frames(tried)}, 2 * turns[0], turns[1])
    drawn_ms, *_ = typical(times["drawing"])
    networks = {name: [[ms - drawn_ms for ms in each] for each in rounds] for name, rounds in times.items()}
    exact = next(found for _, found in tried if isinstance(found, Candidate))
    right = [exact.render(at) for at in range(len(poses.faces))]
    rows = _rows(FACE, tried, networks, right, None)
    stages = _graph_stages(FACE, pack, tried, peak, turns, drawn_ms)
    _log.info("%s: scaling", FACE)
    scales = scaling.measure(pack, poses, frames, turns[0] * turns[1])
    _close(tried)
    return FaceFigures(tuple(rows), tuple(stages), tuple(scales))


def _frames(tried: Tried) -> dict[str, Callable[[int], float]]:
    return {_name(each): found.frame for each, found in tried if isinstance(found, Candidate)}


def _name(wanted: EngineOptions) -> str:
    return f"{table_name(wanted)} {wanted.precision}"


def _rows(subject: str, tried: Tried, times: Times, right: Sequence[Picture], plain_ms: float | None) -> list[Row]:
    """A row for each combination, measured or not; `right`: the pictures that errors are counted from."""
    rows = []
    for each, found in tried:
        if isinstance(found, str):
            rows.append(Row(subject, table_name(each), each.precision, note=f"not measured: {found}"))
        else:
            measured = row(subject, each, times[_name(each)], plain_ms, found.engine.info)
            rows.append(replace(measured, error_levels=mean_difference(found.render, right)))
    return rows


def _graph_stages(
    subject: str, pack: Pack, tried: Tried, peak: Peak, turns: tuple[int, int], drawn_ms: float
) -> list[Stage]:
    """Each graph of a pack against the limit, as each engine runs it in fp32 on the processor.

    `drawn_ms`: what a render spends on drawing before it comes to its graph.
    """
    stages = []
    for each, found in tried:
        if isinstance(found, Candidate) and (each.precision, each.device) == ("fp32", "cpu"):
            for graph, spent_ms in scaling.graph_times(found, turns[0] * turns[1]).items():
                work = work_of(pack.file(f"{graph}.onnx"))
                stages.append(against(peak, subject, f"graph {graph}", each.engine, work, spent_ms - drawn_ms))
    return stages


def _close(tried: Tried) -> None:
    for _, found in tried:
        if isinstance(found, Candidate):
            found.engine.close()


def _picture(rendered: torch.Tensor) -> Picture:
    return (rendered[0].permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
