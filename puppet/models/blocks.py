"""Building blocks of Monkey-Net, FOMM and co-part segmentation: convolution blocks, hourglass, warping, heatmaps.

Parameters have the names of the original repositories' state dicts, so that their weights load by name. Pictures are
(N, C, H, W) float32; coordinates are x then y in [-1, 1], from the centre of the first pixel to that of the last, and
every `grid_sample` has align_corners=True, the only behaviour of the torch that the released weights were trained with.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from annotated_types import Interval
from torch import Tensor, nn
from typing_extensions import override

from puppet.models.base import KeypointTensors, PyramidLevels, Scale, Width, repeat_to


@dataclass(frozen=True, slots=True, kw_only=True)
class HourglassConfig:
    """Keys of every section of the originals' YAML that builds an hourglass.

    Attributes:
        block_expansion: channels of the finest level; each coarser level has twice as many.
        max_features: upper bound of the channels.
        num_blocks: number of times the size is halved.
        scale_factor: pictures are downscaled by this factor first.
    """

    block_expansion: Width
    num_blocks: PyramidLevels
    max_features: Width
    scale_factor: Scale = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualConfig:
    """Keys of every section of the originals' YAML that builds a ResidualGenerator.

    Attributes:
        block_expansion: channels at the picture's size; each of `num_down_blocks` levels has twice as many.
        max_features: upper bound of the channels.
        num_down_blocks: number of times the size is halved.
        num_bottleneck_blocks: number of residual blocks after the warp.
        exact_grid: upscale deformations from corner to corner, so that still regions are copied exactly, and repeat the
            border outside the picture. Not in the originals: theirs are off by up to half a deformation pixel at the
            edges and sample black outside.
    """

    block_expansion: Width
    max_features: Width
    num_down_blocks: Annotated[int, Interval(ge=0, le=16)]
    num_bottleneck_blocks: Annotated[int, Interval(ge=0, le=64)]
    exact_grid: bool = False


class ConvBlock(nn.Module):
    """Convolution, batch norm, ReLU (the originals' SameBlock)."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h, w)."""
        return F.relu(self.norm(self.conv(x)))


class DownBlock(ConvBlock):
    """ConvBlock, then 2 × 2 average pooling: (N, inputs, h, w) -> (N, outputs, h // 2, w // 2)."""

    @override
    def forward(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(super().forward(x), 2)


class UpBlock(ConvBlock):
    """Nearest upsampling by 2, then ConvBlock: (N, inputs, h, w) -> (N, outputs, 2h, 2w)."""

    @override
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.interpolate(x, scale_factor=2.0))


class ResBlock(nn.Module):
    """Residual block with batch norm and ReLU before each convolution."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 3, padding=1)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(features)
        self.norm2 = nn.BatchNorm2d(features)

    def forward(self, x: Tensor) -> Tensor:
        """(N, features, h, w) -> the same."""
        inner = self.conv1(F.relu(self.norm1(x)))
        correction: Tensor = self.conv2(F.relu(self.norm2(inner)))
        return x + correction


def residual_blocks(count: int, features: int) -> nn.Sequential:
    """Return a sequence of ResBlocks with the names of the checkpoints: r0, r1 and so on."""
    return nn.Sequential(OrderedDict((f"r{number}", ResBlock(features)) for number in range(count)))


def layer_outputs(layers: Iterable[nn.Module], x: Tensor) -> list[Tensor]:
    """Apply layers one after another; return `x` and the output of each."""
    outputs = [x]
    for layer in layers:
        outputs.append(layer(outputs[-1]))
    return outputs


class Encoder(nn.Module):
    """Pyramid of features, halved `num_blocks` times."""

    def __init__(self, inputs: int, block_expansion: int, max_features: int, num_blocks: int) -> None:
        super().__init__()
        widths = level_widths(block_expansion, max_features, num_blocks)
        self.down_blocks = nn.ModuleList(map(DownBlock, [inputs, *widths[1:-1]], widths[1:]))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, inputs, h, w) -> the input and the output of each level, finest first."""
        return layer_outputs(self.down_blocks, x)


class Decoder(nn.Module):
    """Upward half of an hourglass: appends each level of an `Encoder`'s pyramid to the upsampled coarser level.

    Args:
        inputs: channels of the pyramid's finest level, without `extra`.
        extra: channels appended to every level of the pyramid.
        outputs: channels of a final convolution; None for none.

    Attributes:
        channels: number of channels before the final convolution.
        finest: index of the first of these channels that comes from the pyramid's finest level.
    """

    def __init__(
        self,
        inputs: int,
        block_expansion: int,
        max_features: int,
        num_blocks: int,
        extra: int = 0,
        outputs: int | None = None,
    ) -> None:
        super().__init__()
        widths = level_widths(block_expansion, max_features, num_blocks)
        below = [2 * w + extra for w in widths[1:-1]] + [widths[-1] + extra]
        blocks = [UpBlock(below[level], widths[level]) for level in reversed(range(num_blocks))]
        self.up_blocks = nn.ModuleList(blocks)
        self.finest, self.channels = block_expansion, block_expansion + inputs + extra
        self.conv = None if outputs is None else nn.Conv2d(self.channels, outputs, 3, padding=1)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        """Pyramid, finest level first -> (N, outputs or self.channels, h, w)."""
        x = levels[-1]
        for block, level in zip(self.up_blocks, reversed(levels[:-1]), strict=True):
            x = torch.cat([block(x), level], 1)
        return x if self.conv is None else self.conv(x)


class Hourglass(nn.Module):
    """Encoder and decoder with skip connections (U-Net): features at the input's size."""

    def __init__(self, inputs: int, config: HourglassConfig, outputs: int | None = None) -> None:
        super().__init__()
        levels = (config.block_expansion, config.max_features, config.num_blocks)
        self.encoder = Encoder(inputs, *levels)
        self.decoder = Decoder(inputs, *levels, outputs=outputs)
        self.channels = self.decoder.channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs or self.channels, h, w)."""
        features: Tensor = self.decoder(self.encoder(x))
        return features


class ResidualGenerator(nn.Module):
    """Generator of Johnson et al. (arXiv 1603.08155): down, residual blocks, up; in two halves, to warp in between."""

    def __init__(self, channels: int, config: ResidualConfig) -> None:
        super().__init__()
        widths = level_widths(config.block_expansion, config.max_features, config.num_down_blocks)
        self.first = ConvBlock(channels, widths[0], 7)
        self.down_blocks = nn.ModuleList(map(DownBlock, widths[:-1], widths[1:]))
        self.bottleneck = residual_blocks(config.num_bottleneck_blocks, widths[-1])
        self.up_blocks = nn.ModuleList(map(UpBlock, reversed(widths[1:]), reversed(widths[:-1])))
        self.final = nn.Conv2d(widths[0], channels, 7, padding=3)
        self.exact_grid = config.exact_grid

    def warped(self, features: Tensor, deformation: Tensor, occlusion: Tensor | None = None) -> Tensor:
        """Warp features, or other maps of a picture, and multiply them with an occlusion map (N, 1, h, w), if any."""
        moved = warp(features, deformation, corners=self.exact_grid)
        return moved if occlusion is None else moved * resized(occlusion, moved.shape[2], moved.shape[3])

    def encode(self, picture: Tensor) -> Tensor:
        """(N, channels, H, W) in [0, 1] -> features (N, C, H / 2ⁿ, W / 2ⁿ)."""
        return layer_outputs(self.down_blocks, self.first(picture))[-1]

    def decode(self, features: Tensor) -> Tensor:
        """Features (N, C, H / 2ⁿ, W / 2ⁿ) -> picture (N, channels, H, W) in [0, 1]."""
        return torch.sigmoid(self.final(layer_outputs(self.up_blocks, self.bottleneck(features))[-1]))


class AntiAliasDown(nn.Module):
    """Gaussian blur, then every (1 / scale)-th pixel; the kernel is a buffer because checkpoints contain it."""

    weight: Tensor

    def __init__(self, channels: int, scale: float) -> None:
        super().__init__()
        self.step = int(1 / scale)
        self.register_buffer("weight", blur_kernel(scale).repeat(channels, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, channels, ⌈H·scale⌉, ⌈W·scale⌉)."""
        return F.conv2d(x, self.weight, stride=self.step, padding=self.weight.shape[-1] // 2, groups=len(self.weight))


def downscale_layer(channels: int, scale: float) -> nn.Module:
    """Return `AntiAliasDown`, or the identity at scale 1, where checkpoints contain no kernel."""
    return nn.Identity() if scale == 1 else AntiAliasDown(channels, scale)


def blur_kernel(scale: float) -> Tensor:
    """Return the Gaussian (1, 1, k, k) for a downscaling by `scale` ≤ 1; it sums to 1."""
    sigma = (1 / scale - 1) / 2
    half = round(sigma * 4)
    line = torch.exp(-((torch.arange(2 * half + 1) - half) ** 2) / (2 * max(sigma, 1e-6) ** 2))
    kernel = torch.outer(line, line)
    return (kernel / kernel.sum())[None, None]


def level_widths(block_expansion: int, max_features: int, levels: int) -> list[int]:
    """Return the channels of each level, finest first: levels + 1 numbers. `max_features` does not bound the finest."""
    return [block_expansion] + [min(max_features, block_expansion * 2**level) for level in range(1, levels + 1)]


def coordinate_grid(height: int, width: int, like: Tensor) -> Tensor:
    """Return every pixel's coordinates (height, width, 2), x then y, from -1 to 1."""
    x = torch.arange(width, dtype=like.dtype, device=like.device) * (2 / max(width - 1, 1)) - 1
    y = torch.arange(height, dtype=like.dtype, device=like.device) * (2 / max(height - 1, 1)) - 1
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)], -1)


