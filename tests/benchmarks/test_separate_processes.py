"""Start-up, memory, limits and the whole loop are measured in separate processes; a failure there is one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import separate_processes
from benchmarks.engine_process import AVX2, ProcessFigures
from benchmarks.results import FACE, FOMM, PLAIN, Row
from puppet.domain import EngineInfo
from puppet.hardware import this_machine

_PACKS = {FOMM: Path("fomm"), FACE: Path("face")}
_ROWS = [
    Row(FOMM, PLAIN, "fp32", network_ms=300.0, ratio=1.0),
    Row(FOMM, "openvino", "fp32", network_ms=150.0, ratio=2.0),
    Row(FOMM, "openvino", "bf16", network_ms=100.0, ratio=3.0),
    Row(FOMM, "openvino", "fp16", note="not measured: no such precision"),
    Row(FOMM, "onnxruntime", "fp32", network_ms=200.0, ratio=1.5),
    Row(FACE, "torch", "fp32", network_ms=40.0),
    Row(FACE, "torch", "fp32", network_ms=4.0, device="cuda"),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, bool]]:
    """Processes that were started: pack, engine, precision, limited. Torch's fail."""
    started: list[tuple[str, str, str, bool]] = []

    def measure_in_process(
        pack: Path | str, engine: str, precision: str, seconds: float, limits: Mapping[str, str] | None = None
    ) -> ProcessFigures:
        started.append((str(pack), engine, precision, limits == AVX2))
        if engine == "torch":
            return ProcessFigures(error="it crashed")
        return ProcessFigures(1.5, 400.0 if engine == "plain" else 160.0, 600.0, EngineInfo(engine, "CPU", precision))

    monkeypatch.setattr(separate_processes, "measure_in_process", measure_in_process)
    return started


def test_start_and_memory_are_measured_in_a_process_for_each_engine(
    asked: list[tuple[str, str, str, bool]],
) -> None:
    rows = separate_processes.with_start_and_memory(_ROWS, _PACKS)
    assert [started[1:3] for started in asked] == [
        ("openvino", "fp32"),
        ("openvino", "bf16"),
        ("onnxruntime", "fp32"),
        ("torch", "fp32"),
    ]
    assert [(row.start_s, row.rss_mb) for row in rows if row.engine == "openvino" and row.network_ms] == [
        (1.5, 600.0),
        (1.5, 600.0),
    ]
    assert rows[5] == _ROWS[5]  # crashed: as it was


def test_limited_rows_refer_to_a_limited_reference(asked: list[tuple[str, str, str, bool]]) -> None:
    machine = replace(this_machine(), instructions=("avx2", "avx512f"))
    rows = separate_processes.limited_rows(machine, _ROWS, _PACKS, 64, 1.0)
    assert all(limited for _, _, _, limited in asked)
    assert asked[0][1] == "plain"
    assert [(row.subject, row.engine, row.precision, row.network_ms) for row in rows] == [
        (FOMM, PLAIN, "fp32", 400.0),
        (FOMM, "openvino", "fp32", 160.0),
        (FOMM, "onnxruntime", "fp32", None),
        (FACE, "torch", "fp32", None),
    ]
    assert rows[1].ratio == 400.0 / 160.0
    assert "no switch for instruction sets" in rows[2].note
    assert "it crashed" in rows[3].note
    assert {row.limits for row in rows} == {"no AVX-512, no bf16"}


def test_a_cpu_without_avx512_has_no_limited_rows(asked: list[tuple[str, str, str, bool]]) -> None:
    machine = replace(this_machine(), instructions=("avx2",))
    assert separate_processes.limited_rows(machine, _ROWS, _PACKS, 64, 1.0) == []
    assert asked == []


def test_a_whole_loop_that_fails_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert separate_processes.whole_loop("no such engine", "fp32", 1.0) is None
    assert any("Unknown engine" in message for message in caplog.messages)
