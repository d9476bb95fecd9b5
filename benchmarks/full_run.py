"""Measure everything in one run: reference loop, engines, limits, stages, scaling, the live loop."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch

import puppet
from benchmarks.engine_comparison import measure_face, measure_fomm
from benchmarks.inputs import clip_frames, random_fomm, vox256
from benchmarks.layer_profiles import profile_onnxruntime, profile_openvino
from benchmarks.reference_loop import BareModule
from benchmarks.results import FACE, FOMM, Layer, Loop, Results, Row, Scale
from benchmarks.roofline import measure_peak
from benchmarks.separate_processes import limited_rows, whole_loop, with_start_and_memory
from benchmarks.timed_engines import engine_combinations
from export.learned_pack import card_of, export_learned
from export.pack_writer import ExportOptions
from export.sample_pictures import as_squares
from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.errors import EngineError
from puppet.hardware import Machine, this_machine
from puppet.models.fomm import FirstOrderMotionModel
from puppet.packs import DEFAULT_PACK, Pack, open_pack

_log = logging.getLogger(__name__)
_CALIBRATION_PICTURES = 4  # enough to measure times
_LOOPS = (("auto", "auto"), ("onnxruntime", "fp32"))


@dataclass(frozen=True, slots=True)
class Plan:
    """Extent of a run.

    Attributes:
        width: block_expansion of the FOMM; 64 is vox-256.
        depth: levels of its hourglasses; 5 is vox-256.
        size: side of its pictures.
        rounds: number of rounds.
        frames: frames of each engine in a round.
        process_s: duration in a process of its own, for memory, start-up and limits; 0: not measured.
        loop_s: duration of the whole loop, twice; 0: not measured.
        peak: side of the matrices, and megabytes of the arrays.
        threads: of PyTorch; None: the machine's cores.
    """

    width: int = 64
    depth: int = 5
    size: int = 256
    rounds: int = 5
    frames: int = 4
    process_s: float = 2.0
    loop_s: float = 8.0
    peak: tuple[int, int] = (1536, 256)
    threads: int | None = None


QUICK = Plan(width=4, depth=2, size=64, rounds=1, frames=2, process_s=0.0, loop_s=0.0, peak=(128, 4), threads=1)


def measure(plan: Plan, wanted: list[EngineOptions] | None = None) -> Results:
    """Measure everything of a plan; blocks for minutes.

    Args:
        plan: extent of the run.
        wanted: the engines; None: all combinations.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads or this_machine().cores)
    try:
        return _measured(plan, engine_combinations() if wanted is None else wanted)
    finally:
        torch.set_num_threads(threads)


def _measured(plan: Plan, wanted: list[EngineOptions]) -> Results:
    machine, turns = this_machine(), (plan.rounds, plan.frames)
    frames = clip_frames(2 * plan.frames)
    faces = as_squares(frames, plan.size)
    _log.info("peaks of %s", machine.processor)
    bf16 = any("bf16" in name for name in machine.instructions)
    peak = measure_peak(bf16, *plan.peak)
    shipped = open_pack(DEFAULT_PACK)
    with tempfile.TemporaryDirectory() as folder:
        model = random_fomm(vox256(plan.width, plan.depth), faces[:2])
        _log.info("writing the graphs of %s", FOMM)
        pack = _export(model, Path(folder) / "fomm", faces)
        plain, fomm_rows, fomm_stages = measure_fomm(model, pack, faces, peak, wanted, turns)
        face_rows, face_stages, scaling = measure_face(shipped, frames, peak, wanted, turns)
        return Results(
            version=puppet.__version__,
            machine=machine,
            peak=peak,
            plain=plain,
            rows=tuple(_with_processes(plan, machine, fomm_rows + face_rows, pack, shipped)),
            stages=(*fomm_stages, *face_stages),
            layers=tuple(_layers(plan, {FOMM: pack, FACE: shipped})),
            scaling=(*scaling, *_resolutions(plan, model)),
            loops=_loops(plan),
            quick=plan == QUICK,
        )


def _with_processes(plan: Plan, machine: Machine, rows: list[Row], fomm: Pack, face: Pack) -> list[Row]:
    if not plan.process_s:
        return rows
    _log.info("start-up and memory")
    packs = {FOMM: fomm.folder, FACE: face.folder}
    return [*with_start_and_memory(rows, packs), *limited_rows(machine, rows, packs, plan.width, plan.process_s)]


def _export(model: FirstOrderMotionModel, folder: Path, faces: list[Picture]) -> Pack:
    """Export the model in every format and precision that an engine here runs."""
    precisions = ("fp32", "fp16", "int8") if torch.cuda.is_available() else ("fp32", "int8")
    card = card_of(model, "fomm-vox256", len(faces[0]), "none", "random weights")
    formats = ("onnx", "torchscript")
    try:
        return export_learned(model, folder, card, ExportOptions(formats, precisions), faces[:_CALIBRATION_PICTURES])
    except EngineError as error:  # random weights may fail the parity check
        _log.warning("%s; measuring fp32 only", error)
        return export_learned(model, folder, card, ExportOptions(formats), faces[:_CALIBRATION_PICTURES])


def _layers(plan: Plan, packs: dict[str, Pack]) -> list[Layer]:
    """Profile the subjects' render graphs."""
    threads, runs = plan.threads or this_machine().cores, plan.rounds * plan.frames
    found = []
    for subject, pack in packs.items():
        graph = pack.file("render.onnx")
        found += profile_onnxruntime(subject, graph, threads, runs) + profile_openvino(subject, graph, threads, runs)
    return found


def _resolutions(plan: Plan, model: FirstOrderMotionModel) -> list[Scale]:
    """Measure the eager module at half its side, its side, and one and a half times its side."""
    scales = []
    for side in (plan.size // 2, plan.size, plan.size * 3 // 2):
        picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
        bare = BareModule(model, picture, [picture])
        bare.frame_ms(0)
        spent_ms = median(bare.frame_ms(0) for _ in range(max(plan.frames, 2)))
        scales.append(Scale("side of the square, px", str(side), f"{FOMM}, torch · eager", spent_ms))
    return scales


def _loops(plan: Plan) -> tuple[Loop, ...]:
    """Measure the whole live loop with the shipped pack: with `auto`, and with ONNX Runtime at fp32."""
    if not plan.loop_s:
        return ()
    found = [whole_loop(engine, precision, plan.loop_s) for engine, precision in _LOOPS]
    return tuple(loop for loop in found if loop is not None)
