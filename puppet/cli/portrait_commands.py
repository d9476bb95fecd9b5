"""`portrait make` and `portrait info`. Registered in main.py; heavy imports happen inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def portrait_make(
    out: Annotated[Path, typer.Argument(metavar="OUT.portrait", help="The file to write.")],
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE|CLIP...", help="Pictures, portrait files and clips of one person."),
    ],
    most: Annotated[int, typer.Option("--most", metavar="N", min=1, max=32, help="Most pictures to keep.")] = 16,
    any_people: Annotated[
        bool, typer.Option("--any-people", help="Take pictures that seem to show another person, too.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT when it exists.")] = False,
) -> int:
    """Make a portrait of several pictures of one person: the best are chosen, no two alike."""
    from puppet.cli.console import progress, result, tell
    from puppet.media.files import check_output
    from puppet.media.portrait_file import EXTENSION, write_portrait
    from puppet.portraits.making import make_portrait

    check_output(out, (EXTENSION,), overwrite=overwrite)
    with progress("Looking") as advance:
        made = make_portrait(
            sources, most=most, any_people=any_people, progress=lambda name, done, total: advance(done, total)
        )
    for line in made.left_out:
        tell(line)
    write_portrait(out, made.shots, overwrite=overwrite)
    count = len(made.shots)
    result(f"{out}: {count} picture{'s' * (count != 1)}, neutral: {made.shots[0].origin}")
    return 0


def portrait_info(
    portrait: Annotated[Path, typer.Argument(metavar="PORTRAIT", help="A portrait file.")],
) -> int:
    """List the pictures of a portrait file, and compare each with its checksum."""
    from puppet.cli.console import table
    from puppet.media.portrait_file import read_portrait

    rows = [
        (f"{index:02}", "{1}x{0}".format(*shot.picture.shape), shot.origin)
        for index, shot in enumerate(read_portrait(portrait))
    ]
    table(("picture", "size", "from"), rows)
    return 0
