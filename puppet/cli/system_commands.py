"""The commands about this computer: cameras, doctor and bench. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from puppet.cli.parameters import EngineParameters, PackOption, writable_file
from puppet.cli.typer_adapter import given, option, takes_options
from puppet.config import EngineOptions


def cameras() -> int:
    """List the cameras, the values of --camera."""
    from puppet.cameras.discovery import list_cameras
    from puppet.cli.console import table, tell

    found = list_cameras()
    if not found:
        tell("No camera found; without one the bundled clip is used")
    else:
        table(("index", "name", "path"), [(str(camera.index), camera.name, str(camera.path or "")) for camera in found])
    return 0


def microphones() -> int:
    """List the microphones, the values of --microphone; the system's default is the first."""
    from puppet.cli.console import result, tell
    from puppet.microphones.opening import list_microphones

    found = list_microphones()
    for name in found:
        result(name)
    if not found:
        tell("No microphone found; on Linux a sound server is needed, PipeWire or PulseAudio")
    return 0


def doctor(json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False) -> int:
    """Diagnose the installation and name the commands that repair it; exit code 1 when Puppet cannot run."""
    from puppet.cli.console import result
    from puppet.doctor import examine

    report = examine()
    result(report.json() if json else report.text())
    return report.exit_code


@dataclass(frozen=True, slots=True)
class BenchParameters:
    """Measurement."""

    seconds: float = option("--seconds", "S", "Length of each measurement.", default=20, within=(1, 3600))
    json: Path | None = option("--json", "FILE", "Write the figures as JSON.", parser=writable_file)


@takes_options(EngineOptions())
def bench(*, pack: PackOption = "face", engine: EngineParameters, measurement: BenchParameters) -> int:
    """Measure the whole live loop on a 1280x720 clip: unpaced, then at 30 fps, then by size."""
    from puppet.cli.console import progress, table
    from puppet.live.benchmark import bench as measure
    from puppet.live.statistics import write_json

    with progress(f"Measuring three times {measurement.seconds:g} s"):
        figures = measure(pack, given(EngineOptions(), engine), measurement.seconds)
    table(("", ""), figures.rows())
    if measurement.json:
        write_json(measurement.json, figures.as_json())
    return 0
