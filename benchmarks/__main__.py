"""`python -m benchmarks`: measure everything, write benchmarks.json and docs/benchmarks.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from puppet.errors import PuppetError
from puppet.terminal import log_to_stderr, refuse, result

FAILED = 2


def run(
    json: Annotated[Path, typer.Option("--json", help="Where the figures go, or come from.")] = Path("benchmarks.json"),
    page: Annotated[Path, typer.Option("--page", help="The page of tables.")] = Path("docs/benchmarks.md"),
    quick: Annotated[bool, typer.Option("--quick", help="A tiny run that only shows that everything works.")] = False,
    tables: Annotated[bool, typer.Option("--tables", help="Measure nothing: the page from the figures.")] = False,
    readme: Annotated[bool, typer.Option("--readme", help="Print README's table too.")] = False,
) -> None:
    """Compare the plain loop with every engine and precision in one run; some six minutes on two quiet cores."""
    from benchmarks.results import Results
    from benchmarks.tables import markdown
    from benchmarks.tables import readme as readme_table

    log_to_stderr(True)
    if not tables:
        from benchmarks.measure import QUICK, Plan, measure

        measure(QUICK if quick else Plan()).write(json)
    results = Results.read(json)
    page.write_text(markdown(results), "utf-8")
    result(f"{json}, {page}")
    if readme:
        result(readme_table(results))


def main() -> int:
    """Run the command line; one line and 2 for what a person can mend."""
    try:
        typer.run(run)
    except PuppetError as error:
        refuse(str(error))
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
