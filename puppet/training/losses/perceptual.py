"""Frozen features in which pictures are compared: relu1_1, relu2_1 … relu5_1 of VGG19 as in the papers, or of VGG16.

From a file the user gives: torchvision's state dictionary of either, or VGG16 as .npz with conv0_w, conv0_b ….
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.training.losses.face_terms import Vgg16, load_vgg16, read_arrays
from puppet.training.losses.vgg import Vgg19

_RELU_1 = (0, 2, 4, 7, 10)  # VGG16's convolutions before relu1_1, relu2_1 …
_RELU_4_3 = 9
_ONLY_VGG19 = "features.34.weight"  # torchvision's names


class Features(nn.Module):
    """The first `depth` of the five maps, finest first."""

    def __init__(self, network: Vgg16 | Vgg19, depth: int) -> None:
        super().__init__()
        self.network, self.depth = network, depth

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(N, 3, H, W) in [0, 1] -> maps."""
        if isinstance(self.network, Vgg19):
            maps: list[Tensor] = self.network(pictures)
            return maps[: self.depth]
        return self.network.forward(pictures, _RELU_1[: self.depth])

    def relu4_3(self, pictures: Tensor) -> Tensor:
        """VGG16's map at an eighth of the size: (N, 512, H / 8, W / 8). Raises CheckpointError for VGG19."""
        if isinstance(self.network, Vgg19):
            raise CheckpointError("losses.vgg_detector looks at VGG16's relu4_3: give the weights of VGG16, not VGG19.")
        deepest: Tensor = self.network(pictures, (_RELU_4_3,))[0]
        return deepest


def read_features(path: Path, depth: int, *, detector: bool = False) -> Features:
    """VGG16 or VGG19, told from the file.

    Args:
        path: of the weights.
        depth: how many maps are compared, 5 at most.
        detector: relu4_3 is looked at as well.

    Raises:
        CheckpointError: it cannot be read or is something else.
    """
    if path.suffix.lower() != ".npz":
        state = read_arrays(path)
        if _ONLY_VGG19 in state:
            return Features(_vgg19(state, path), depth)
    layers = max(_RELU_1[depth - 1] + 1 if depth else 0, _RELU_4_3 + 1 if detector else 0)
    return Features(load_vgg16(path, layers), depth)


def _vgg19(state: object, path: Path) -> Vgg19:
    network = Vgg19()
    assert isinstance(state, dict)
    wanted = {name: state[name] for name in network.state_dict() if name in state}
    try:
        network.load_state_dict(wanted)
    except RuntimeError as error:
        raise CheckpointError(f"{path}: is not VGG19 in torchvision's format.") from error
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]
