"""`packs import` and `packs export`: the command line's way to new packs. Needs the extra `torch`, imported inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Checkpoint = Annotated[
    Path, typer.Argument(metavar="CHECKPOINT", help="Of FOMM, Monkey-Net or co-part segmentation (.pth.tar).")
]
Config = Annotated[Path, typer.Option("--config", metavar="CONFIG.yaml", help="What the checkpoint was trained with.")]
Folder = Annotated[Path, typer.Option("-o", metavar="DIR", help="The new pack; must not exist.")]
Licence = Annotated[
    str | None,
    typer.Option("--licence", metavar="TEXT", help="Of the weights, where you know better than the default."),
]


def packs_import(checkpoint: Checkpoint, config: Config, out: Folder, licence: Licence = None) -> int:
    """Make a pack of an original checkpoint; its weights are read without running anything of it."""
    from export.imported import import_checkpoint
    from puppet.terminal import progress, result

    with progress("Importing"):
        pack = import_checkpoint(checkpoint, config, out, licence)
    card = pack.card
    result(
        f"{pack.folder}: {card.family}, {card.size}x{card.size}, {card.keypoints} keypoints. Licence: {card.licence}"
    )
    return 0
