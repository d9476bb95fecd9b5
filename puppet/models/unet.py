"""U-Net and its layers, shared by the networks of the `face` model."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.models.blocks import layer_outputs


class UNet(nn.Module):
    """Base of the U-Nets: layers that halve the size, layers whose output is upsampled and joined to the skip.

    Args:
        stem: first layer.
        down: layers that halve the size.
        up: layers before each upsampling, coarsest level first.
        mix: layers after the concatenation with the skip, coarsest level first; without them the skip is added.
    """

    def __init__(
        self, stem: nn.Module, down: list[nn.Module], up: list[nn.Module], mix: Sequence[nn.Module] = ()
    ) -> None:
        super().__init__()
        self.stem, self.down, self.up = stem, nn.ModuleList(down), nn.ModuleList(up)
        self.mix = nn.ModuleList(mix) if mix else None

    def features(self, x: Tensor) -> Tensor:
        """Return the finest level's features."""
        *skips, x = layer_outputs(self.down, self.stem(x))
        for level, layer in enumerate(self.up):
            skip, x = skips.pop(), F.interpolate(layer(x), scale_factor=2.0)
            x = skip + x if self.mix is None else self.mix[level](torch.cat([skip, x], 1))
        return x


def conv_block(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, batch norm and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def down_layers(widths: Sequence[int]) -> list[nn.Module]:
    """Return layers that halve the size, from each width to the next."""
    return [nn.Sequential(conv_block(a, b, 3, 2), conv_block(b, b, 3)) for a, b in itertools.pairwise(widths)]


def up_layers(widths: Sequence[int]) -> list[nn.Module]:
    """Return the layers before each upsampling, coarsest level first."""
    return [conv_block(b, a, 3) for a, b in reversed(list(itertools.pairwise(widths)))]
