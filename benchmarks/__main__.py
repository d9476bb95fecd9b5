"""`python -m benchmarks`: measure everything, write docs/benchmarks.json, docs/benchmarks.md and README's tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command import exit_code
from puppet.cli.console import log_to_stderr, result
from puppet.media.files import whole_file


def run(
    json: Annotated[Path, typer.Option("--json", help="Where the figures go, or come from.")] = Path(
        "docs/benchmarks.json"
    ),
    page: Annotated[Path, typer.Option("--page", help="The page of tables.")] = Path("docs/benchmarks.md"),
    quick: Annotated[bool, typer.Option("--quick", help="A tiny run that only shows that everything works.")] = False,
    tables: Annotated[bool, typer.Option("--tables", help="Measure nothing: only make the tables anew.")] = False,
    readme: Annotated[Path, typer.Option("--readme", help="Whose tables are made anew.")] = Path("README.md"),
) -> None:
    """Compare the plain loop with every engine and precision in one run; some six minutes on two quiet cores."""
    from benchmarks.results import Results
    from benchmarks.tables import markdown, with_tables

    log_to_stderr(True)
    if not tables:
        from benchmarks.measure import QUICK, Plan, measure

        measure(QUICK if quick else Plan()).write(json)
    results = Results.read(json)
    with whole_file(page) as part:
        part.write_text(markdown(results), "utf-8")
    shown = [json, page]
    if not results.quick:  # a quick run's figures say nothing
        text = with_tables(readme.read_text("utf-8"), results)
        with whole_file(readme) as part:
            part.write_text(text, "utf-8")
        shown.append(readme)
    result(", ".join(map(str, shown)))


def main() -> int:
    """Run the command line."""
    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
