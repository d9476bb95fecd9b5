"""The features of VGG19 (arXiv 1409.1556) in which FOMM and co-part segmentation compare pictures.

Names are torchvision's, whose weight file loads into it once the layers above relu5_1 are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_WIDTHS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's


class Vgg19(nn.Module):
    """Frozen; random weights until some are loaded."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        self.shown = []  # indices of relu1_1, relu2_1, … relu5_1
        before = 3
        for level, widths in enumerate(_WIDTHS):
            layers += [nn.MaxPool2d(2)] if level else []
            self.shown.append(len(layers) + 1)
            for width in widths:
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                before = width
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(N, 3, H, W) in [0, 1] -> five maps, finest first."""
        x, maps = (pictures - self.mean) / self.deviation, []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.shown:
                maps.append(x)
        return maps
