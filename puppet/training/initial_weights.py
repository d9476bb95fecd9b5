"""Initial weights of a training: those of a pack, of another training, or of an original checkpoint.

They have to belong to the same architecture, whatever the size of the pictures. Two families can also start from FOMM's
weights: co-part segmentation, as in its paper (points become shifts, jacobians affine parts, the segmentation's head is
new), and Monkey-Net's keypoint detector, which is the same hourglass with a smaller head (the rest is new).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.models.checkpoints import read_weights
from puppet.models.coseg import CoSegmentationModel
from puppet.models.monkeynet import MonkeyNet
from puppet.packs import MANIFEST
from puppet.training.checkpoint import AVERAGED, WEIGHTS, newest_checkpoint

log = logging.getLogger(__name__)

FOMM_HEAD = "kp_detector.kp."
"""Prefix of the layer that makes FOMM's heatmaps."""

_FROM_FOMM = {
    FOMM_HEAD: "segmentation_module.shift.",
    "kp_detector.jacobian.": "segmentation_module.affine.",
    "kp_detector.semantic_seg.": "segmentation_module.segmentation.",
    "kp_detector.": "segmentation_module.",
    "generator.": "reconstruction_module.",
}
_MAY_LACK = (
    *("segmentation_module.segmentation.", "discriminator."),
    *(f"{network}.fine_" for network in ("mouth", "eyes")),  # packs of earlier versions lack the fine level
)
_MONKEYNET_HEAD = "kp_detector.predictor.decoder.conv."
_BLUR_KERNEL = "down.weight"  # of the blur before a picture is reduced: it depends on the size, and is not learned


def fill(model: nn.Module, path: Path, reinit: tuple[str, ...] = ()) -> None:
    """Fill a model with the weights in `path`.

    Args:
        model: of the recipe's architecture.
        path: a pack's folder, a training's --out or checkpoint, weights.safetensors, or an original checkpoint.
        reinit: weights whose names begin so keep their random values, so that another generator can learn to render
            the known motion.

    Raises:
        CheckpointError: it cannot be read, or belongs to another architecture; names the first weight that differs.
    """
    found, needed = _renamed(read_state(path), model), model.state_dict()
    only_detector = all(name.startswith("kp_detector.") for name in found)
    may_lack = (*_MAY_LACK, "generator.") if only_detector else _MAY_LACK
    filled: dict[str, Tensor] = {}
    for name, place in needed.items():
        if name.endswith((_BLUR_KERNEL, "num_batches_tracked")) or name.startswith(reinit):
            continue
        if name not in found and name.startswith(may_lack):
            continue
        if name not in found:
            raise CheckpointError(f"{path}: weight {name} is missing; not a checkpoint of this architecture")
        if found[name].shape != place.shape:
            sizes = f"{tuple(found[name].shape)}, expected {tuple(place.shape)}"
            raise CheckpointError(f"{path}: weight {name} is {sizes}; not a checkpoint of this architecture")
        filled[name] = found[name].to(place)
    model.load_state_dict(filled, strict=False)
    log.info("starting with %d weights of %s", len(filled), path)


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the weights in `path` under the names they have there; see `fill`. Raises CheckpointError."""
    if path.is_dir() or path.suffix == ".safetensors":
        return _read_own(path)
    return {
        f"{network}.{name}": value for network, state in read_weights(path).items() for name, value in state.items()
    }


def _read_own(path: Path) -> dict[str, Tensor]:
    """Weights of a pack or of a training, averaged where there are averaged ones."""
    file = path
    if path.is_dir():
        complete = path if (path / MANIFEST).is_file() or (path / WEIGHTS).is_file() else None
        newest = complete or newest_checkpoint(path / "checkpoints") or newest_checkpoint(path)
        file = (newest or path) / WEIGHTS
    try:
        weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: the weights cannot be read ({str(error).splitlines()[0]})") from error
    averaged = {k.removeprefix(AVERAGED): v for k, v in weights.items() if k.startswith(AVERAGED)}
    return averaged or weights


def _renamed(weights: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """FOMM's weights under the names of another family, when the model is of that family."""
    if isinstance(model, CoSegmentationModel) and any(name.startswith("kp_detector.") for name in weights):
        renamed = {}
        for name, value in weights.items():
            start = next((start for start in _FROM_FOMM if name.startswith(start)), "")
            renamed[_FROM_FOMM.get(start, "") + name.removeprefix(start)] = value
        return renamed
    if isinstance(model, MonkeyNet) and FOMM_HEAD + "weight" in weights:
        # The middle 3 x 3 of FOMM's 7 x 7 kernel; `distill_keypoints` trains the detector to make up for the rest.
        detector = {name: value for name, value in weights.items() if name.startswith("kp_detector.predictor.")}
        detector[_MONKEYNET_HEAD + "weight"] = weights[FOMM_HEAD + "weight"][:, :, 2:5, 2:5]
        detector[_MONKEYNET_HEAD + "bias"] = weights[FOMM_HEAD + "bias"]
        return detector
    return dict(weights)
