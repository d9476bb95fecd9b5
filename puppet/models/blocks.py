"""What Monkey-Net, FOMM and co-part segmentation are built of: convolution blocks, hourglass, warping, heatmaps.

Parameter names are those of the original repositories' state dicts, so that their weights load by name. Pictures are
(N, C, H, W) float32; coordinates are x then y in [-1, 1], the centres of the first and last pixels, and every
`grid_sample` has align_corners=True: the released weights were trained with a torch that knew nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from annotated_types import Interval
from torch import Tensor, nn

Width = Annotated[int, Interval(ge=1, le=8192)]
"""Channels of a layer."""
PyramidLevels = Annotated[int, Interval(ge=1, le=16)]
"""How often a hourglass or a discriminator halves its input."""
Channels = Annotated[int, Interval(ge=1, le=16)]
"""Channels of pictures."""
Parts = Annotated[int, Interval(ge=1, le=1024)]
"""Number of keypoints or segments."""
Scale = Annotated[float, Interval(ge=1 / 64, le=1)]
"""Factor by which pictures are downscaled."""
Positive = Annotated[float, Interval(ge=1e-9, le=1e9)]


class KeypointTensors(NamedTuple):
    """puppet.domain.Keypoints as tensors with a batch axis.

    Attributes:
        points: (N, K, 2) x then y, in [-1, 1].
        jacobians: (N, K, 2, 2): FOMM's local motion, co-part segmentation's affine part.
        covariances: (N, K, 2, 2): Monkey-Net, when its variance is estimated.
        segmentation: (N, K + 1, h, w) shares that sum to 1, background first: co-part segmentation.
    """

    points: Tensor
    jacobians: Tensor | None = None
    covariances: Tensor | None = None
    segmentation: Tensor | None = None

    def repeated(self, count: int) -> KeypointTensors:
        """The same for a batch of `count`: each pose is held for `count / N` pictures in a row."""
        others = [None if x is None else repeat_to(x, count) for x in self[1:]]
        return KeypointTensors(repeat_to(self.points, count), *others)


class MotionModel(nn.Module, ABC):
    """What the three have in common: encode a source once, then detect and render frame by frame.

    Pictures are (N, C, H, W) float32 in [0, 1]; `config` is what the model was built from.
    """

    family: ClassVar[str]
    config: Any

    @abstractmethod
    def detect(self, images: Tensor) -> KeypointTensors:
        """Keypoints of pictures."""

    @abstractmethod
    def encode(self, source: Tensor) -> Any:
        """What does not change from frame to frame of a source: a NamedTuple of tensors."""

    @abstractmethod
    def motion(self, code: Any, source: KeypointTensors, driving: KeypointTensors) -> Any:
        """Where everything comes from: a NamedTuple with `deformation` (N, h, w, 2); None when nothing is warped."""

    @abstractmethod
    def render(self, code: Any, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """The source of `code` moved to `driving`. A shorter batch of sources is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourglassConfig:
    """What the sections of the originals' YAML that build an hourglass have in common.

    Attributes:
        block_expansion: features at its finest level; doubled at each of the others,
        max_features: up to these.
        num_blocks: how often it halves.
        scale_factor: it sees pictures reduced by this.
    """

    block_expansion: Width
    num_blocks: PyramidLevels
    max_features: Width
    scale_factor: Scale = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualConfig:
    """The same of a ResidualGenerator.

    Attributes:
        block_expansion: features at the picture's size; doubled at each of `num_down_blocks` levels,
        max_features: up to these.
        num_down_blocks: how often the size is halved.
        num_bottleneck_blocks: residual blocks after the warp.
        exact_grid: deformations are enlarged from corner to corner, so that what does not move is copied to the pixel;
            the released code's are off by up to half a pixel of their own size at the edges. What lies outside the
            picture repeats its border; the originals have zeros, which look black. Not in the originals.
    """

    block_expansion: Width
    max_features: Width
    num_down_blocks: Annotated[int, Interval(ge=0, le=16)]
    num_bottleneck_blocks: Annotated[int, Interval(ge=0, le=64)]
    exact_grid: bool = False


class DownBlock(nn.Module):
    """Convolution, batch norm, ReLU, then half the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h // 2, w // 2)."""
        return F.avg_pool2d(F.relu(self.norm(self.conv(x))), 2)


class UpBlock(nn.Module):
    """Twice the size (nearest), then convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, 2h, 2w)."""
        return F.relu(self.norm(self.conv(F.interpolate(x, scale_factor=2.0))))


