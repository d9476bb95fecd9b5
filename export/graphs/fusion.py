"""Rewrites of a module that change only its speed, made on a copy in eval mode before it is traced.

- A batch norm after a convolution is folded into it (arXiv 1502.03167 in inference mode).
- Nearest ×2 upsampling and a 3 × 3 convolution become one transposed 4 × 4 convolution of stride 2, with 4/9 of the
  multiplications.
- A 7 × 7 convolution to three channels uses vector registers badly: one of 8 × 8 and stride 2 computes 2 × 2 pixels as
  channels, which are then shuffled into place.

Needs the extra `torch`.
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from puppet.models.blocks import ConvBlock, ResBlock, ResidualGenerator, UpBlock

T = TypeVar("T", bound=nn.Module)


def fold_norms(model: T) -> T:
    """Return a copy, in eval mode, with batch norms folded into the convolutions before them."""
    model = copy.deepcopy(model).eval()
    for block in model.modules():
        if isinstance(block, ConvBlock):
            fold_norm(block)
        elif isinstance(block, ResBlock):
            fold_inner_norm(block)
    return model


def optimise(model: T, transposed: bool = True) -> T:
    """Return a copy, in eval mode, that computes the same in less time.

    Args:
        model: any module.
        transposed: use transposed convolutions, which int8 does not support.
    """
    model = fold_norms(model)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if transposed and isinstance(child, UpBlock):
                setattr(parent, name, TransposedUpBlock(child.conv))
        if isinstance(parent, ResidualGenerator) and len(parent.up_blocks):  # they make the size even
            parent.final = PixelShuffleConv(parent.final)  # type: ignore[assignment]
    return model


def fold_norm(block: ConvBlock) -> None:
    """Fold the batch norm into the convolution before it, in place."""
    block.conv = fuse_conv_bn_eval(block.conv, block.norm)
    block.norm = nn.Identity()  # type: ignore[assignment]


def fold_inner_norm(block: ResBlock) -> None:
    """Fold the second norm of a residual block into its first convolution, in place."""
    block.conv1 = fuse_conv_bn_eval(block.conv1, block.norm2)
    block.norm2 = nn.Identity()  # type: ignore[assignment]


class TransposedUpBlock(nn.Module):
    """UpBlock as one transposed convolution."""

    def __init__(self, conv: nn.Conv2d) -> None:
        """`conv` is the block's convolution with its norm folded in."""
        super().__init__()
        self.conv = nn.ConvTranspose2d(conv.in_channels, conv.out_channels, 4, stride=2, padding=1)
        self.conv.weight = nn.Parameter(transposed_kernel(conv.weight.detach()))
        self.conv.bias = conv.bias

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, 2h, 2w)."""
        return torch.relu(self.conv(x))


class PixelShuffleConv(nn.Module):
    """7 × 7 convolution with padding 3, for even sizes, as one of stride 2 that computes 2 × 2 pixels as channels."""

    def __init__(self, conv: nn.Conv2d) -> None:
        """`conv` is the 7 × 7 convolution."""
        super().__init__()
        outputs, inputs = conv.weight.shape[:2]
        kernel = conv.weight.new_zeros(outputs, 2, 2, inputs, 8, 8)
        for y in range(2):
            for x in range(2):
                kernel[:, y, x, :, y : y + 7, x : x + 7] = conv.weight.detach()
        self.conv = nn.Conv2d(inputs, 4 * outputs, 8, stride=2, padding=3)
        self.conv.weight = nn.Parameter(kernel.flatten(0, 2))
        assert conv.bias is not None
        self.conv.bias = nn.Parameter(conv.bias.detach().repeat_interleave(4))
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h, w)."""
        pixels: Tensor = self.shuffle(self.conv(x))
        return pixels


def transposed_kernel(kernel: Tensor) -> Tensor:
    """Return the transposed kernel, stride 2, padding 1, that equals nearest ×2 and then a 3 × 3 `kernel`.

    In an upsampled row each pixel lies twice, so output 2i is w₀x[i−1] + (w₁+w₂)x[i], output 2i + 1 is (w₀+w₁)x[i] +
    w₂x[i+1]; tap k of a transposed convolution at pixel i goes to output 2i − 1 + k.

    Args:
        kernel: (outputs, inputs, 3, 3).

    Returns:
        (inputs, outputs, 4, 4).
    """
    spread = kernel.new_tensor([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
    return torch.einsum("ka,lb,oiab->iokl", spread, spread, kernel)
