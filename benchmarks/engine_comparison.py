"""Compare every engine with the reference loop on both subjects, and each graph with the machine's peaks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeAlias

import numpy as np
import torch

from benchmarks import scaling
from benchmarks.face_poses import clip_poses
from benchmarks.fomm_stages import measure_stages, parts_of
from benchmarks.reference_loop import BareModule, FrameTimes, ReferenceLoop
from benchmarks.results import FACE, FOMM, PLAIN, Peak, Plain, Row, Scale, Stage
from benchmarks.roofline import compare_with_peak, work_of
from benchmarks.timed_engines import Poses, TimedEngine, interleaved, mean_error, measured_row, open_engines, typical
from puppet.cameras.opening import BUNDLED_CLIP
from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.models.fomm import FirstOrderMotionModel
from puppet.packs import Pack

_log = logging.getLogger(__name__)

Engines: TypeAlias = Mapping[EngineOptions, TimedEngine]
Times: TypeAlias = Mapping[str, Sequence[Sequence[float]]]
"""Name -> rounds -> milliseconds of each frame."""


def measure_fomm(
    model: FirstOrderMotionModel,
    pack: Pack,
    faces: list[Picture],
    peak: Peak,
    wanted: Sequence[EngineOptions],
    turns: tuple[int, int],
) -> tuple[Plain, list[Row], list[Stage]]:
    """Measure the reference loop, the bare module and every engine of the full FOMM.

    Args:
        model: in eval mode.
        pack: the same model, exported.
        faces: the performer's squares; the first one is the source.
        peak: the machine's peaks.
        wanted: the engines.
        turns: rounds, and frames in each.

    Returns:
        The reference loop's figures, a row for it and for each engine, and the stages.
    """
    _log.info("%s: engines", FOMM)
    loop, bare = ReferenceLoop(model, faces[0], BUNDLED_CLIP), BareModule(model, faces[0], faces)
    engines, reasons = open_engines(pack, Poses(faces[0], None, faces), wanted, verify=False)
    frames: list[FrameTimes] = []

    def loop_frame_ms(index: int) -> float:
        frames.append(loop.frame())
        return frames[-1].network_ms

    times = interleaved({PLAIN: loop_frame_ms, "bare": bare.frame_ms, **_frame_functions(engines)}, *turns)
    loop.close()
    plain_ms, fastest_ms, slowest_ms = typical(times[PLAIN])
    references = [_picture(bare.render(at)) for at in range(len(faces))]
    first = Row(FOMM, PLAIN, "fp32", "", plain_ms, fastest_ms, slowest_ms, 1.0, note="torch · eager · CPU · fp32")
    _log.info("%s: stages", FOMM)
    stages = [
        compare_with_peak(peak, FOMM, stage, "torch · eager", work, ms)
        for stage, (work, ms) in measure_stages(parts_of(model), bare.render, turns[0] * turns[1]).items()
    ]
    stages += _graph_stages(FOMM, pack, engines, peak, turns, drawing_ms=0.0)
    rows = [first, *_rows(FOMM, engines, times, references, plain_ms), *_unmeasured_rows(FOMM, reasons)]
    _close(engines)
    return Plain(plain_ms, typical(times["bare"])[0], median(frame.loop_ms for frame in frames)), rows, stages


def measure_face(
    pack: Pack, frames: list[Picture], peak: Peak, wanted: Sequence[EngineOptions], turns: tuple[int, int]
) -> tuple[list[Row], list[Stage], list[Scale]]:
    """Measure every engine on the shipped pack, and how its times scale.

    Args:
        pack: a pack of landmarks.
        frames: frames of the clip.
        peak: the machine's peaks.
        wanted: the engines.
        turns: rounds, and frames in each.
    """
    _log.info("%s: engines", FACE)
    poses = clip_poses(frames, pack.size)
    engines, reasons = open_engines(pack, poses, wanted)
    times = interleaved({"drawing": scaling.mesh_drawing(poses), **_frame_functions(engines)}, 2 * turns[0], turns[1])
    drawing_ms, *_ = typical(times["drawing"])
    networks = {name: [[ms - drawing_ms for ms in each] for each in rounds] for name, rounds in times.items()}
    first = next(iter(engines.values()))
    references = [first.render(at) for at in range(len(poses.faces))]
    rows = [*_rows(FACE, engines, networks, references, None), *_unmeasured_rows(FACE, reasons)]
    stages = _graph_stages(FACE, pack, engines, peak, turns, drawing_ms)
    _log.info("%s: scaling", FACE)
    scales = scaling.measure(pack, poses, frames, turns[0] * turns[1])
    _close(engines)
    return rows, stages, scales


def _frame_functions(engines: Engines) -> dict[str, Callable[[int], float]]:
    return {str(options): engine.frame_ms for options, engine in engines.items()}


def _rows(
    subject: str, engines: Engines, times: Times, references: Sequence[Picture], plain_ms: float | None
) -> list[Row]:
    """Return a row for each engine, with its error from the pictures `references`."""
    rows = []
    for options, engine in engines.items():
        row = measured_row(subject, options, times[str(options)], plain_ms, engine.engine.info)
        rows.append(replace(row, error_levels=mean_error(engine.render, references)))
    return rows


def _unmeasured_rows(subject: str, reasons: Mapping[EngineOptions, str]) -> list[Row]:
    return [
        Row(subject, options.engine, options.precision, note=f"not measured: {reason}", device=options.device)
        for options, reason in reasons.items()
    ]


def _graph_stages(
    subject: str, pack: Pack, engines: Engines, peak: Peak, turns: tuple[int, int], drawing_ms: float
) -> list[Stage]:
    """Measure each graph of a pack on each engine in fp32 on the CPU, and compare it with the peaks.

    `drawing_ms`: the part of a render that is no graph.
    """
    stages = []
    for options, engine in engines.items():
        if (options.precision, options.device) == ("fp32", "cpu"):
            for graph, spent_ms in scaling.graph_times(engine, turns[0] * turns[1]).items():
                work, network_ms = work_of(pack.file(f"{graph}.onnx")), spent_ms - drawing_ms
                stages.append(compare_with_peak(peak, subject, f"graph {graph}", options.engine, work, network_ms))
    return stages


def _close(engines: Engines) -> None:
    for engine in engines.values():
        engine.engine.close()


def _picture(rendered: torch.Tensor) -> Picture:
    return (rendered[0].permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
