"""Checks of the computer: versions, processor, memory, libraries of the window, free disk space."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import platformdirs

import puppet
from puppet.doctor.external_commands import install_lock
from puppet.doctor.report import Finding, Level
from puppet.hardware import Machine, this_machine
from puppet.media.folders import recordings_folder, snapshots_folder
from puppet.prerequisites import advice, has_display, has_fonts, loads, missing
from puppet.userdata.settings import settings_path

_LEAST_FREE = 1 << 30
"""Bytes, about an hour of recording."""
_OLDEST, _NEWEST = (3, 11), (3, 14)


def versions(machine: Callable[[], Machine] = this_machine) -> Iterator[Finding]:
    """List the versions of Puppet, Python and the system, the processor and the memory."""
    yield Finding("versions", "Puppet", Level.OK, puppet.__version__)
    fits = _OLDEST <= sys.version_info[:2] <= _NEWEST
    python = f"{platform.python_version()} ({platform.python_implementation()}, {platform.machine()})"
    mend = "" if fits else "use Python 3.11 to 3.14: make clean, then make run PYTHON=/path/to/python3.12"
    yield Finding("versions", "Python", Level.OK if fits else Level.WARNING, python, mend)
    facts = machine()
    yield Finding("versions", "system", Level.OK, facts.system)
    cores = f"{facts.cores} cores, {facts.physical_cores} physical"
    instructions = ", ".join(facts.instructions) or "instruction sets unknown"
    yield Finding("versions", "processor", Level.OK, f"{facts.processor}, {cores}, {instructions}")
    yield Finding("versions", "memory", Level.OK, f"{facts.memory_gb:.1f} GB")


def window(
    loads: Callable[[str], bool] = loads, has_fonts: Callable[[], bool] = has_fonts, display: bool | None = None
) -> Iterator[Finding]:
    """Check Qt, the libraries it loads, fonts, and the display."""
    if importlib.util.find_spec("PyQt6") is None:
        yield Finding("window", "Qt", Level.BROKEN, "PyQt6 is not installed", install_lock("requirements/cpu.txt"))
    shown = has_display() if display is None else display
    if shown:
        yield Finding("window", "display", Level.OK, "available")
    else:
        found = "none: `run` records instead of opening a window"
        yield Finding("window", "display", Level.MISSING, found, "start Puppet in a desktop session")
    if platform.system() == "Linux":
        yield _libraries(missing(("screen" if shown else "live",), loads, has_fonts(), has_venv=True))


def _libraries(lacking: dict[str, str]) -> Finding:
    if not lacking:
        return Finding("window", "system libraries", Level.OK, "complete")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    mend = advice(lacking, shutil.which("apt-get") is not None, root)
    return Finding("window", "system libraries", Level.BROKEN, f"missing: {', '.join(lacking)}", mend)


def disk(folders: Mapping[str, Path] | None = None, free: Callable[[Path], int] | None = None) -> Iterator[Finding]:
    """Check free space and write access of the folders that Puppet writes to."""
    for name, folder in (folders or _folders()).items():
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        free_bytes = (free or _free)(existing)
        found = f"{folder}, {free_bytes / 1e9:.1f} GB free"
        if not os.access(existing, os.W_OK):
            mend = "give your user write access"
            yield Finding("disk", name, Level.WARNING, f"{folder}: cannot be written", mend)
        elif free_bytes < _LEAST_FREE:
            yield Finding("disk", name, Level.WARNING, found, "free some space: recordings stop when the disk is full")
        else:
            yield Finding("disk", name, Level.OK, found)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _folders() -> dict[str, Path]:
    return {
        "settings": settings_path().parent,
        "packs and portraits": platformdirs.user_data_path("puppet", appauthor=False),
        "cache": platformdirs.user_cache_path("puppet", appauthor=False),
        "recordings": recordings_folder(),
        "snapshots": snapshots_folder(),
        "temporary files": Path(tempfile.gettempdir()),
    }
