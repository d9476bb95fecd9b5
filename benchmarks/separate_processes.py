"""Measurements in processes of their own: start-up and memory, limited instruction sets, the whole live loop."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.engine_process import AVX2, measure_in_process
from benchmarks.results import FOMM, PLAIN, Loop, Row
from puppet.hardware import Machine

_log = logging.getLogger(__name__)
_ROOT = Path(__file__).parents[1]
_LIMITS = "no AVX-512, no bf16"
_LIMITED_PRECISIONS = ("fp32", "int8")


def with_start_and_memory(rows: Sequence[Row], packs: Mapping[str, Path]) -> list[Row]:
    """Add start-up time and memory, measured in a process for each engine; `packs`: subject -> folder."""
    return [_with_start_and_memory(row, packs[row.subject]) for row in rows]


def _with_start_and_memory(row: Row, pack: Path) -> Row:
    if not _is_cpu_engine(row):
        return row
    found = measure_in_process(pack, row.engine, row.precision, 0.0)
    return row if found.error else replace(row, start_s=found.start_s, rss_mb=found.rss_mb)


def _is_cpu_engine(row: Row) -> bool:
    """Return True for an engine measured on the CPU; False for the reference and for GPUs."""
    return row.network_ms is not None and row.engine != PLAIN and row.device == "cpu"


def limited_rows(
    machine: Machine, rows: Sequence[Row], packs: Mapping[str, Path], width: int, seconds: float
) -> list[Row]:
    """Measure the rows again without AVX-512 and bf16, as on most laptops; none where the CPU has neither.

    Args:
        machine: this machine.
        rows: as measured without limits.
        packs: subject -> folder.
        width: of the reference's network.
        seconds: duration of each measurement.
    """
    if not any(name.startswith(("avx512", "amx")) for name in machine.instructions):
        return []
    _log.info("%s", _LIMITS)
    plain = measure_in_process("", "plain", str(width), seconds, AVX2)
    first = Row(FOMM, PLAIN, "fp32", _LIMITS)
    if plain.error:
        return [replace(first, note=f"not measured: {plain.error}")]
    first = replace(first, network_ms=plain.network_ms, ratio=1.0, rss_mb=plain.rss_mb, note=str(plain.engine or ""))
    again = [row for row in rows if _is_cpu_engine(row) and row.precision in _LIMITED_PRECISIONS]
    return [first, *(_limited_row(row, packs[row.subject], plain.network_ms, seconds) for row in again)]


def _limited_row(measured: Row, pack: Path, plain_ms: float, seconds: float) -> Row:
    row = Row(measured.subject, measured.engine, measured.precision, _LIMITS)
    if row.engine == "onnxruntime":
        return replace(row, note="not measured: its kernels have no switch for instruction sets")
    found = measure_in_process(pack, row.engine, row.precision, seconds, AVX2)
    if found.error:
        return replace(row, note=f"not measured: {found.error}")
    ratio = plain_ms / found.network_ms if row.subject == FOMM else None
    return replace(row, network_ms=found.network_ms, ratio=ratio, note=str(found.engine or ""))


def whole_loop(engine: str, precision: str, seconds: float) -> Loop | None:
    """Run `main.py bench` with the shipped pack; None when it fails, with a warning."""
    _log.info("the whole loop: %s %s", engine, precision)
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "bench.json"
        options = ["--engine", engine, "--precision", precision, "--seconds", str(seconds), "--json", str(figures)]
        command = [sys.executable, str(_ROOT / "main.py"), "bench", *options]
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
        if ended.returncode:
            _log.warning("the whole loop: %s", ended.stderr.strip()[-300:])
            return None
        found = json.loads(figures.read_text("utf-8"))
    latency = found["latency_ms"]
    stages = {stage: times["p50"] for stage, times in found["stages_ms"].items()}
    return Loop(
        found["engine"], found["fps"], (latency["p50"], latency["p95"], latency["p99"]), stages, found["rss_mb"]
    )
