"""What this computer is: processor, its instruction sets, cores, memory, system. Stands beside every measured figure.

Asks the system's own files and no tool; any thread.
"""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_CPUINFO = Path("/proc/cpuinfo")
_TELLING = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16", "i8mm")
"""Instruction sets that change how fast a network runs, under Linux' names."""

_MOST_THREADS = 4


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that a figure depends on.

    Attributes:
        processor: its name.
        cores: processors this process may use.
        physical_cores: without their second threads; `cores` where nobody knows.
        instructions: those of the instruction sets above that it has; empty where the system does not tell.
        memory_gb: in all, in units of 10⁹ bytes.
        system: name and version.
        python: its version.
    """

    processor: str
    cores: int
    physical_cores: int
    instructions: tuple[str, ...]
    memory_gb: float
    system: str
    python: str

    def as_json(self) -> dict[str, object]:
        """Under the names of the attributes."""
        return {**asdict(self), "instructions": list(self.instructions)}


def this_machine() -> Machine:
    """The computer this runs on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(
        processor=_cpuinfo("model name") or platform.processor() or platform.machine(),
        cores=cores,
        physical_cores=min(psutil.cpu_count(logical=False) or cores, cores),
        instructions=tuple(name for name in _TELLING if name in _instructions()),
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        system=platform.platform(),
        python=platform.python_version(),
    )


def network_threads() -> int:
    """For one network: a physical core each, at most 4, for the tracker, the encoder and the window need some too."""
    return max(1, min(this_machine().physical_cores, _MOST_THREADS))


def _instructions() -> frozenset[str]:
    return frozenset((_cpuinfo("flags") or _cpuinfo("Features")).split())


def _cpuinfo(key: str) -> str:
    """The first value of a key in Linux' list of processors; "" elsewhere."""
    try:
        lines = _CPUINFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")
