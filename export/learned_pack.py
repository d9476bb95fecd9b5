"""Packs of learned models: Monkey-Net, FOMM, co-part segmentation, imported or trained. Needs the extra `torch`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from export.graphs.fusion import rewritten
from export.graphs.winograd import tiled
from export.pack_writer import Exportable, Wanted, write_exported
from export.parity import ModuleRuntime, learned_samples
from export.sample_pictures import COMPARED, example_pictures, spread, squares
from puppet.domain import Picture
from puppet.engines.learned import LearnedEngine
from puppet.errors import CheckpointError, PackError
from puppet.models.base import MotionModel
from puppet.models.coseg import CosegConfig
from puppet.models.learned_graphs import graphs_of
from puppet.models.original_yaml import Architecture
from puppet.packs import Pack, PackCard

SIZES = (64, 1024)
"""Sides of a pack's square."""


def card_of(model: MotionModel, name: str, size: int, licence: str, description: str) -> PackCard:
    """The card of a learned model's pack.

    Raises:
        PackError: packs are square pictures of three channels, this model's are not.
    """
    config: Architecture = model.config
    if config.num_channels != 3:
        raise PackError(f"num_channels is {config.num_channels}; packs are made of RGB pictures, 3 channels")
    if not SIZES[0] <= size <= SIZES[1]:
        raise PackError(f"pictures of {size}x{size}; packs are squares of {SIZES[0]} to {SIZES[1]} pixels")
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
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    calibration: Sequence[Picture] = (),
) -> Pack:
    """Write a model's pack into `folder` after its graphs were compared with the module.

    Args:
        model: in eval mode afterwards.
        folder: must not exist.
        card: from `card_of`; its figures of parity are filled in here.
        wanted: formats and precisions.
        calibration: (S, S, 3) each, best in the order of a clip: int8 takes its ranges from them, and parity is
            measured on them; without any, on the bundled portraits.

    Raises:
        PackError: the folder exists or cannot be written.
        CheckpointError: the model cannot be run at the card's size.
        EngineError: the graphs deviate too far from the module; nothing is written.
    """
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    exportable = _exportable(model.eval().float().cpu(), card)
    pack = Pack(folder, card, {f"{graph.name}.onnx": "" for graph in exportable.right})
    module = LearnedEngine(pack, ModuleRuntime(exportable.right))
    samples = learned_samples(module, calibration or squares(example_pictures(None), card.size))
    return write_exported(exportable, folder, wanted, spread(samples, COMPARED), samples if calibration else ())


def _exportable(model: MotionModel, card: PackCard) -> Exportable:
    example = torch.zeros(card.size, card.size, 3, dtype=torch.uint8)
    try:
        right = graphs_of(model, example)
    except RuntimeError as error:  # layers whose sizes do not meet
        reason = str(error).splitlines()[0]
        raise CheckpointError(f"pictures of {card.size}x{card.size} do not suit this model: {reason}") from error
    in_tiles = tiled(model, card.size)
    return Exportable(
        card=card,
        right=right,
        fast=graphs_of(rewritten(model), example),
        plain=graphs_of(rewritten(model, transposed=False), example),
        tiled=graphs_of(in_tiles, example) if in_tiles else (),
        engine=LearnedEngine,
        weights={n: value for n, value in model.state_dict().items() if not n.endswith("num_batches_tracked")},
    )
