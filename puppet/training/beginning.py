"""What a training begins with: the weights of a pack, of another training, or of an original's checkpoint.

They have to be the same architecture's, whatever the pictures' size; co-part segmentation may also begin with FOMM's,
from which the paper trains it: points become shifts, jacobians affine parts, and the segmentation's head is new.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from puppet.checkpoints import read_weights
from puppet.errors import CheckpointError
from puppet.models.blocks import MotionModel
from puppet.models.coseg import CoSegmentationModel
from puppet.packs import MANIFEST
from puppet.training.checkpoint import AVERAGED, WEIGHTS, newest_checkpoint

log = logging.getLogger(__name__)

_FROM_FOMM = {
    "kp_detector.kp.": "segmentation_module.shift.",
    "kp_detector.jacobian.": "segmentation_module.affine.",
    "kp_detector.semantic_seg.": "segmentation_module.segmentation.",
    "kp_detector.": "segmentation_module.",
    "generator.": "reconstruction_module.",
}
_NEW_HEAD = "segmentation_module.segmentation."
_MAY_LACK = (_NEW_HEAD, "discriminator.")
_KERNEL = "down.weight"  # of the blur before a picture is reduced: it depends on the size, and is not learned


def fill(model: MotionModel, path: Path) -> None:
    """Fill a model with the weights in `path`.

    Args:
        model: of the recipe's architecture.
        path: a pack's folder, a training's --out or checkpoint, weights.safetensors, or an original's checkpoint.

    Raises:
        CheckpointError: it cannot be read, or belongs to another architecture; names the first weight that differs.
    """
    found, needed = _renamed(_read(path), model), model.state_dict()
    filled: dict[str, Tensor] = {}
    for name, place in needed.items():
        if name.endswith((_KERNEL, "num_batches_tracked")) or (name not in found and name.startswith(_MAY_LACK)):
            continue
        if name not in found:
            raise CheckpointError(f"{path}: holds the weights of another model: there is no {name}.")
        if found[name].shape != place.shape:
            told = f"{name} is {tuple(found[name].shape)}, the recipe asks for {tuple(place.shape)}"
            raise CheckpointError(f"{path}: holds the weights of another model: {told}.")
        filled[name] = found[name].to(place)
    model.load_state_dict(filled, strict=False)
    log.info("beginning with %d weights of %s", len(filled), path)


def _read(path: Path) -> dict[str, Tensor]:
    """Weights under the names they have there."""
    if path.is_dir() or path.suffix == ".safetensors":
        return _of_ours(path)
    return {
        f"{network}.{name}": value for network, state in read_weights(path).items() for name, value in state.items()
    }


def _of_ours(path: Path) -> dict[str, Tensor]:
    file = path
    if path.is_dir():
        inner = path if (path / MANIFEST).is_file() or (path / WEIGHTS).is_file() else None
        newest = inner or newest_checkpoint(path / "checkpoints") or newest_checkpoint(path)
        file = (newest or path) / WEIGHTS
    try:
        weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: the weights cannot be read ({str(error).splitlines()[0]}).") from error
    averaged = {k.removeprefix(AVERAGED): v for k, v in weights.items() if k.startswith(AVERAGED)}
    return averaged or weights


def _renamed(weights: Mapping[str, Tensor], model: MotionModel) -> dict[str, Tensor]:
    """FOMM's weights under co-segmentation's names, where that is what is wanted."""
    if not isinstance(model, CoSegmentationModel) or not any(name.startswith("kp_detector.") for name in weights):
        return dict(weights)
    renamed = {}
    for name, value in weights.items():
        start = next((start for start in _FROM_FOMM if name.startswith(start)), "")
        renamed[_FROM_FOMM.get(start, "") + name.removeprefix(start)] = value
    return renamed
