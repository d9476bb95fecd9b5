"""What a training begins with: the weights of a pack, of another training, or of an original's checkpoint.

They have to be the same architecture's, whatever the pictures' size. Two families may begin with FOMM's as well:
co-part segmentation, as in its paper (points become shifts, jacobians affine parts, the segmentation's head is new),
and Monkey-Net's keypoint detector, which is the same hourglass with a smaller head (the rest is new).
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.models.base import MotionModel
from puppet.models.blocks import ResBlock, ResidualGenerator, expected_points, heatmaps_from
from puppet.models.checkpoints import read_weights
from puppet.models.coseg import CoSegmentationModel
from puppet.models.fomm import DenseMotionNetwork
from puppet.models.monkeynet import MonkeyNet, MotionTransferGenerator
from puppet.packs import MANIFEST
from puppet.training.checkpoint import AVERAGED, WEIGHTS, newest_checkpoint
from puppet.training.optimiser import fix_norms

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
_FOMM_HEAD = "kp_detector.kp."
_MONKEYNET_HEAD = "kp_detector.predictor.decoder.conv."
_BENDS = ((1.0, 0.0), (1.0, 0.85), (-1.0, 0.15), (1.0, 0.96), (-1.0, 0.04))
"""Pieces of straight lines, each upwards or downwards from a level on: features of a colour."""
_LESSON_RATE = 1e-3
_SHOWN = 3.0  # logit of what is not hidden
_KERNEL = "down.weight"  # of the blur before a picture is reduced: it depends on the size, and is not learned


def fill(model: MotionModel, path: Path, anew: tuple[str, ...] = ()) -> None:
    """Fill a model with the weights in `path`.

    Args:
        model: of the recipe's architecture.
        path: a pack's folder, a training's --out or checkpoint, weights.safetensors, or an original's checkpoint.
        anew: weights whose names begin so keep what they have: another generator learns to paint the known motion.

    Raises:
        CheckpointError: it cannot be read, or belongs to another architecture; names the first weight that differs.
    """
    found, needed = _renamed(_read(path), model), model.state_dict()
    may_lack = (*_MAY_LACK, *(["generator."] if _only_detector(found) else []))
    filled: dict[str, Tensor] = {}
    for name, place in needed.items():
        if name.endswith((_KERNEL, "num_batches_tracked")) or name.startswith(anew):
            continue
        if name not in found and name.startswith(may_lack):
            continue
        if name not in found:
            raise CheckpointError(f"{path}: holds the weights of another model: there is no {name}.")
        if found[name].shape != place.shape:
            told = f"{name} is {tuple(found[name].shape)}, the recipe asks for {tuple(place.shape)}"
            raise CheckpointError(f"{path}: holds the weights of another model: {told}.")
        filled[name] = found[name].to(place)
    model.load_state_dict(filled, strict=False)
    log.info("beginning with %d weights of %s", len(filled), path)


def teach_keypoints(model: MotionModel, path: Path, pictures: Iterable[Tensor]) -> None:
    """Let Monkey-Net's detector find what FOMM's in `path` finds, where `fill` gave it that; else nothing happens.

    Args:
        model: filled from the same path.
        path: see `fill`.
        pictures: (N, 3, S, S) to learn on.
    """
    if not isinstance(model, MonkeyNet) or _FOMM_HEAD + "weight" not in (weights := _read(path)):
        return
    head, bias = (weights[_FOMM_HEAD + name].to(next(model.parameters())) for name in ("weight", "bias"))
    pupil, training = model.kp_detector, model.kp_detector.training
    master = copy.deepcopy(pupil.predictor).eval().requires_grad_(False)
    master.decoder.conv = None
    optimiser = torch.optim.Adam(pupil.parameters(), _LESSON_RATE)
    fix_norms(pupil)
    for number, batch in enumerate(pictures):
        with torch.no_grad():
            logits = F.conv2d(master(pupil.downscaled(batch)), head, bias, padding=head.shape[-1] // 2)
            wanted = expected_points(heatmaps_from(logits, pupil.own.temperature))
        error = (pupil(batch).points - wanted).abs().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        if number % 100 == 0:
            log.info("lesson %d: keypoints are %.4f from FOMM's", number, error.detach())
    pupil.train(training)


def copy_at_first(model: MotionModel) -> None:
    """Let a generator that has the warped picture at its full size begin by painting it as it is, with nothing hidden.

    It would find that out by itself, but for thousands of steps motion would be learned from what it blurs.
    """
    for network in model.modules():
        if isinstance(network, DenseMotionNetwork) and network.occlusion is not None:
            _empty(network.occlusion, _SHOWN)
        if isinstance(network, ResidualGenerator):
            _still(network.bottleneck)
            _copy_colours(network.first.conv, network.final, network.final.out_channels)
        if isinstance(network, MotionTransferGenerator):
            _refine_nothing(network)


def _still(blocks: Iterable[nn.Module]) -> None:
    """Let residual blocks change nothing."""
    for block in blocks:
        assert isinstance(block, ResBlock)
        _empty(block.conv2)


def _refine_nothing(generator: MotionTransferGenerator) -> None:
    """The warped picture is among the features: a block does to it what a sigmoid undoes, the last layer shows it."""
    *blocks, last = generator.refinement_module
    _still(blocks)
    bending = blocks[0]
    assert isinstance(bending, ResBlock)
    assert isinstance(last, nn.Conv2d)
    colours, place = last.out_channels, generator.video_decoder.finest
    _copy_colours(bending.conv1, bending.conv2, colours, place)
    _empty(last)
    with torch.no_grad():
        for colour in range(colours):
            bending.conv2.weight[place + colour, colour, 1, 1] -= 1  # the block adds to the colour, which is there
            last.weight[colour, place + colour] = 1


def _copy_colours(bending: nn.Conv2d, joining: nn.Conv2d, colours: int, place: int = 0) -> None:
    """A convolution bends colours, the next one joins the pieces into the inverse of a sigmoid.

    `place` is the first of the channels that hold colours, where `bending` reads and where `joining` writes.
    """
    bends = _BENDS[: bending.out_channels // colours]
    levels = torch.linspace(0.01, 0.99, 99)
    pieces = torch.stack([torch.relu(side * (levels - bend)) for side, bend in bends] + [torch.ones_like(levels)], 1)
    # What a sigmoid makes of an error counts, so levels near black and white may be further off.
    weight = (levels * (1 - levels))[:, None]
    shares = torch.linalg.lstsq(pieces * weight, levels.logit()[:, None] * weight).solution[:, 0]
    _empty(joining)
    assert joining.bias is not None
    middle, last = bending.kernel_size[0] // 2, joining.kernel_size[0] // 2
    with torch.no_grad():
        joining.bias[place : place + colours] = shares[-1]
        for number, (side, bend) in enumerate(bends):
            for colour in range(colours):
                feature = number * colours + colour
                bending.weight[feature] = 0
                bending.weight[feature, place + colour, middle, middle] = side
                joining.weight[place + colour, feature, last, last] = shares[number]
                if bending.bias is not None:
                    bending.bias[feature] = -side * bend


def _empty(convolution: nn.Conv2d, answer: float = 0.0) -> None:
    """Let a convolution answer this, whatever it sees."""
    nn.init.zeros_(convolution.weight)
    if convolution.bias is not None:
        nn.init.constant_(convolution.bias, answer)


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


def _only_detector(weights: Mapping[str, Tensor]) -> bool:
    return all(name.startswith("kp_detector.") for name in weights)


def _renamed(weights: Mapping[str, Tensor], model: MotionModel) -> dict[str, Tensor]:
    """FOMM's weights under another family's names, where that is what is wanted."""
    if isinstance(model, CoSegmentationModel) and any(name.startswith("kp_detector.") for name in weights):
        renamed = {}
        for name, value in weights.items():
            start = next((start for start in _FROM_FOMM if name.startswith(start)), "")
            renamed[_FROM_FOMM.get(start, "") + name.removeprefix(start)] = value
        return renamed
    if isinstance(model, MonkeyNet) and _FOMM_HEAD + "weight" in weights:
        # `teach_keypoints` makes up for what the middle of FOMM's 7 x 7 lacks.
        detector = {name: value for name, value in weights.items() if name.startswith("kp_detector.predictor.")}
        detector[_MONKEYNET_HEAD + "weight"] = weights[_FOMM_HEAD + "weight"][:, :, 2:5, 2:5]
        detector[_MONKEYNET_HEAD + "bias"] = weights[_FOMM_HEAD + "bias"]
        return detector
    return dict(weights)
