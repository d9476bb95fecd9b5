"""What is measured in processes of its own: start-up and memory, limits on the processor, the whole live loop."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.alone import AVX2, alone
from benchmarks.results import FOMM, PLAIN, Loop, Row
from puppet.hardware import Machine

_log = logging.getLogger(__name__)
_ROOT = Path(__file__).parents[1]
_STOPPED = "no AVX-512, no bf16"
_LIMITED = ("fp32", "int8")
"""Precisions that mean something without AVX-512."""


def with_start_and_memory(rows: Sequence[Row], packs: Mapping[str, Path]) -> list[Row]:
    """The rows with what a process that does nothing else took; `packs`: subject -> folder."""
    return [_with_process(each, packs[each.subject]) for each in rows]


def _with_process(each: Row, pack: Path) -> Row:
    if not _is_an_engine(each):
        return each
    found = alone(pack, each.engine, each.precision, 0.0)
    return each if found.error else replace(each, start_s=found.start_s, rss_mb=found.rss_mb)


def _is_an_engine(row: Row) -> bool:
    """Whether it was measured on the processor, and is not the reference."""
    return row.network_ms is not None and " " not in row.engine


def limited(machine: Machine, rows: Sequence[Row], packs: Mapping[str, Path], width: int, seconds: float) -> list[Row]:
    """The rows again without AVX-512 and bf16, as most laptops are; none where the processor has neither.

    Args:
        machine: this one.
        rows: as measured without limits.
        packs: subject -> folder.
        width: of the reference's network.
        seconds: how long each renders.
    """
    if not any(name.startswith(("avx512", "amx")) for name in machine.instructions):
        return []
    _log.info("%s", _STOPPED)
    plain = alone("", "plain", str(width), seconds, AVX2)
    if plain.error:
        return [Row(FOMM, PLAIN, "fp32", _STOPPED, note=f"not measured: {plain.error}")]
    first = Row(
        FOMM, PLAIN, "fp32", _STOPPED, plain.network_ms, ratio=1.0, rss_mb=plain.rss_mb, note=str(plain.engine or "")
    )
    again = [each for each in rows if _is_an_engine(each) and each.precision in _LIMITED]
    return [first, *(_limited_row(each, packs[each.subject], plain.network_ms, seconds) for each in again)]


def _limited_row(each: Row, pack: Path, plain_ms: float, seconds: float) -> Row:
    row = Row(each.subject, each.engine, each.precision, _STOPPED)
    if each.engine == "onnxruntime":
        return replace(row, note="not measured: its kernels ask the processor themselves and cannot be held back")
    found = alone(pack, each.engine, each.precision, seconds, AVX2)
    if found.error:
        return replace(row, note=f"not measured: {found.error}")
    ratio = plain_ms / found.network_ms if each.subject == FOMM else None
    return replace(row, network_ms=found.network_ms, ratio=ratio, note=str(found.engine or ""))


def whole_loop(engine: str, precision: str, seconds: float) -> Loop | None:
    """`main.py bench` with the shipped pack; None when it fails, with a warning."""
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
