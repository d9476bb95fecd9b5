"""`python -m benchmarks`: measure everything, write docs/benchmarks.json, docs/benchmarks.md and README's table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command_line import exit_code
from puppet.cli.console import log_to_stderr, result
from puppet.media.files import whole_file


def run(
    json: Annotated[Path, typer.Option("--json", help="File of the results.")] = Path("docs/benchmarks.json"),
    page: Annotated[Path, typer.Option("--page", help="Page with all tables.")] = Path("docs/benchmarks.md"),
    quick: Annotated[
        bool, typer.Option("--quick", help="Run everything briefly, as a test; figures mean nothing.")
    ] = False,
    tables: Annotated[bool, typer.Option("--tables", help="Only write the tables again, from --json.")] = False,
    readme: Annotated[Path, typer.Option("--readme", help="File with the short table.")] = Path("README.md"),
) -> None:
    """Measure every engine and precision beside an eager PyTorch loop; takes six minutes on two idle cores."""
    from benchmarks.results import Results
    from benchmarks.tables import markdown, with_tables

    log_to_stderr(True)
    if not tables:
        from benchmarks.full_run import QUICK, Plan, measure

        measure(QUICK if quick else Plan()).write(json)
    results = Results.read(json)
    written = {page: markdown(results)}
    if not results.quick:  # the figures of a quick run mean nothing
        written[readme] = with_tables(readme.read_text("utf-8"), results)
    for path, text in written.items():
        with whole_file(path) as part:
            part.write_text(text, "utf-8")
    result(", ".join(map(str, (json, *written))))


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
