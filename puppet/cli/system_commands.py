"""The commands about this computer: cameras, doctor and bench. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from puppet.cli import parameters as opt


def cameras() -> int:
    """What can be opened, by name."""
    from puppet.cameras.base import list_cameras
    from puppet.cli.console import table, tell

    found = list_cameras()
    if not found:
        tell("No camera found; without one the bundled clip is used.")
    else:
        table(("index", "name", "path"), [(str(camera.index), camera.name, str(camera.path or "")) for camera in found])
    return 0


def doctor(json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False) -> int:
    """What is installed, found, used and missing, and the command that mends it; ends with 1 if Puppet cannot run."""
    from puppet.cli.console import result
    from puppet.doctor import examine

    report = examine()
    result(report.json() if json else report.text())
    return report.exit_code


def bench(
    pack: opt.Pack = "face",
    engine: opt.Engine = "auto",
    precision: opt.Precision = "auto",
    device: opt.Device = "auto",
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=3600, help="How long each measurement lasts.")] = 20,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures as JSON.")] = None,
) -> int:
    """Measure the whole loop on a 1280x720 clip: unpaced for the frame rate, at 30 fps for the latency."""
    from puppet.cli.console import progress, table
    from puppet.config import EngineOptions
    from puppet.live.benchmark import bench as measure
    from puppet.live.statistics import write_json
    from puppet.media.files import check_output

    if json:
        check_output(json, (), overwrite=True)
    with progress(f"Measuring twice {seconds:g} s"):
        figures = measure(pack, EngineOptions(engine, precision, device), seconds)
    table(("", ""), figures.rows())
    if json:
        write_json(json, figures.as_json())
    return 0
