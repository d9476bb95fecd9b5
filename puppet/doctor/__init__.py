"""Diagnosis of the installation: what is installed, found, used and missing, and the command that repairs it.

`examine` runs the checks one by one. A check that raises becomes a line of the report; code that may crash or hang in
a driver runs in a process of its own. No camera is opened. Takes some seconds; any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from puppet.doctor import devices, engines, gpu, packages, system
from puppet.doctor.report import Finding, Level, Report

__all__ = ["Finding", "Level", "Report", "examine"]

Check = Callable[[], Iterable[Finding]]

CHECKS: Mapping[str, Check] = {
    "versions": system.versions,
    "packages": packages.wheels,
    "packs": packages.packs,
    "engines": engines.engines,
    "gpu": gpu.graphics,
    "plug-ins": gpu.plugins,
    "tracking": engines.tracking,
    "cameras": devices.cameras,
    "microphones": devices.microphones,
    "virtual camera": devices.virtual_camera,
    "codecs": devices.codecs,
    "window": system.window,
    "disk": system.disk,
}
"""Section of the report -> its check."""


def examine(checks: Mapping[str, Check] = CHECKS) -> Report:
    """Run the checks in order; an error in one does not stop the others."""
    return Report(tuple(finding for name, check in checks.items() for finding in _isolated(name, check)))


def _isolated(section: str, check: Check) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001 - an incomplete report is better than none
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return [Finding(section, "check", Level.WARNING, f"failed ({reason})")]
