"""The command inspect. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

NO_MARK = 1


def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A video or a picture.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
) -> int:
    """Tell whether a video or a picture is marked as AI-made, and by which tool; exit code 1 without a mark."""
    from json import dumps

    from puppet.cli.console import result, table
    from puppet.media.mark_reader import read_mark

    found = read_mark(file)
    if as_json:
        result(dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        result(f"{file}: {'marked as AI-made' if found.ai_made else 'no mark that says it is AI-made'}")
        table(("", ""), found.rows())
    return 0 if found.ai_made else NO_MARK
