"""Export of the learned models (Monkey-Net, FOMM, co-part segmentation). Needs the extra `torch`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from export.graphs.fusion import optimise
from export.graphs.winograd import tile_bottlenecks
from export.pack_writer import ExportOptions, PackContents, export_pack
from export.parity import ModuleRuntime, learned_samples
from export.sample_pictures import COMPARED_SAMPLES, as_squares, evenly_spaced, example_pictures
from puppet.domain import Picture
from puppet.engines.learned import LearnedEngine
from puppet.errors import CheckpointError, PackError
from puppet.models.base import MotionModel
from puppet.models.coseg import CosegConfig
from puppet.models.learned_graphs import graphs_of
from puppet.models.original_yaml import Architecture
from puppet.packs import Pack, PackCard

SIZES = (64, 1024)
"""Smallest and largest side of a pack's square, in pixels."""


def card_of(model: MotionModel, name: str, size: int, licence: str, description: str) -> PackCard:
    """Return the card of a learned model's pack.

    Raises:
        PackError: the model's pictures do not have three channels, or `size` is not in SIZES.
    """
    config: Architecture = model.config
    if config.num_channels != 3:
        raise PackError(f"The model takes pictures of {config.num_channels} channels; packs require 3 (RGB)")
    if not SIZES[0] <= size <= SIZES[1]:
        raise PackError(
            f"The model takes pictures of {size}x{size}; packs are squares of {SIZES[0]} to {SIZES[1]} pixels"
        )
    segments = config.num_segments if isinstance(config, CosegConfig) else 0
    return PackCard(
        name=name,
        family=model.family,
        size=size,
        detector="graph",
        keypoints=segments if isinstance(config, CosegConfig) else config.num_kp,
        licence=licence,
        description=description,
        segments=segments,
        architecture=asdict(config),
    )


def export_learned(
    model: MotionModel,
    folder: Path,
    card: PackCard,
    options: ExportOptions = ExportOptions(),  # noqa: B008 - frozen
    calibration: Sequence[Picture] = (),
) -> Pack:
    """Write a pack after its graphs were compared with the model.

    Args:
        model: in eval mode afterwards.
        folder: must not exist.
        card: from `card_of`, without figures of parity.
        options: formats and precisions.
        calibration: pictures (S, S, 3), best in the order of a clip; int8 takes its ranges from them, and parity is
            measured on them. Without any, parity is measured on the bundled portraits.

    Raises:
        PackError: the folder exists or cannot be written.
        CheckpointError: the model cannot be run at the card's size.
        EngineError: the graphs deviate too far from the model; nothing is written.
    """
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    contents = _contents(model.eval().float().cpu(), card)
    pack = Pack(folder, card, {f"{graph.name}.onnx": "" for graph in contents.reference})
    engine = LearnedEngine(pack, ModuleRuntime(contents.reference))
    samples = learned_samples(engine, calibration or as_squares(example_pictures(None), card.size))
    compared = evenly_spaced(samples, COMPARED_SAMPLES)
    return export_pack(contents, folder, options, compared, samples if calibration else ())


def _contents(model: MotionModel, card: PackCard) -> PackContents:
    """Return the pack's contents. Raises CheckpointError: the model cannot run at the card's size."""
    example = torch.zeros(card.size, card.size, 3, dtype=torch.uint8)
    try:
        reference = graphs_of(model, example)
    except RuntimeError as error:  # the sizes of some layers do not match
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"Pictures of {card.size}x{card.size} do not suit this model: {reason}") from error
    tiled = tile_bottlenecks(model, card.size)
    return PackContents(
        card=card,
        reference=reference,
        optimised=graphs_of(optimise(model), example),
        int8_ready=graphs_of(optimise(model, transposed=False), example),
        tiled=graphs_of(tiled, example) if tiled else (),
        engine=LearnedEngine,
        weights={n: value for n, value in model.state_dict().items() if not n.endswith("num_batches_tracked")},
    )
