"""`packs import` and `packs export`: new packs from the command line.

Both need the extra `torch`; it is imported after the options were checked.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from puppet.cli.typer_adapter import option, takes_options
from puppet.errors import ConfigError
from puppet.installation import TORCH_COMMAND

_CONFIG = "The configuration the checkpoint was trained with."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPackParameters:
    """New pack."""

    out: Path = option("-o", "DIR", "Folder of the new pack; must not exist.", default=MISSING)
    licence: str | None = option(
        "--licence", "TEXT", "Licence of the weights.", shown="as the pack or the original repository says"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportParameters(NewPackParameters):
    """New pack."""

    config: Path = option("--config", "CONFIG.yaml", _CONFIG, default=MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportParameters(NewPackParameters):
    """New pack."""

    config: Path | None = option("--config", "CONFIG.yaml", _CONFIG)
    formats: str = option("--formats", "onnx,torchscript", "Formats; ONNX is always included.", default="onnx")
    precision: str = option(
        "--precision", "fp32,fp16,int8", "Precisions of the ONNX graphs; fp32 is always included.", default="fp32"
    )
    calibration: Path | None = option(
        "--calibration", "DIR", "Pictures framed as the model sees them; they set int8's ranges and test parity."
    )


@takes_options()
def packs_import(
    *,
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="Of FOMM, Monkey-Net or co-part segmentation (.pth.tar).")
    ],
    given: ImportParameters,
) -> int:
    """Make a pack of an original checkpoint; the weights are read without running code of the file."""
    _require_torch()
    from export.import_checkpoint import import_checkpoint
    from puppet.cli.console import progress, result

    with progress("Importing"):
        pack = import_checkpoint(checkpoint, given.config, given.out, given.licence)
    card = pack.card
    facts = f"{card.family}, {card.size}x{card.size}, {card.keypoints} keypoints"
    result(f"{pack.folder}: {facts}; licence: {card.licence}")
    return 0


@takes_options()
def packs_export(
    *,
    source: Annotated[str, typer.Argument(metavar="PACK|CHECKPOINT", help="A pack, or an original checkpoint.")],
    given: ExportParameters,
) -> int:
    """Write a pack in other formats and precisions; each graph is compared with the model first."""
    _require_torch()
    from export.pack_writer import ExportOptions
    from export.reexport import reexport
    from puppet.cli.console import progress, table

    options = ExportOptions(tuple(given.formats.split(",")), tuple(given.precision.split(",")))
    with progress("Exporting"):
        pack = reexport(
            source, given.out, options, config=given.config, calibration=given.calibration, licence=given.licence
        )
    table(
        (str(pack.folder), "deviation from the model"),
        [(name, f"{figure:g}") for name, figure in pack.card.parity.items()],
    )
    return 0


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise ConfigError(f"Making a pack needs PyTorch; run {TORCH_COMMAND}")
