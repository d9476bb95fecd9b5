"""Frozen features of VGG16 or VGG19 (arXiv 1409.1556), in which perceptual losses compare pictures.

Weights come from a file of the user's: torchvision's state dictionary of either network, or VGG16 as .npz with conv0_w,
conv0_b …. Features are named as in the papers: relu2_1 is the first rectified convolution of the second block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.motion.npz import read_npz
from puppet.training.checkpoint import read_tensors

VGG16, VGG19 = (2, 2, 3, 3, 3), (2, 2, 4, 4, 4)
"""Convolutions of each block."""
FIRST_RELUS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""Features that FOMM and co-part segmentation compare, finest first."""

MOST_BYTES = 2 << 30
"""Of weights as .npz, unpacked."""
_WIDTHS = (64, 128, 256, 512, 512)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's
_ONLY_VGG19 = "features.34.weight"  # torchvision's name of the last convolution


class Vgg(nn.Module):
    """The convolutions of VGG up to the deepest feature that is needed; random weights until some are loaded.

    Attributes:
        blocks: convolutions of each block: VGG16 or VGG19.
        convolutions: in order.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, blocks: Sequence[int] = VGG19, relus: Sequence[str] = FIRST_RELUS) -> None:
        """`relus`: names of the features that will be requested."""
        super().__init__()
        self.blocks = tuple(blocks)
        widths = [width for width, count in zip(_WIDTHS, blocks, strict=True) for _ in range(count)]
        pairs = zip((3, *widths), widths, strict=False)
        count = max((self._index(relu) + 1 for relu in relus), default=0)
        layers = [nn.Conv2d(inputs, outputs, 3, padding=1) for inputs, outputs in pairs][:count]
        self.convolutions = nn.ModuleList(layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, pictures: Tensor, relus: Sequence[str]) -> list[Tensor]:
        """Compute features.

        Args:
            pictures: (N, 3, h, w) in [0, 1].
            relus: names, finest first.

        Returns:
            Maps (N, C, h / 2^b, w / 2^b), b being the number of pooled blocks.
        """
        wanted, maps = [self._index(relu) for relu in relus], []
        x = ((pictures - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        for index, convolution in enumerate(self.convolutions[: max(wanted) + 1]):
            if index in self._starts[1:]:
                x = F.max_pool2d(x, 2)
            x = F.relu(convolution(x))
            if index in wanted:
                maps.append(x)
        return maps

    @property
    def _starts(self) -> list[int]:
        """Index of the first convolution of each block."""
        return list(accumulate(self.blocks[:-1], initial=0))

    def _index(self, relu: str) -> int:
        block, number = map(int, relu.removeprefix("relu").split("_"))
        return self._starts[block - 1] + number - 1


def read_vgg(path: Path, relus: Sequence[str]) -> Vgg:
    """Read VGG16 or VGG19 trained on ImageNet, recognised from the file.

    Args:
        path: of an .npz (VGG16) or of torchvision's state dictionary.
        relus: names of the features that will be requested.

    Raises:
        CheckpointError: it cannot be read or is something else. Only plain tensors are unpickled.
    """
    arrays = read_arrays(path)
    vgg = Vgg(VGG19 if _ONLY_VGG19 in arrays else VGG16, relus)
    for index, (convolution, place) in enumerate(zip(vgg.convolutions, _places(vgg.blocks), strict=False)):
        names = f"conv{index}_w", f"conv{index}_b"
        if "features.0.weight" in arrays:
            names = f"features.{place}.weight", f"features.{place}.bias"
        for name, value in zip(names, convolution.parameters(), strict=True):
            if name not in arrays or arrays[name].shape != value.shape:
                found = tuple(arrays[name].shape) if name in arrays else "missing"
                raise CheckpointError(
                    f"{path}: not VGG16 or VGG19; {name} is {found}, expected {tuple(value.shape)}; give torchvision's "
                    "weights or an .npz"
                )
            value.data.copy_(arrays[name])
    return vgg


def read_arrays(path: Path) -> Mapping[str, Tensor]:
    """Read the tensors of an .npz or of a state dictionary by name. Raises CheckpointError."""
    try:
        if path.suffix.lower() == ".npz":
            return {name: torch.from_numpy(array) for name, array in read_npz(path, MOST_BYTES).items()}
    except (OSError, ValueError, TypeError) as error:  # TypeError: an array of texts
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    found = read_tensors(path)
    if not isinstance(found, Mapping):
        raise CheckpointError(f"{path}: holds a {type(found).__name__}; expected a state dictionary")
    return {name: value for name, value in found.items() if isinstance(value, Tensor)}


def _places(blocks: Sequence[int]) -> list[int]:
    """Indices of the convolutions in torchvision's `features`: each is followed by a ReLU, each block by a pooling."""
    return [2 * sum(blocks[:block]) + block + 2 * number for block, n in enumerate(blocks) for number in range(n)]
