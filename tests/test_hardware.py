"""Hardware facts: from /proc/cpuinfo, or from the platform module elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from puppet import hardware

_CPUINFO = """processor\t: 0
model name\t: A Processor @ 3 GHz
flags\t\t: fpu sse avx2 avx512f amx_bf16 avx512_bf16

processor\t: 1
model name\t: Another
"""


def test_name_and_instruction_sets_come_from_the_first_processor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cpuinfo").write_text(_CPUINFO)
    monkeypatch.setattr(hardware, "_CPUINFO", tmp_path / "cpuinfo")
    found = hardware.this_machine()
    assert found.processor == "A Processor @ 3 GHz"
    assert found.instructions == ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def test_without_cpuinfo_the_platform_names_the_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hardware, "_CPUINFO", tmp_path / "absent")
    found = hardware.this_machine()
    assert found.processor
    assert found.instructions == ()
    assert 1 <= found.physical_cores <= found.cores
    assert found.as_json()["instructions"] == []


@pytest.mark.parametrize(("physical", "threads"), [(1, 1), (2, 2), (16, 4)])
def test_a_network_gets_physical_cores_but_not_all_of_many(
    monkeypatch: pytest.MonkeyPatch, physical: int, threads: int
) -> None:
    monkeypatch.setattr("puppet.hardware.psutil.cpu_count", lambda logical: physical)
    monkeypatch.setattr("puppet.hardware.os.sched_getaffinity", lambda pid: set(range(32)), raising=False)
    assert hardware.network_threads() == threads
