"""How every command here ends: 0, or one line and 2 for what a person can mend."""

from __future__ import annotations

from collections.abc import Callable

import typer

from puppet.cli.console import refuse
from puppet.errors import PuppetError

FAILED = 2


def exit_code(command: Callable[..., None]) -> int:
    """Run a command line, as typer reads it from the signature."""
    try:
        typer.run(command)
    except PuppetError as error:
        refuse(str(error))
        return FAILED
    return 0
