"""What is installed, found, used and missing on this computer, and the command that mends it.

`examine` runs every check for itself: one that raises becomes a line of the report, and what may crash or hang inside a
driver runs in a process of its own. Opens no camera; takes some seconds; any thread.
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
    "tracking": engines.tracking,
    "cameras": devices.cameras,
    "virtual camera": devices.virtual_camera,
    "codecs": devices.codecs,
    "window": system.window,
    "disk": system.disk,
}
"""Section of the report -> what fills it."""


def examine(checks: Mapping[str, Check] = CHECKS) -> Report:
    """Run the checks in order; none can stop another."""
    return Report(tuple(finding for name, check in checks.items() for finding in _isolated(name, check)))


def _isolated(section: str, check: Check) -> list[Finding]:
    try:
        return list(check())
    except Exception as error:  # noqa: BLE001 - a report with a hole is worth more than none
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return [Finding(section, "check", Level.WARNING, f"could not be made ({reason})")]
