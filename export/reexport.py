"""`packs export`: write a pack or a checkpoint in other formats and precisions. Needs the extra `torch`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.face_pack import export_face, face_samples
from export.import_checkpoint import import_checkpoint, pack_name
from export.learned_pack import export_learned
from export.pack_writer import ExportOptions, check_calibration
from export.sample_pictures import COMPARED_SAMPLES, as_squares, evenly_spaced, example_pictures
from puppet.errors import ConfigError
from puppet.models.checkpoints import load_face, load_weights
from puppet.packs import Pack, open_pack, verify_pack


def reexport(
    source: str,
    folder: Path,
    options: ExportOptions,
    config: Path | None = None,
    calibration: Path | None = None,
    licence: str | None = None,
) -> Pack:
    """Write a new pack from a pack or a checkpoint.

    Args:
        source: name or folder of a pack, or path of an original checkpoint.
        folder: folder of the new pack, which gets its name.
        options: formats and precisions.
        config: YAML of a checkpoint.
        calibration: folder of pictures; required for int8.
        licence: licence of the weights; None for that of the pack or of the original repository.

    Raises:
        PuppetError: one of those that `import_checkpoint` and `export_pack` raise.
    """
    name = pack_name(folder)
    check_calibration(options, calibration is not None)
    if Path(source).is_file():
        if config is None:
            raise ConfigError(f"{source}: a checkpoint needs the YAML it was trained with; add --config CONFIG.yaml")
        return import_checkpoint(Path(source), config, folder, licence, options, calibration)
    pack = open_pack(source)
    verify_pack(pack)
    card = replace(pack.card, name=name, licence=licence or pack.card.licence)
    weights = pack.file("weights.safetensors")
    if card.detector == "landmarks":
        samples = face_samples(example_pictures(calibration))
        face, compared = load_face(weights, pack.read(weights.name)), evenly_spaced(samples, COMPARED_SAMPLES)
        return export_face(face, folder, card, options, compared, samples if calibration else ())
    model = load_weights(weights, card.architecture, pack.read(weights.name))
    pictures = as_squares(example_pictures(calibration), card.size) if calibration else ()
    return export_learned(model, folder, card, options, pictures)