def heatmaps_from(logits: Tensor, temperature: float) -> Tensor:
    """Return the softmax of logits (N, K, h, w) over the pixels."""
    return torch.softmax(logits.flatten(2) / temperature, 2).view(logits.shape)


def expected_points(heatmaps: Tensor) -> Tensor:
    """Return the expected coordinates (N, K, 2) of heatmaps (N, K, h, w) that sum to 1 (soft-argmax)."""
    grid = coordinate_grid(heatmaps.shape[2], heatmaps.shape[3], heatmaps)
    return heatmaps.flatten(2) @ grid.flatten(0, 1)


def expected_matrices(heatmaps: Tensor, maps: Tensor) -> Tensor:
    """Return the expected matrices (N, K, 2, 2) of maps (N, 4·K or 4, h, w) under heatmaps (N, K, h, w)."""
    n, _, h, w = maps.shape
    weighted = heatmaps[:, :, None] * maps.view(n, -1, 4, h, w)
    return weighted.sum((3, 4)).view(n, -1, 2, 2)


def gaussians(points: Tensor, height: int, width: int, variance: float) -> Tensor:
    """Return exp(-½ d² / variance), d the distance to points (N, K, 2): (N, K, height, width)."""
    offsets = coordinate_grid(height, width, points) - points[:, :, None, None]
    return torch.exp(-0.5 * (offsets**2).sum(-1) / variance)


