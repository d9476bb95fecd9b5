"""`packs import` and `packs export`: the command line's way to new packs.

Both need the extra `torch`, which is imported inside, after what can be refused at once was refused.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from puppet.errors import ConfigError

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
    _need_torch()
    from export.import_checkpoint import import_checkpoint
    from puppet.cli.console import progress, result

    with progress("Importing"):
        pack = import_checkpoint(checkpoint, config, out, licence)
    card = pack.card
    facts = f"{card.family}, {card.size}x{card.size}, {card.keypoints} keypoints"
    result(f"{pack.folder}: {facts}. Licence: {card.licence}.")
    return 0


def packs_export(
    what: Annotated[str, typer.Argument(metavar="PACK|CHECKPOINT", help="A pack, or an original checkpoint.")],
    out: Folder,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="CONFIG.yaml", help="What the checkpoint was trained with.")
    ] = None,
    formats: Annotated[
        str, typer.Option("--formats", metavar="onnx,torchscript", help="ONNX is always among them.")
    ] = "onnx",
    precision: Annotated[
        str, typer.Option("--precision", metavar="fp32,fp16,int8", help="fp32 is always among them; others as ONNX.")
    ] = "fp32",
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration", metavar="DIR", help="Pictures as the model sees them: int8's ranges, and parity."
        ),
    ] = None,
    licence: Licence = None,
) -> int:
    """Write a pack anew in other formats and precisions, each compared with the module before anything is written."""
    _need_torch()
    from export.pack_writer import Wanted
    from export.reexport import export_again
    from puppet.cli.console import progress, table

    wanted = Wanted(tuple(formats.split(",")), tuple(precision.split(",")))
    with progress("Exporting"):
        pack = export_again(what, out, wanted, config=config, calibration=calibration, licence=licence)
    table(
        (str(pack.folder), "deviation from the module"),
        [(name, f"{figure:g}") for name, figure in pack.card.parity.items()],
    )
    return 0


def _need_torch() -> None:
    if find_spec("torch") is None:
        raise ConfigError("packs are made with PyTorch, which is not installed: pip install torch (extra `torch`)")
