"""First Order Motion Model for Image Animation (Siarohin et al. 2019, arXiv 2003.00196).

Each keypoint has a local affine motion; a dense motion network blends these motions, and a generator warps the source's
features and masks what the source does not show. Parameters have the names of the original repository; docs/models.md
lists where the paper and the released code differ.

`encode` runs once per portrait, `detect` and `render` once per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import torch
import torch.nn.functional as F
from annotated_types import Interval
from torch import Tensor, nn
from typing_extensions import override

from puppet.models.base import (
    Channels,
    KeypointTensors,
    MotionModel,
    Parts,
    Positive,
    PyramidLevels,
    Scale,
    Width,
    repeat_to,
)
from puppet.models.blocks import (
    Hourglass,
    HourglassConfig,
    ResidualConfig,
    ResidualGenerator,
    blend_motions,
    downscale_layer,
    expected_matrices,
    expected_points,
    gaussians,
    heatmaps_from,
    layer_outputs,
    level_widths,
    part_motions,
    warp,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig(HourglassConfig):
    """`kp_detector_params` of the original YAML.

    Attributes:
        temperature: temperature of the heatmaps' softmax.
        single_jacobian_map: use one map of matrices for all keypoints.
        pad: zero padding of the final 7 × 7 convolutions.
    """

    temperature: Positive
    single_jacobian_map: bool = False
    pad: Annotated[int, Interval(ge=0, le=64)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseMotionConfig(HourglassConfig):
    """`dense_motion_params`; `kp_variance` is the variance of the Gaussians around keypoints."""

    kp_variance: Positive = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig(ResidualConfig):
    """`generator_params`; without `dense_motion_params` the source is not warped."""

    estimate_occlusion_map: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscriminatorConfig:
    """`discriminator_params`.

    Attributes:
        scales: scales of the pictures, with a discriminator each.
        block_expansion: half the channels of the first block; each block has twice as many as the one before.
        num_blocks: number of blocks.
        max_features: upper bound of the channels.
        sn: apply spectral norm.
        use_kp: append heatmaps of the keypoints to the picture.
        kp_variance: variance of these heatmaps.
    """

    scales: tuple[Annotated[int, Interval(ge=1, le=1)] | Scale, ...] = ()  # 1 and 1.0 differ: see scale_key
    block_expansion: Width = 64
    num_blocks: PyramidLevels = 4
    max_features: Width = 512
    sn: bool = False
    use_kp: bool = False
    kp_variance: Positive = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FommConfig:
    """`model_params` of the original YAML; the first three keys are its `common_params`."""

    num_kp: Parts
    num_channels: Channels = 3
    estimate_jacobian: bool = False
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig | None = None


class SourceCode(NamedTuple):
    """Precomputed tensors of a source picture.

    Attributes:
        small: (N, C, h, w), the picture at the dense motion network's size; None without such a network.
        features: (N, F, h', w'), the generator's features before the warp.
    """

    small: Tensor | None
    features: Tensor


class DenseMotion(NamedTuple):
    """Dense motion at a size h × w: output of DenseMotionNetwork, or of co-part segmentation without the last two.

    Attributes:
        deformation: (N, h, w, 2), the source coordinates of every pixel.
        masks: (N, K + 1, h, w), weights of the motions, background first.
        occlusion: (N, 1, h, w), 1 where the source shows the pixel, 0 where it is hidden; None when not estimated.
        motions: (N, K + 1, h, w, 2), the motions that `masks` blend.
        heatmaps: (N, K + 1, h, w), Gaussians of the driving keypoints minus those of the source.
        candidates: (N, K + 1, C, h, w), the source warped by each motion.
    """

    deformation: Tensor
    masks: Tensor
    occlusion: Tensor | None
    motions: Tensor
    heatmaps: Tensor | None = None
    candidates: Tensor | None = None


class FirstOrderMotionModel(MotionModel):
    """The complete model: keypoint detector, generator with dense motion network, discriminator."""

    family = "fomm"

    def __init__(self, config: FommConfig) -> None:
        super().__init__()
        self.config = config
        self.kp_detector = KeypointDetector(config)
        own = config.generator_params
        self.generator = Generator(
            config.num_kp, config.num_channels, own, own.dense_motion_params, own.estimate_occlusion_map
        )
        self.discriminator = None if config.discriminator_params is None else MultiScaleDiscriminator(config)

    @override
    def detect(self, images: Tensor) -> KeypointTensors:
        keypoints: KeypointTensors = self.kp_detector(images)
        return keypoints

    @override
    def encode(self, source: Tensor) -> SourceCode:
        return self.generator.source_code(source)

    @override
    def motion(self, code: SourceCode, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion | None:
        if self.generator.dense_motion_network is None or code.small is None:
            return None
        motion: DenseMotion = self.generator.dense_motion_network(code.small, source, driving)
        return motion

    @override
    def generate(
        self, code: SourceCode, motion: DenseMotion | None, source: KeypointTensors, driving: KeypointTensors
    ) -> Tensor:
        features = repeat_to(code.features, len(driving.points))
        if motion is not None:
            features = self.generator.warped(features, motion.deformation, motion.occlusion)
        return self.generator.decode(features)


class KeypointDetector(nn.Module):
    """Keypoints are expected coordinates under heatmaps, jacobians are expected matrices under the same heatmaps."""

    def __init__(self, config: FommConfig) -> None:
        super().__init__()
        own = config.kp_detector_params
        self.temperature = own.temperature
        self.predictor = Hourglass(config.num_channels, own)
        self.kp = nn.Conv2d(self.predictor.channels, config.num_kp, 7, padding=own.pad)
        self.jacobian = None
        if config.estimate_jacobian:
            self.jacobian = matrix_head(
                self.predictor.channels, 1 if own.single_jacobian_map else config.num_kp, own.pad
            )
        self.down = downscale_layer(config.num_channels, own.scale_factor)

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints."""
        features = self.predictor(self.down(images))
        heatmaps = heatmaps_from(self.kp(features), self.temperature)
        jacobians = None if self.jacobian is None else expected_matrices(heatmaps, self.jacobian(features))
        return KeypointTensors(expected_points(heatmaps), jacobians)


