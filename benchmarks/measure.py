"""One run of everything: reference loop, engines, limits, stages, scaling, the live loop."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch

import puppet
from benchmarks import scaling
from benchmarks.alone import AVX2, alone
from benchmarks.candidates import (
    Candidate,
    Poses,
    Wanted,
    combinations,
    in_turns,
    mean_difference,
    opened,
    row,
    typical,
)
from benchmarks.landmarks import clip_poses
from benchmarks.layers import profile_onnxruntime, profile_openvino
from benchmarks.plain import BareModule, PlainFrame, PlainLoop
from benchmarks.results import Layer, Loop, Peak, Plain, Results, Row, Scale, Stage
from benchmarks.roofline import against, measure_peak, work_of
from benchmarks.stages import measure_stages, parts_of
from benchmarks.subjects import clip_frames, random_fomm, squares, vox256
from export.learned import card_of, export_learned
from export.packing import Wanted as Formats
from puppet.bench import Figures, bench
from puppet.capture import BUNDLED_CLIP
from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.errors import EngineError
from puppet.machine import Machine, this_machine
from puppet.models.fomm import FirstOrderMotionModel
from puppet.packs import DEFAULT_PACK, Pack, open_pack

_log = logging.getLogger(__name__)
FOMM, FACE = "fomm vox-256", "face"
PLAIN = "plain loop"
_CALIBRATION = 4  # pictures: enough for times


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        width: block_expansion of the FOMM; 64 is vox-256.
        depth: levels of its hourglasses; 5 is vox-256.
        size: side of its pictures.
        rounds: how often each candidate has its turn.
        frames: per turn.
        alone_s: how long a process of its own renders, for memory, start-up and limits; 0: none is started.
        loop_s: how long the whole loop runs, twice; 0: not at all.
        peak: (side of the matrices, megabytes of the arrays).
        threads: of torch; None: the machine's cores.
    """

    width: int = 64
    depth: int = 5
    size: int = 256
    rounds: int = 5
    frames: int = 4
    alone_s: float = 2.0
    loop_s: float = 8.0
    peak: tuple[int, int] = (1536, 256)
    threads: int | None = None


QUICK = Plan(width=4, depth=2, size=64, rounds=1, frames=2, alone_s=0.0, loop_s=0.0, peak=(128, 4), threads=1)


