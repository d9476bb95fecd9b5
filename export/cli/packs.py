"""`packs import` and `packs export`: new packs from the command line.

Both need the extra `torch`; it is imported after the options were checked.
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
OutOption = Annotated[Path, typer.Option("-o", metavar="DIR", help="Folder of the new pack; must not exist.")]
LicenceOption = Annotated[
    str | None,
    typer.Option(
        "--licence",
        metavar="TEXT",
        help="Licence of the weights.",
        show_default="as the pack or the original repository says",
    ),
]
_CONFIG = typer.Option(
    "--config", metavar="CONFIG.yaml", help="The configuration the checkpoint was trained with.", show_default=False
)


def packs_import(
    checkpoint: Checkpoint, config: Annotated[Path, _CONFIG], out: OutOption, licence: LicenceOption = None
) -> int:
    """Make a pack of an original checkpoint; the weights are read without running code of the file."""
    _require_torch()
    from export.import_checkpoint import import_checkpoint
    from puppet.cli.console import progress, result

    with progress("Importing"):
        pack = import_checkpoint(checkpoint, config, out, licence)
    card = pack.card
    facts = f"{card.family}, {card.size}x{card.size}, {card.keypoints} keypoints"
    result(f"{pack.folder}: {facts}; licence: {card.licence}")
    return 0


def packs_export(
    source: Annotated[str, typer.Argument(metavar="PACK|CHECKPOINT", help="A pack, or an original checkpoint.")],
    out: OutOption,
    config: Annotated[Path | None, _CONFIG] = None,
    formats: Annotated[
        str,
        typer.Option("--formats", metavar="onnx,torchscript", help="Formats of the graphs; ONNX is always included."),
    ] = "onnx",
    precision: Annotated[
        str,
        typer.Option(
            "--precision", metavar="fp32,fp16,int8", help="Precisions of the ONNX graphs; fp32 is always included."
        ),
    ] = "fp32",
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            metavar="DIR",
            help="Pictures framed as the model sees them: they set the ranges of int8 and test parity.",
            show_default=False,
        ),
    ] = None,
    licence: LicenceOption = None,
) -> int:
    """Write a pack in other formats and precisions; each graph is compared with the model first."""
    _require_torch()
    from export.pack_writer import Wanted
    from export.reexport import export_again
    from puppet.cli.console import progress, table

    wanted = Wanted(tuple(formats.split(",")), tuple(precision.split(",")))
    with progress("Exporting"):
        pack = export_again(source, out, wanted, config=config, calibration=calibration, licence=licence)
    table(
        (str(pack.folder), "deviation from the model"),
        [(name, f"{figure:g}") for name, figure in pack.card.parity.items()],
    )
    return 0


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise ConfigError("Packs are made with PyTorch, which is not installed: pip install torch (extra `torch`)")
