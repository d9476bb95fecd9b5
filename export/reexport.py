"""`packs export`: a pack or a checkpoint written again in other formats and precisions. Needs the extra `torch`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.face_pack import export_face, face_samples
from export.import_checkpoint import import_checkpoint, pack_name
from export.learned_pack import export_learned
from export.pack_writer import Wanted
from export.sample_pictures import COMPARED, example_pictures, spread, squares
from puppet.errors import ConfigError, PackError
from puppet.models.checkpoints import load_face, load_weights
from puppet.packs import Pack, open_pack, verify_pack


def export_again(
    what: str,
    folder: Path,
    wanted: Wanted,
    config: Path | None = None,
    calibration: Path | None = None,
    licence: str | None = None,
) -> Pack:
    """Write a pack.

    Args:
        what: a pack's name or folder, or the path of an original checkpoint.
        folder: of the new pack; its name becomes the pack's.
        wanted: formats and precisions.
        config: the YAML of a checkpoint.
        calibration: a folder of pictures; int8 needs it.
        licence: of the weights; None: as the pack says, or as is known of the original repository.

    Raises:
        PuppetError: one of what `import_checkpoint` and `write_exported` raise, in one line.
    """
    name = pack_name(folder)
    if "int8" in wanted.precisions and calibration is None:
        raise PackError("int8 needs pictures to take its ranges from: give a folder of crops with --calibration")
    if Path(what).is_file():
        if config is None:
            raise ConfigError(f"{what}: a checkpoint needs the YAML it was trained with: --config CONFIG.yaml")
        return import_checkpoint(Path(what), config, folder, licence, wanted, calibration)
    pack = open_pack(what)
    verify_pack(pack)
    card = replace(pack.card, name=name, licence=licence or pack.card.licence)
    if card.detector == "landmarks":
        samples = face_samples(example_pictures(calibration))
        compared = spread(samples, COMPARED)
        return export_face(
            load_face(pack.file("weights.safetensors")), folder, card, wanted, compared, samples if calibration else ()
        )
    model = load_weights(pack.file("weights.safetensors"), card.architecture)
    pictures = squares(example_pictures(calibration), card.size) if calibration else ()
    return export_learned(model, folder, card, wanted, pictures)