def inverse(matrices: Tensor) -> Tensor:
    """Return the inverses of matrices (..., 2, 2) in closed form: exporters have no matrix inverse."""
    a, b, c, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 0], matrices[..., 1, 1]
    adjugate = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    return adjugate / (a * d - b * c)[..., None, None]


def matrix_product(a: Tensor, b: Tensor) -> Tensor:
    """Return the products of matrices (..., 2, 2), written out because autocast would compute `@` in half precision."""
    return (a[..., :, :, None] * b[..., None, :, :]).sum(-2)


def matrix_vector_product(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Return matrices (..., 2, 2) times vectors (..., 2); see `matrix_product`."""
    x, y = vectors[..., 0, None], vectors[..., 1, None]
    return matrices[..., 0] * x + matrices[..., 1] * y


def part_motions(source: KeypointTensors, driving: KeypointTensors, height: int, width: int) -> Tensor:
    """Return where each part's motion takes every pixel from: FOMM eq. 4, z ↦ p_S + J_S J_D⁻¹ (z − p_D).

    Args:
        source: keypoints of the picture to sample; same batch size as `driving`.
        driving: keypoints of the picture to render.
        height: height of the result.
        width: width of the result.

    Returns:
        (N, K + 1, height, width, 2), first the identity, which is the background's motion.
    """
    grid = coordinate_grid(height, width, driving.points)
    offsets = grid - driving.points[:, :, None, None]
    if driving.jacobians is not None and source.jacobians is not None:
        matrices = matrix_product(source.jacobians, inverse(driving.jacobians))
        offsets = matrix_vector_product(matrices[:, :, None, None], offsets)
    motions = offsets + source.points[:, :, None, None]
    return torch.cat([grid.expand(len(motions), 1, height, width, 2), motions], 1)


def blend_motions(motions: Tensor, masks: Tensor) -> Tensor:
    """Return the mean of motions (N, K + 1, h, w, 2) weighted by masks (N, K + 1, h, w): (N, h, w, 2)."""
    return (motions * masks[..., None]).sum(1)


def warp(features: Tensor, deformation: Tensor, mode: str = "bilinear", *, corners: bool = False) -> Tensor:
    """Sample features at a deformation, which is resized to the features' size first (backward warp).

    Args:
        features: (N or fewer, C, H, W); fewer are repeated.
        deformation: (N, h, w, 2), the coordinates to sample for each pixel.
        mode: interpolation of the deformation, "bilinear" or "nearest".
        corners: resize the deformation from corner to corner and repeat the border outside the picture; otherwise zeros
            lie outside.

    Returns:
        (N, C, H, W).
    """
    features = repeat_to(features, len(deformation))
    height, width = features.shape[2:]
    deformation = resized(deformation.permute(0, 3, 1, 2), height, width, mode, corners=corners)
    if corners:
        deformation = deformation.clamp(-1, 1)
    return F.grid_sample(features, deformation.permute(0, 2, 3, 1), padding_mode="zeros", align_corners=True)


def resized(x: Tensor, height: int, width: int, mode: str = "bilinear", *, corners: bool = False) -> Tensor:
    """Resize (N, C, h, w) to (N, C, height, width) unless it has that size; `corners` is align_corners."""
    if x.shape[2:] == (height, width):
        return x
    return F.interpolate(x, size=(height, width), mode=mode, align_corners=corners or None)
