"""The command camera-setup: the virtual camera of this system, set up or explained. Heavy imports happen inside."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from puppet.errors import SinkError

_TEST_S = 10.0


def camera_setup(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the commands; change nothing.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Show a test picture on the camera for ten seconds.")] = False,
) -> int:
    """Set up the virtual camera of this system; on Windows and macOS, say what to do."""
    from puppet.cli.console import result, tell
    from puppet.sinks.camera_setup import SetupState, examine_setup, has_root_tool, send_test_card

    setup = examine_setup()
    result(f"Virtual camera: {setup.state.value} ({setup.found})")
    for line in (*setup.notes, *setup.steps):
        result(f"  {line}")
    if setup.commands:
        result("Commands, as root:")
        for command in setup.commands:
            result(f"  {command}")
        if dry_run:
            return 0
        if not has_root_tool():
            raise SinkError("There is no sudo to run the commands with; run them as root")
        if code := subprocess.run(setup.as_root(), check=False).returncode:
            hint = f"; {setup.notes[0]}" if setup.notes else "; its lines above say why"
            raise SinkError(f"A command ended with exit code {code}{hint}")
        setup = examine_setup()
        tell(f"Virtual camera: {setup.state.value} ({setup.found})")
    if test and not dry_run:
        tell(
            f"A test picture with a moving line is on the camera for {_TEST_S:.0f} s; look at it in a call or a browser"
        )
        tell(f"{send_test_card(_TEST_S)}: took every picture")
    return 0 if setup.state is SetupState.READY or dry_run else 1