class SameBlock(nn.Module):
    """Convolution, batch norm, ReLU at the same size."""

    def __init__(self, inputs: int, outputs: int, kernel: int, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h, w)."""
        return F.relu(self.norm(self.conv(x)))


class ResBlock(nn.Module):
    """A residual block with its norms before its convolutions."""

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


class Encoder(nn.Module):
    """A pyramid of features, halved `num_blocks` times."""

    def __init__(self, inputs: int, block_expansion: int, max_features: int, num_blocks: int) -> None:
        super().__init__()
        widths = level_widths(block_expansion, max_features, num_blocks)
        self.down_blocks = nn.ModuleList(map(DownBlock, [inputs, *widths[1:-1]], widths[1:]))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, inputs, h, w) -> the input and each level, finest first."""
        levels = [x]
        for block in self.down_blocks:
            levels.append(block(levels[-1]))
        return levels


class Decoder(nn.Module):
    """Back up an `Encoder`'s pyramid: at each level its features are appended to what came from below.

    Args:
        inputs: channels of the pyramid's finest level, without `extra`.
        extra: channels appended to every level of the pyramid.
        outputs: channels of a last convolution; None: there is none.

    Attributes:
        channels: before that convolution.
        finest: the first of those that the pyramid's finest level takes.
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
        """The pyramid, finest first -> (N, outputs or self.channels, h, w)."""
        x = levels[-1]
        for block, level in zip(self.up_blocks, reversed(levels[:-1]), strict=True):
            x = torch.cat([block(x), level], 1)
        return x if self.conv is None else self.conv(x)


class Hourglass(nn.Module):
    """Encoder and decoder: features of the input's size that have seen all of it."""

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
    """Down, a bottleneck of residual blocks, up (Johnson et al., arXiv 1603.08155); cut in two for a warp."""

    def __init__(self, channels: int, config: ResidualConfig) -> None:
        super().__init__()
        widths = level_widths(config.block_expansion, config.max_features, config.num_down_blocks)
        self.first = SameBlock(channels, widths[0], 7)
        self.down_blocks = nn.ModuleList(map(DownBlock, widths[:-1], widths[1:]))
        self.bottleneck = nn.Sequential()
        for i in range(config.num_bottleneck_blocks):
            self.bottleneck.add_module(f"r{i}", ResBlock(widths[-1]))
        self.up_blocks = nn.ModuleList(map(UpBlock, reversed(widths[1:]), reversed(widths[:-1])))
        self.final = nn.Conv2d(widths[0], channels, 7, padding=3)
        self.exact_grid = config.exact_grid

    def warped(self, features: Tensor, deformation: Tensor) -> Tensor:
        """Features, or anything else of a picture, sampled at a deformation; see `warp`."""
        return warp(features, deformation, corners=self.exact_grid)

    def encode(self, picture: Tensor) -> Tensor:
        """(N, channels, H, W) in [0, 1] -> features (N, C, H / 2ⁿ, W / 2ⁿ)."""
        x: Tensor = self.first(picture)
        for block in self.down_blocks:
            x = block(x)
        return x

    def decode(self, features: Tensor) -> Tensor:
        """The inverse: features -> picture in [0, 1]."""
        x = self.bottleneck(features)
        for block in self.up_blocks:
            x = block(x)
        return torch.sigmoid(self.final(x))


