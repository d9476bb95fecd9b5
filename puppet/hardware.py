"""Facts about this computer that measured figures depend on: CPU, instruction sets, cores, memory, system.

Read from the system's files, without external tools; any thread.
"""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_CPUINFO = Path("/proc/cpuinfo")
_INSTRUCTION_SETS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16", "i8mm")
"""Instruction sets that a network's speed depends on, as Linux names them."""

_MAX_THREADS = 4


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that are stored with a figure.

    Attributes:
        processor: name of the CPU.
        cores: logical CPUs that this process may use.
        physical_cores: cores without hyper-threads; `cores` where the system does not report them.
        instructions: those of the instruction sets above that the CPU has; empty where the system does not list them.
        memory_gb: total memory in 10⁹ bytes.
        system: name and version of the operating system.
        python: version of Python.
    """

    processor: str
    cores: int
    physical_cores: int
    instructions: tuple[str, ...]
    memory_gb: float
    system: str
    python: str

    def as_json(self) -> dict[str, object]:
        """Return the attributes by name, with lists for tuples."""
        return {**asdict(self), "instructions": list(self.instructions)}


def this_machine() -> Machine:
    """Describe the computer this runs on."""
    cores = usable_cores()
    return Machine(
        processor=_cpuinfo("model name") or platform.processor() or platform.machine(),
        cores=cores,
        physical_cores=min(psutil.cpu_count(logical=False) or cores, cores),
        instructions=tuple(name for name in _INSTRUCTION_SETS if name in _instructions()),
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        system=platform.platform(),
        python=platform.python_version(),
    )


def usable_cores() -> int:
    """Return the number of logical CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def network_threads() -> int:
    """Return the threads for one network: physical cores, at most 4; tracker, encoder and window need some too."""
    return max(1, min(this_machine().physical_cores, _MAX_THREADS))


def _instructions() -> frozenset[str]:
    return frozenset((_cpuinfo("flags") or _cpuinfo("Features")).split())


def _cpuinfo(key: str) -> str:
    """Return the first value of a key in /proc/cpuinfo; "" on other systems."""
    try:
        lines = _CPUINFO.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")
