"""Import an original checkpoint as a pack. Needs the extra `torch`."""

from __future__ import annotations

import re
from pathlib import Path

from export.learned_pack import card_of, export_learned
from export.pack_writer import ExportOptions
from export.sample_pictures import as_squares, example_pictures
from puppet.errors import PackError
from puppet.models.checkpoints import load_original
from puppet.models.original_yaml import read_config
from puppet.packs import Pack

_LICENCES = {
    "fomm": "as its publisher says; the original repository (first-order-model) is under the MIT licence",
    "monkeynet": "as its publisher says; the original repository (monkey-net) names no licence",
    "coseg": "non-commercial, as the original repository (motion-cosegmentation)",
}
_NAMES = {"fomm": "First Order Motion Model", "monkeynet": "Monkey-Net", "coseg": "co-part segmentation"}


def import_checkpoint(
    checkpoint: Path,
    config: Path,
    folder: Path,
    licence: str | None = None,
    options: ExportOptions = ExportOptions(),  # noqa: B008 - frozen
    calibration: Path | None = None,
) -> Pack:
    """Write a pack of an original checkpoint.

    Args:
        checkpoint: .pth.tar of FOMM, Monkey-Net or co-part segmentation.
        config: the YAML it was trained with.
        folder: folder of the new pack, which gets its name.
        licence: licence of the weights; None for that of the original repository.
        options: formats and precisions.
        calibration: folder of pictures; see `export_learned`.

    Raises:
        CheckpointError: a file is invalid.
        PackError: its pictures are no RGB squares, or the folder exists, cannot be written or has no usable name.
        EngineError: the graphs deviate too far from the model; nothing is written.
    """
    name = pack_name(folder)
    original = read_config(config)
    height, width, _ = original.frame_shape()
    model = load_original(checkpoint, original)
    if height != width:
        raise PackError(
            f"{config.name}: frame_shape is {height}x{width}; packs are squares (the model itself need not be)"
        )
    description = f"{_NAMES[model.family]} imported from {checkpoint.name}."
    card = card_of(model, name, height, licence or _LICENCES[model.family], description)
    pictures = as_squares(example_pictures(calibration), height) if calibration else ()
    return export_learned(model, folder, card, options, pictures)


def pack_name(folder: Path) -> str:
    """Return the name of a new pack, that of its folder. Raises PackError: it is invalid, or the folder exists."""
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    name = folder.resolve().name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        raise PackError(
            f"{folder}: a pack is named after its folder; use letters, digits, dots, dashes and underscores"
        )
    return name