class DenseMotionNetwork(nn.Module):
    """Masks that blend the keypoints' motions, background first, and an occlusion map."""

    def __init__(self, num_kp: int, num_channels: int, config: DenseMotionConfig, occlusion: bool) -> None:
        super().__init__()
        self.variance = config.kp_variance
        self.hourglass = Hourglass((num_kp + 1) * (num_channels + 1), config)
        self.mask = nn.Conv2d(self.hourglass.channels, num_kp + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.channels, 1, 7, padding=3) if occlusion else None
        self.down = downscale_layer(num_channels, config.scale_factor)

    def forward(self, small: Tensor, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        """Estimate the motion; `small` is the source picture downscaled by `self.down`."""
        count, (height, width) = len(driving.points), small.shape[2:]
        source = source.repeated(count)
        motions = part_motions(source, driving, height, width)
        moved = warp(repeat_to(small, count * motions.shape[1]), motions.flatten(0, 1))
        candidates = moved.view(count, motions.shape[1], *small.shape[1:])
        heatmaps = self._heatmaps(source.points, driving.points, height, width)
        features = self.hourglass(torch.cat([heatmaps[:, :, None], candidates], 2).flatten(1, 2))
        masks = torch.softmax(self.mask(features), 1)
        occlusion = None if self.occlusion is None else torch.sigmoid(self.occlusion(features))
        return DenseMotion(blend_motions(motions, masks), masks, occlusion, motions, heatmaps, candidates)

    def _heatmaps(self, source: Tensor, driving: Tensor, height: int, width: int) -> Tensor:
        heatmaps = [gaussians(points, height, width, self.variance) for points in (driving, source)]
        return F.pad(heatmaps[0] - heatmaps[1], (0, 0, 0, 0, 1, 0))  # zeros for the background


class Generator(ResidualGenerator):
    """Generator with a dense motion network; `dense` = None leaves it out."""

    def __init__(
        self, parts: int, channels: int, config: ResidualConfig, dense: DenseMotionConfig | None, occlusion: bool
    ) -> None:
        super().__init__(channels, config)
        self.dense_motion_network = None if dense is None else DenseMotionNetwork(parts, channels, dense, occlusion)

    def source_code(self, source: Tensor) -> SourceCode:
        """Precompute the tensors of source pictures (N, C, H, W)."""
        network = self.dense_motion_network
        return SourceCode(None if network is None else network.down(source), self.encode(source))


class MultiScaleDiscriminator(nn.Module):
    """One `Discriminator` for each scale of the picture pyramid."""

    def __init__(self, config: FommConfig) -> None:
        super().__init__()
        assert config.discriminator_params is not None
        self.scales = config.discriminator_params.scales
        self.discs = nn.ModuleDict(
            {scale_key(s): Discriminator(config, config.discriminator_params) for s in self.scales}
        )

    def forward(self, pyramid: dict[float, Tensor], keypoints: Tensor | None = None) -> dict[float, list[Tensor]]:
        """Return the feature maps and the prediction (last) of each scale's discriminator.

        Args:
            pyramid: scale -> pictures (N, C, H·scale, W·scale).
            keypoints: (N, K, 2), required with `use_kp`.
        """
        return {scale: self.discs[scale_key(scale)](pyramid[scale], keypoints) for scale in self.scales}


class Discriminator(nn.Module):
    """Patch discriminator; the generator is trained to match its feature maps."""

    def __init__(self, config: FommConfig, own: DiscriminatorConfig) -> None:
        super().__init__()
        self.variance = own.kp_variance if own.use_kp else None
        inputs = config.num_channels + config.num_kp * own.use_kp
        _, *widths = level_widths(own.block_expansion, own.max_features, own.num_blocks)
        self.down_blocks = nn.ModuleList(
            DiscriminatorBlock(before, after, norm=i > 0, pool=i < own.num_blocks - 1, spectral=own.sn)
            for i, (before, after) in enumerate(zip([inputs, *widths], widths, strict=False))
        )
        self.conv = convolution(widths[-1], 1, 1, own.sn)

    def forward(self, pictures: Tensor, keypoints: Tensor | None) -> list[Tensor]:
        """Return the output of every block, then the prediction (N, 1, h, w)."""
        x = pictures
        if self.variance is not None:
            assert keypoints is not None, "use_kp requires keypoints"
            x = torch.cat([x, gaussians(keypoints, x.shape[2], x.shape[3], self.variance)], 1)
        _, *maps = layer_outputs(self.down_blocks, x)
        return [*maps, self.conv(maps[-1])]


class DiscriminatorBlock(nn.Module):
    """4 × 4 convolution without padding, instance norm, leaky ReLU, 2 × 2 average pooling."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool, pool: bool, spectral: bool) -> None:
        super().__init__()
        self.conv = convolution(inputs, outputs, 4, spectral)
        self.norm = nn.InstanceNorm2d(outputs, affine=True) if norm else None
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h - 3, w - 3), or half of that with pooling."""
        x = self.conv(x)
        x = F.leaky_relu(x if self.norm is None else self.norm(x), 0.2)
        return F.avg_pool2d(x, 2) if self.pool else x


def convolution(inputs: int, outputs: int, kernel: int, spectral: bool) -> nn.Conv2d:
    """Return a convolution without padding, with spectral norm if `spectral`."""
    layer = nn.Conv2d(inputs, outputs, kernel)
    # The older of torch's two implementations: checkpoints have its names (weight_orig, weight_u, weight_v).
    return nn.utils.spectral_norm(layer) if spectral else layer


def matrix_head(inputs: int, count: int, pad: int) -> nn.Conv2d:
    """Return a convolution to maps of `count` 2 × 2 matrices, initialised to the identity."""
    head = nn.Conv2d(inputs, 4 * count, 7, padding=pad)
    nn.init.zeros_(head.weight)
    assert head.bias is not None
    with torch.no_grad():
        head.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 1.0]).repeat(count))
    return head


def scale_key(scale: float) -> str:
    """Return the state dict's name of a scale as the YAML writes it: 1 -> "1", 1.0 -> "1-0", 0.5 -> "0-5"."""
    return str(scale).replace(".", "-")
