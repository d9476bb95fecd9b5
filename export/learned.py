"""Makes a pack of a learned model: graphs written, compared with the module through the engine, then all of it at once.

    model → rewritten copy → graphs → ONNX → LearnedEngine → compared with the module → pack

Needs the extra `torch`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from export.graphs import ModuleGraph, graphs_of
from export.onnx_files import write_onnx
from export.parity import ModuleRuntime, Parity, compare
from export.rewrites import rewritten
from puppet.architecture import Architecture
from puppet.crop import whole
from puppet.domain import Picture
from puppet.engines.learned import LearnedEngine
from puppet.engines.onnxruntime import OnnxRuntime
from puppet.errors import CheckpointError, EngineError, PackError
from puppet.gallery import BUNDLED, PICTURE_SUFFIXES
from puppet.models.blocks import MotionModel
from puppet.models.coseg import CosegConfig
from puppet.packs import Pack, PackCard, write_pack
from puppet.pictures import read_picture

SIZES = (64, 1024)
"""Sides of a pack's square."""
_TOLERANCE_LEVELS = 2.0  # of 255, anywhere in an fp32 picture; rounding gives 1
_TOLERANCE_KEYPOINTS = 1e-3
_COMPARED = 4  # pictures


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


def export_learned(model: MotionModel, folder: Path, card: PackCard, pictures: Sequence[Picture] = ()) -> Pack:
    """Write a model's pack into `folder` after its graphs were compared with the module.

    Args:
        model: in eval mode afterwards.
        folder: must not exist.
        card: from `card_of`; its parity is filled in here.
        pictures: (S, S, 3) each, to compare on; the bundled portraits when there are none.

    Raises:
        PackError: the folder exists or cannot be written.
        CheckpointError: the model cannot be run at the card's size.
        EngineError: the graphs deviate too far from the module; nothing is written.
    """
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    pictures = list(pictures)[:_COMPARED] or portraits(card.size)
    model = model.eval().float().cpu()
    with tempfile.TemporaryDirectory() as temporary:
        written = Path(temporary)
        right = _graphs(model, pictures[0])
        files = [_write(graph, written) for graph in graphs_of(rewritten(model), torch.from_numpy(pictures[0]))]
        parity = _checked(_compared(right, written, card, files, pictures))
        files.append(written / "weights.safetensors")
        save_file({name: value.contiguous() for name, value in _weights(model).items()}, files[-1])
        return write_pack(folder, replace(card, parity=parity.figures("onnx.fp32")), files)


def portraits(size: int, folder: Path = BUNDLED) -> list[Picture]:
    """The first pictures of a folder as squares of the model's size.

    Raises:
        PackError: fewer than two.
        MediaError: one cannot be read.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)[:_COMPARED]
    if len(paths) < 2:
        raise PackError(f"{folder}: at least two pictures are needed to compare on")
    pictures = [read_picture(path) for path in paths]
    return [whole(picture).extract(picture, size) for picture in pictures]


def _graphs(model: MotionModel, picture: Picture) -> list[ModuleGraph]:
    try:
        return graphs_of(model, torch.from_numpy(picture))
    except RuntimeError as error:  # layers whose sizes do not meet
        side = len(picture)
        raise CheckpointError(
            f"pictures of {side}x{side} do not suit this model: {str(error).splitlines()[0]}"
        ) from error


def _write(graph: ModuleGraph, folder: Path) -> Path:
    path = folder / f"{graph.name}.onnx"
    write_onnx(graph.module, list(graph.inputs.values()), path, list(graph.inputs), graph.outputs)
    return path


def _compared(
    right: Sequence[ModuleGraph], folder: Path, card: PackCard, files: Sequence[Path], pictures: Sequence[Picture]
) -> Parity:
    pack = Pack(folder, card, {path.name: "" for path in files})
    module, exported = LearnedEngine(pack, ModuleRuntime(right)), LearnedEngine(pack, OnnxRuntime("cpu"))
    try:
        return compare(module, exported, pictures)
    finally:
        exported.close()


def _checked(parity: Parity) -> Parity:
    if parity.maximum > _TOLERANCE_LEVELS or parity.keypoints > _TOLERANCE_KEYPOINTS:
        raise EngineError(
            f"the graphs differ from the module by {parity.maximum:.1f} grey levels and {parity.keypoints:.1e} "
            f"in keypoints, allowed: {_TOLERANCE_LEVELS} and {_TOLERANCE_KEYPOINTS}"
        )
    return parity


def _weights(model: MotionModel) -> dict[str, torch.Tensor]:
    """All but batch norm's counters, which nothing needs."""
    return {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}
