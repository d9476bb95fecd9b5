"""What a training minimises: a perceptual loss on VGG16's features, a patch discriminator, and their weights."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.training.checkpoint import read_tensors

_CHANNELS = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
_POOLED_BEFORE = (2, 4, 7, 10)
_TORCHVISION = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)  # indices of vgg16().features' convolutions
_PERCEPTUAL_LAYERS = 6  # of the face pack's losses: more are not looked at, and not kept


@dataclass(frozen=True, slots=True)
class MotionWeights:
    """Weights of the motion stage's terms.

    Attributes:
        silhouette: cross-entropy of the features' first channel with the person's silhouette.
        colour: absolute difference of the warped and the driving picture.
        coarse: the same at an eighth of the size: it pulls from further away.
        perceptual: difference of VGG16's features (relu 1_2 and 2_2).
        smooth: absolute differences of the residual flow's neighbours.
        united: the same of the masks': candidate motions are chosen in pieces.
        equivariance: keypoints of the body follow random deformations of the picture.
        apart: they do not all gather in one place.
    """

    silhouette: float = 0.05
    colour: float = 4.0
    coarse: float = 4.0
    perceptual: float = 0.8
    smooth: float = 4.0
    united: float = 0.01
    equivariance: float = 0.5
    apart: float = 0.02


@dataclass(frozen=True, slots=True)
class DetailWeights:
    """Weights of the terms of a stage on mouth and eyes.

    Attributes:
        colour: absolute difference, weighted.
        perceptual: difference of VGG16's features (relu 2_2 and 3_2), weighted.
        matching: of the discriminator's features, times the stage's adversarial weight.
        around: weight of the skin around lips and lids.
        inside: added to it within them.
        between_lips: added to that within the inner lips: teeth and tongue.
    """

    colour: float = 6.0
    perceptual: float = 0.7
    matching: float = 2.0
    around: float = 0.4
    inside: float = 1.6
    between_lips: float = 0.0


RECONSTRUCTION = DetailWeights()
POLISH = DetailWeights(colour=3.0, perceptual=1.2, between_lips=3.0)
"""With discriminators: texture counts for more than exact colours."""


class Vgg16(nn.Module):
    """The first convolutions of VGG16 (arXiv 1409.1556), fixed."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Sequence[Tensor], biases: Sequence[Tensor]) -> None:
        """Weights (out, in, 3, 3) and biases (out,) of the convolutions, the first first."""
        super().__init__()
        for index, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            self.register_buffer(f"weight{index}", weight.float().contiguous(memory_format=torch.channels_last))
            self.register_buffer(f"bias{index}", bias.float())
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, picture: Tensor, layers: Sequence[int]) -> list[Tensor]:
        """(N, 3, h, w) in [0, 1] -> the rectified outputs of the convolutions `layers`, counted from 0."""
        x = ((picture - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        found = []
        for index in range(max(layers) + 1):
            if index in _POOLED_BEFORE:
                x = F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(x, getattr(self, f"weight{index}"), getattr(self, f"bias{index}"), padding=1))
            if index in layers:
                found.append(x)
        return found


def load_vgg16(path: Path, layers: int = _PERCEPTUAL_LAYERS) -> Vgg16:
    """Read VGG16 trained on ImageNet: an .npz with conv0_w, conv0_b …, or torchvision's vgg16 state dictionary.

    Args:
        path: of the file.
        layers: how many convolutions are kept, 13 at most.

    Raises:
        CheckpointError: it cannot be read or is something else. Nothing is unpickled but plain tensors.
    """
    arrays = read_arrays(path)
    names = [(f"conv{i}_w", f"conv{i}_b") for i in range(layers)]
    if "features.0.weight" in arrays:
        names = [(f"features.{i}.weight", f"features.{i}.bias") for i in _TORCHVISION[:layers]]
    inputs = 3
    for (weight, bias), outputs in zip(names, _CHANNELS, strict=False):
        found = [tuple(arrays[name].shape) if name in arrays else None for name in (weight, bias)]
        if found != [(outputs, inputs, 3, 3), (outputs,)]:
            expected = f"({outputs}, {inputs}, 3, 3)"
            raise CheckpointError(f"{path}: is not VGG16: {weight} is {found[0] or 'missing'}, expected {expected}.")
        inputs = outputs
    return Vgg16([arrays[weight] for weight, _ in names], [arrays[bias] for _, bias in names])


def read_arrays(path: Path) -> Mapping[str, Tensor]:
    """Tensors by name of an .npz or of a state dictionary. Raises CheckpointError."""
    try:
        if path.suffix.lower() == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}).") from error
    found = read_tensors(path)
    if not isinstance(found, Mapping):
        raise CheckpointError(f"{path}: holds a {type(found).__name__}, not a state dictionary.")
    return {name: value for name, value in found.items() if isinstance(value, Tensor)}