def measure(plan: Plan, wanted: list[Wanted] | None = None) -> Results:
    """Measure everything of a plan; blocks for minutes.

    Args:
        plan: how much.
        wanted: which engines; None: all there are.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads or this_machine().cores)
    try:
        return _measured(plan, combinations() if wanted is None else wanted)
    finally:
        torch.set_num_threads(threads)


def _measured(plan: Plan, wanted: list[Wanted]) -> Results:
    machine = this_machine()
    frames = clip_frames(2 * plan.frames)
    faces = squares(frames, plan.size)
    _log.info("peaks of %s", machine.processor)
    peak = measure_peak("avx512_bf16" in machine.instructions, matrix=plan.peak[0], array_mb=plan.peak[1])
    with tempfile.TemporaryDirectory() as folder:
        model = random_fomm(vox256(plan.width, plan.depth), faces[:2])
        _log.info("writing the graphs of %s", FOMM)
        pack = _written(model, Path(folder) / "fomm", faces)
        fomm = _fomm(plan, wanted, model, pack, faces, peak)
        face = _face(plan, wanted, open_pack(DEFAULT_PACK), frames, peak)
        rows = [*fomm.rows, *face.rows]
        if plan.alone_s:
            rows = [_with_process(plan, each, pack, open_pack(DEFAULT_PACK)) for each in rows]
            rows += _limited(plan, machine, rows, pack)
        return Results(
            version=puppet.__version__,
            machine=machine,
            peak=peak,
            plain=fomm.plain,
            rows=tuple(rows),
            stages=(*fomm.stages, *face.stages),
            layers=tuple(_layers(plan, pack)),
            scaling=(*face.scaling, *_resolutions(plan, model)),
            loops=_loops(plan),
            quick=plan == QUICK,
        )


def _written(model: FirstOrderMotionModel, folder: Path, faces: list[Picture]) -> Pack:
    """The model as a pack of every format and precision that something here runs."""
    precisions = ("fp32", "fp16", "int8") if torch.cuda.is_available() else ("fp32", "int8")
    card = card_of(model, "fomm-vox256", len(faces[0]), "none", "random weights")
    formats = ("onnx", "torchscript")
    try:
        return export_learned(model, folder, card, Formats(formats, precisions), faces[:_CALIBRATION])
    except EngineError as error:  # random weights may take a low precision ill
        _log.warning("%s; fp32 alone is measured.", error)
        return export_learned(model, folder, card, Formats(formats), faces[:_CALIBRATION])


@dataclass(frozen=True, slots=True)
class _Fomm:
    plain: Plain
    rows: tuple[Row, ...]
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class _Face:
    rows: tuple[Row, ...]
    stages: tuple[Stage, ...]
    scaling: tuple[Scale, ...]


def _fomm(
    plan: Plan, wanted: list[Wanted], model: FirstOrderMotionModel, pack: Pack, faces: list[Picture], peak: Peak
) -> _Fomm:
    """The plain loop, the bare module and every engine in turns."""
    _log.info("%s: engines", FOMM)
    source = faces[0]
    loop, bare = PlainLoop(model, source, BUNDLED_CLIP), BareModule(model, source, faces)
    tried = list(opened(pack, Poses(source, None, faces), wanted, believed=True))
    candidates = {each: found for each, found in tried if isinstance(found, Candidate)}
    plain_frames: list[PlainFrame] = []

    def plain_frame(index: int) -> float:
        plain_frames.append(loop.frame())
        return plain_frames[-1].network_ms

    turns: dict[str, Callable[[int], float]] = {PLAIN: plain_frame, "bare": bare.frame}
    turns |= {f"{each.name} {each.precision}": found.frame for each, found in candidates.items()}
    times = in_turns(turns, plan.rounds, plan.frames)
    loop.close()
    right = [_picture(bare.render(at)) for at in range(len(faces))]
    plain_ms, fastest_ms, slowest_ms = typical(times[PLAIN])
    plain = Plain(plain_ms, typical(times["bare"])[0], median(frame.loop_ms for frame in plain_frames))
    rows = [Row(FOMM, PLAIN, "fp32", "", plain_ms, fastest_ms, slowest_ms, 1.0, note="torch · eager · CPU · fp32")]
    for each, found in tried:
        if isinstance(found, str):
            rows.append(Row(FOMM, each.name, each.precision, note=f"not measured: {found}"))
            continue
        spent = times[f"{each.name} {each.precision}"]
        measured = row(FOMM, each, spent, plain_ms, found.engine.description)
        rows.append(replace(measured, error_levels=mean_difference(found.render, right)))
    _log.info("%s: stages", FOMM)
    stages = [
        against(peak, FOMM, stage, "torch · eager", work, ms)
        for stage, (work, ms) in measure_stages(parts_of(model), bare.render, plan.rounds * plan.frames).items()
    ]
    stages += _graph_stages(FOMM, pack, candidates, peak, plan, drawn_ms=0.0)
    for found in candidates.values():
        found.engine.close()
    return _Fomm(plain, tuple(rows), tuple(stages))


def _face(plan: Plan, wanted: list[Wanted], pack: Pack, frames: list[Picture], peak: Peak) -> _Face:
    """Every engine on the shipped pack, and how it scales."""
    _log.info("%s: engines", FACE)
    poses = clip_poses(frames, pack.size)
    tried = list(opened(pack, poses, wanted))
    candidates = {each: found for each, found in tried if isinstance(found, Candidate)}
    turns: dict[str, Callable[[int], float]] = {
        f"{each.name} {each.precision}": found.frame for each, found in candidates.items()
    }
    turns["drawing"] = scaling.drawing(poses)
    times = in_turns(turns, 2 * plan.rounds, plan.frames)
    drawn_ms, *_ = typical(times.pop("drawing"))
    rows, right = [], None
    for each, found in tried:
        if isinstance(found, str):
            rows.append(Row(FACE, each.name, each.precision, note=f"not measured: {found}"))
            continue
        right = right or [found.render(at) for at in range(len(poses.faces))]
        measured = row(FACE, each, times[f"{each.name} {each.precision}"], None, found.engine.description)
        networks = [None if ms is None else ms - drawn_ms for ms in _times(measured)]
        measured = replace(measured, network_ms=networks[0], fastest_ms=networks[1], slowest_ms=networks[2])
        rows.append(replace(measured, error_levels=mean_difference(found.render, right)))
    stages = _graph_stages(FACE, pack, candidates, peak, plan, drawn_ms)
    _log.info("%s: scaling", FACE)
    scales = scaling.measure(pack, poses, frames, plan.rounds * plan.frames)
    for found in candidates.values():
        found.engine.close()
    return _Face(tuple(rows), tuple(stages), tuple(scales))


def _times(row: Row) -> tuple[float | None, float | None, float | None]:
    return row.network_ms, row.fastest_ms, row.slowest_ms


def _graph_stages(
    subject: str, pack: Pack, candidates: Mapping[Wanted, Candidate], peak: Peak, plan: Plan, drawn_ms: float
) -> list[Stage]:
    """Each graph of a pack against the limit, as each engine runs it in fp32 on the processor.

    `drawn_ms`: what a render spends on drawing before it comes to its graph.
    """
    stages = []
    for each, found in candidates.items():
        if (each.precision, each.device) == ("fp32", "cpu"):
            for graph, spent_ms in scaling.graph_times(found, plan.rounds * plan.frames).items():
                work = work_of(pack.file(f"{graph}.onnx"))
                stages.append(against(peak, subject, f"graph {graph}", each.engine, work, spent_ms - drawn_ms))
    return stages


def _layers(plan: Plan, fomm: Pack) -> list[Layer]:
    """Where the time of both subjects' render graphs goes."""
    threads, runs = plan.threads or this_machine().cores, plan.rounds * plan.frames
    found = []
    for subject, pack in ((FOMM, fomm), (FACE, open_pack(DEFAULT_PACK))):
        graph = pack.file("render.onnx")
        found += profile_onnxruntime(subject, graph, threads, runs) + profile_openvino(subject, graph, threads, runs)
    return found


