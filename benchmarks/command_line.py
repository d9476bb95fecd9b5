"""Run a command of the benchmarks: exit code 0, or 2 with the error as one line."""

from __future__ import annotations

from collections.abc import Callable

import typer

from puppet.cli.console import refuse
from puppet.errors import PuppetError

FAILED = 2


def exit_code(command: Callable[..., None]) -> int:
    """Run `command` with the arguments that typer reads from its signature."""
    try:
        typer.run(command)
    except PuppetError as error:
        refuse(str(error))
        return FAILED
    return 0