def perceptual(
    vgg: Vgg16, picture: Tensor, target: Tensor, layers: Sequence[int], weight: Tensor | None = None
) -> Tensor:
    """Mean absolute difference of normalised features (Johnson et al., arXiv 1603.08155), a scalar.

    Args:
        vgg: the features.
        picture: (N, 3, h, w) in [0, 1].
        target: the same; no gradient flows into it.
        layers: which convolutions.
        weight: (N or 1, 1, h, w): where a difference counts how much.
    """
    with torch.no_grad():
        wanted = vgg(target, layers)
    total = torch.zeros((), device=picture.device)
    for x, y in zip(vgg(picture, layers), wanted, strict=True):
        difference = (_normalised(x.float()) - _normalised(y.float())).abs().mean(1, keepdim=True)
        if weight is not None:
            difference = difference * F.interpolate(weight, size=difference.shape[-2:], mode="area")
        total = total + difference.mean()
    return total


def _normalised(features: Tensor) -> Tensor:
    """By their root mean square at each place, so that every layer counts alike."""
    return features / (features.pow(2).mean(1, keepdim=True).sqrt() + 0.1)


class PatchDiscriminator(nn.Module):
    """Tells made patches of a crop from true ones (PatchGAN, arXiv 1611.07004), knowing the shape drawn into it."""

    def __init__(self) -> None:
        """Random weights."""
        super().__init__()
        self.layers = nn.ModuleList([_halved(5, 48, False), _halved(48, 96, True), _halved(96, 128, True)])
        self.verdict = nn.Conv2d(128, 1, 3, 1, 1)

    def forward(self, crop: Tensor, shape: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Crop (N, 3, s, s) and shape (N, 2, s, s) -> verdicts (N, 1, s/8, s/8), 1 being true, and the features."""
        x, features = torch.cat([4 * crop - 2, shape], 1), []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        return self.verdict(x).float(), features


def _halved(inputs: int, outputs: int, normalised: bool) -> nn.Sequential:
    normalisation = [nn.InstanceNorm2d(outputs, affine=True)] if normalised else []
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, 2, 1), *normalisation, nn.LeakyReLU(0.2))


def adversarial(discriminator: PatchDiscriminator, made: Tensor, true: Tensor, shape: Tensor) -> tuple[Tensor, Tensor]:
    """What the generator minimises: least squares (LSGAN, arXiv 1611.04076), and the features' difference."""
    verdict, features = discriminator(made, shape)
    with torch.no_grad():
        _, wanted = discriminator(true, shape)
    pairs = zip(features, wanted, strict=True)
    return (verdict - 1).pow(2).mean(), torch.stack([(x.float() - y.float()).abs().mean() for x, y in pairs]).sum()


def judgement(discriminator: PatchDiscriminator, made: Tensor, true: Tensor, shape: Tensor) -> Tensor:
    """What the discriminator minimises (LSGAN)."""
    error = (discriminator(true, shape)[0] - 1).pow(2).mean() + discriminator(made, shape)[0].pow(2).mean()
    result: Tensor = error
    return result