def _with_process(plan: Plan, each: Row, fomm: Pack, face: Pack) -> Row:
    """The row with start-up and memory of a process of its own."""
    if each.network_ms is None or " " in each.engine:
        return each
    pack = fomm if each.subject == FOMM else face
    found = alone(pack.folder, each.engine, each.precision, 0.0)
    return each if found.error else replace(each, start_s=found.start_s, rss_mb=found.rss_mb)


def _limited(plan: Plan, machine: Machine, rows: list[Row], pack: Pack) -> list[Row]:
    """The rows again without AVX-512 and bf16, each in a process of its own; empty where the processor has neither."""
    if not any(name.startswith(("avx512", "amx")) for name in machine.instructions):
        return []
    limits = "no AVX-512, no bf16"
    _log.info("%s", limits)
    plain = alone("", "plain", str(plan.width), plan.alone_s, AVX2)
    found = [Row(FOMM, PLAIN, "fp32", limits, plain.network_ms, ratio=1.0, rss_mb=plain.rss_mb, note=plain.description)]
    for each in rows:
        if each.network_ms is None or " " in each.engine or each.precision not in ("fp32", "int8"):
            continue
        folder = str(pack.folder) if each.subject == FOMM else DEFAULT_PACK
        if each.engine == "onnxruntime":
            note = "not measured: its kernels ask the processor themselves and cannot be held back"
            found.append(Row(each.subject, each.engine, each.precision, limits, note=note))
            continue
        spent = alone(folder, each.engine, each.precision, plan.alone_s, AVX2)
        if spent.error:
            found.append(Row(each.subject, each.engine, each.precision, limits, note=f"not measured: {spent.error}"))
            continue
        ratio = plain.network_ms / spent.network_ms if each.subject == FOMM else None
        found.append(
            Row(
                each.subject,
                each.engine,
                each.precision,
                limits,
                network_ms=spent.network_ms,
                ratio=ratio,
                note=spent.description,
            )
        )
    return found


def _resolutions(plan: Plan, model: FirstOrderMotionModel) -> list[Scale]:
    """The eager module at half its side, its side, and one and a half: its work grows with the area."""
    scales = []
    for side in (plan.size // 2, plan.size, plan.size * 3 // 2):
        picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
        bare = BareModule(model, picture, [picture])
        bare.frame(0)
        spent_ms = median(bare.frame(0) for _ in range(max(plan.frames, 2)))
        scales.append(Scale("side of the square, px", str(side), f"{FOMM}, torch · eager", spent_ms))
    return scales


def _loops(plan: Plan) -> tuple[Loop, ...]:
    """The whole live loop with the shipped pack: as it starts by itself, and with the plainest engine."""
    if not plan.loop_s:
        return ()
    found = []
    for engine in (EngineOptions(), EngineOptions("onnxruntime", "fp32", "cpu")):
        _log.info("the whole loop: %s", engine.engine)
        found.append(_as_loop(bench(DEFAULT_PACK, engine, plan.loop_s)))
        time.sleep(0.5)  # what the last one left behind has ended
    return tuple(found)


def _as_loop(figures: Figures) -> Loop:
    latency = figures.paced.latency
    stages = {stage: times.p50_ms for stage, times in figures.unpaced.stages.items()}
    return Loop(
        figures.engine, figures.unpaced.fps, (latency.p50_ms, latency.p95_ms, latency.p99_ms), stages, figures.rss_mb
    )


def _picture(rendered: torch.Tensor) -> Picture:
    return (rendered[0].permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