class AntiAliasDown(nn.Module):
    """Gaussian blur, then every 1/scale-th pixel; the kernel is a buffer because the checkpoints carry it."""

    weight: Tensor

    def __init__(self, channels: int, scale: float) -> None:
        super().__init__()
        self.step = int(1 / scale)
        self.register_buffer("weight", blur_kernel(scale).repeat(channels, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> (N, channels, ⌈H·scale⌉, ⌈W·scale⌉)."""
        return F.conv2d(x, self.weight, stride=self.step, padding=self.weight.shape[-1] // 2, groups=len(self.weight))


def downscale(channels: int, scale: float) -> nn.Module:
    """`AntiAliasDown`, or nothing at scale 1, when the checkpoints have no kernel."""
    return nn.Identity() if scale == 1 else AntiAliasDown(channels, scale)


def blur_kernel(scale: float) -> Tensor:
    """The gaussian (1, 1, k, k) that suits a downscaling by `scale` <= 1; sums to 1."""
    sigma = (1 / scale - 1) / 2
    half = round(sigma * 4)
    line = torch.exp(-((torch.arange(2 * half + 1) - half) ** 2) / (2 * max(sigma, 1e-6) ** 2))
    kernel = torch.outer(line, line)
    return (kernel / kernel.sum())[None, None]


def level_widths(block_expansion: int, max_features: int, levels: int) -> list[int]:
    """Channels of each level, finest first: levels + 1 numbers. The finest is never cut to `max_features`."""
    return [block_expansion] + [min(max_features, block_expansion * 2**level) for level in range(1, levels + 1)]


def coordinate_grid(height: int, width: int, like: Tensor) -> Tensor:
    """(height, width, 2): every pixel's own coordinates, x then y, from -1 to 1."""
    x = torch.arange(width, dtype=like.dtype, device=like.device) * (2 / max(width - 1, 1)) - 1
    y = torch.arange(height, dtype=like.dtype, device=like.device) * (2 / max(height - 1, 1)) - 1
    return torch.stack([x.expand(height, width), y[:, None].expand(height, width)], -1)


def heatmaps_from(logits: Tensor, temperature: float) -> Tensor:
    """Softmax over the picture of logits (N, K, h, w)."""
    return torch.softmax(logits.flatten(2) / temperature, 2).view(logits.shape)


def expected_points(heatmaps: Tensor) -> Tensor:
    """Soft-argmax: heatmaps (N, K, h, w) that sum to 1 -> points (N, K, 2)."""
    grid = coordinate_grid(heatmaps.shape[2], heatmaps.shape[3], heatmaps)
    return heatmaps.flatten(2) @ grid.flatten(0, 1)


def expected_matrices(heatmaps: Tensor, maps: Tensor) -> Tensor:
    """Mean of matrices over the picture: heatmaps (N, K, h, w), maps (N, 4·K or 4, h, w) -> (N, K, 2, 2)."""
    n, _, h, w = maps.shape
    weighted = heatmaps[:, :, None] * maps.view(n, -1, 4, h, w)
    return weighted.sum((3, 4)).view(n, -1, 2, 2)


def gaussians(points: Tensor, height: int, width: int, variance: float) -> Tensor:
    """exp(-½ d² / variance) around points (N, K, 2) -> (N, K, height, width)."""
    offsets = coordinate_grid(height, width, points) - points[:, :, None, None]
    return torch.exp(-0.5 * (offsets**2).sum(-1) / variance)


def inverse(matrices: Tensor) -> Tensor:
    """Of (..., 2, 2), in closed form: exporters know no matrix inverse."""
    a, b, c, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 0], matrices[..., 1, 1]
    adjugate = torch.stack([torch.stack([d, -b], -1), torch.stack([-c, a], -1)], -2)
    return adjugate / (a * d - b * c)[..., None, None]


def product(a: Tensor, b: Tensor) -> Tensor:
    """Of matrices (..., 2, 2), written out: autocast would make a matrix product of it, in half precision."""
    return (a[..., :, :, None] * b[..., None, :, :]).sum(-2)


def transformed(matrices: Tensor, vectors: Tensor) -> Tensor:
    """Matrices (..., 2, 2) times vectors (..., 2); see `product`."""
    x, y = vectors[..., 0, None], vectors[..., 1, None]
    return matrices[..., 0] * x + matrices[..., 1] * y


def part_motions(source: KeypointTensors, driving: KeypointTensors, height: int, width: int) -> Tensor:
    """Where each part says every pixel comes from: FOMM eq. 4, z ↦ p_S + J_S J_D⁻¹ (z − p_D).

    Args:
        source: of the picture to sample; same batch size as `driving`.
        driving: of the picture to make.
        height: of the answer.
        width: of the answer.

    Returns:
        (N, K + 1, height, width, 2): the background's identity first.
    """
    grid = coordinate_grid(height, width, driving.points)
    offsets = grid - driving.points[:, :, None, None]
    if driving.jacobians is not None and source.jacobians is not None:
        offsets = transformed(product(source.jacobians, inverse(driving.jacobians))[:, :, None, None], offsets)
    motions = offsets + source.points[:, :, None, None]
    return torch.cat([grid.expand(len(motions), 1, height, width, 2), motions], 1)


def mixed(motions: Tensor, masks: Tensor) -> Tensor:
    """Motions (N, K + 1, h, w, 2) weighted with masks (N, K + 1, h, w) -> deformation (N, h, w, 2)."""
    return (motions * masks[..., None]).sum(1)


def warp(features: Tensor, deformation: Tensor, mode: str = "bilinear", *, corners: bool = False) -> Tensor:
    """Backward warp: features (N, C, H, W) sampled at deformation (N, h, w, 2), resized to H, W first.

    Args:
        features: what is sampled; one of a shorter batch is repeated.
        deformation: where, for each pixel.
        mode: how the deformation is resized: "bilinear" or "nearest".
        corners: it is resized from corner to corner, and outside the border is repeated; else there are zeros outside.
    """
    features = repeat_to(features, len(deformation))
    height, width = features.shape[2:]
    deformation = resized(deformation.permute(0, 3, 1, 2), height, width, mode, corners=corners)
    if corners:
        deformation = deformation.clamp(-1, 1)
    return F.grid_sample(features, deformation.permute(0, 2, 3, 1), padding_mode="zeros", align_corners=True)


def resized(x: Tensor, height: int, width: int, mode: str = "bilinear", *, corners: bool = False) -> Tensor:
    """(N, C, h, w) -> (N, C, height, width), untouched when it has that size; `corners`: align_corners."""
    if x.shape[2:] == (height, width):
        return x
    return F.interpolate(x, size=(height, width), mode=mode, align_corners=corners or None)


def repeat_to(x: Tensor, count: int) -> Tensor:
    """Each item of a batch repeated in place, so that there are `count`: one source for several driving frames."""
    return x if len(x) == count else x.repeat_interleave(count // len(x), 0)
