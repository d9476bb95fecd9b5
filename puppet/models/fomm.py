"""First Order Motion Model for Image Animation (Siarohin et al. 2019, arXiv 2003.00196).

Keypoints with a local affine motion each, a dense motion network that mixes them, and a generator
that warps the source's features and hides what the source does not show. Names of parameters are the
original repository's; docs/models.md says where paper and released code differ.

`encode` runs once per portrait, `detect` and `render` once per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import torch
import torch.nn.functional as F
from annotated_types import Interval
from torch import Tensor, nn

from puppet.models.blocks import (
    Channels,
    Hourglass,
    HourglassConfig,
    KeypointTensors,
    MotionModel,
    Parts,
    Positive,
    PyramidLevels,
    ResidualConfig,
    ResidualGenerator,
    Scale,
    Width,
    downscale,
    expected_matrices,
    expected_points,
    gaussians,
    heatmaps_from,
    mixed,
    part_motions,
    repeat_to,
    resized,
    warp,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig(HourglassConfig):
    """`kp_detector_params` of the original YAML.

    Attributes:
        temperature: of the heatmaps' softmax.
        single_jacobian_map: one map of matrices for all keypoints.
        pad: zeros around the features before the last, 7 × 7, convolutions.
    """

    temperature: Positive
    single_jacobian_map: bool = False
    pad: Annotated[int, Interval(ge=0, le=64)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseMotionConfig(HourglassConfig):
    """`dense_motion_params`; `kp_variance`: of the gaussians around keypoints."""

    kp_variance: Positive = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig(ResidualConfig):
    """`generator_params`. Without `dense_motion_params` nothing moves."""

    estimate_occlusion_map: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscriminatorConfig:
    """`discriminator_params`: one discriminator a scale; `sn`: spectral norm; `use_kp`: keypoints are shown to it."""

    scales: tuple[Annotated[int, Interval(ge=1, le=1)] | Scale, ...] = ()  # 1 and 1.0 differ: see scale_key
    block_expansion: Width = 64
    num_blocks: PyramidLevels = 4
    max_features: Width = 512
    sn: bool = False
    use_kp: bool = False
    kp_variance: Positive = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class FommConfig:
    """`model_params` of the original YAML, its common_params first."""

    num_kp: Parts
    num_channels: Channels = 3
    estimate_jacobian: bool = False
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig | None = None


class FommCode(NamedTuple):
    """What is kept of a source picture.

    Attributes:
        small: (N, C, h, w): at the dense motion network's size; None without such a network.
        features: (N, F, h', w'): the generator's, not yet warped.
    """

    small: Tensor | None
    features: Tensor


class DenseMotion(NamedTuple):
    """What DenseMotionNetwork says, h × w its own size.

    Attributes:
        deformation: (N, h, w, 2): where every pixel comes from.
        masks: (N, K + 1, h, w): shares of the motions, background first.
        occlusion: (N, 1, h, w): 1 where the source shows what is needed; None when it is not estimated.
        motions: (N, K + 1, h, w, 2): what `masks` choose from.
        heatmaps: (N, K + 1, h, w): difference of the driving's and source's gaussians.
        candidates: (N, K + 1, C, h, w): the source moved by each motion.
    """

    deformation: Tensor
    masks: Tensor
    occlusion: Tensor | None
    motions: Tensor
    heatmaps: Tensor
    candidates: Tensor


class FirstOrderMotionModel(MotionModel):
    """All of FOMM."""

    family = "fomm"

    def __init__(self, config: FommConfig) -> None:
        super().__init__()
        self.config = config
        self.kp_detector = KeypointDetector(config)
        self.generator = Generator(config)
        self.discriminator = None if config.discriminator_params is None else MultiScaleDiscriminator(config)

    def detect(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) in [0, 1] -> points and, when they are estimated, jacobians."""
        keypoints: KeypointTensors = self.kp_detector(images)
        return keypoints

    def encode(self, source: Tensor) -> FommCode:
        """What does not change from frame to frame of source (N, C, H, W)."""
        network = self.generator.dense_motion_network
        return FommCode(None if network is None else network.down(source), self.generator.encode(source))

    def motion(self, code: FommCode, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion | None:
        """The dense motion and everything it was made of; None without a dense motion network."""
        if self.generator.dense_motion_network is None or code.small is None:
            return None
        motion: DenseMotion = self.generator.dense_motion_network(code.small, source, driving)
        return motion

    def render(self, code: FommCode, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """The source moved to `driving`: (N, C, H, W) in [0, 1]. A shorter batch of sources is repeated."""
        features = repeat_to(code.features, len(driving.points))
        return self.generator.render(features, self.motion(code, source, driving))


class KeypointDetector(nn.Module):
    """Keypoints as expectations of heatmaps, jacobians as expectations of maps of matrices."""

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
        self.down = downscale(config.num_channels, own.scale_factor)

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints."""
        features = self.predictor(self.down(images))
        heatmaps = heatmaps_from(self.kp(features), self.temperature)
        jacobians = None if self.jacobian is None else expected_matrices(heatmaps, self.jacobian(features))
        return KeypointTensors(expected_points(heatmaps), jacobians)


class DenseMotionNetwork(nn.Module):
    """Masks over the keypoints' motions, the background's identity first, and occlusion."""

    def __init__(self, num_kp: int, num_channels: int, config: DenseMotionConfig, occlusion: bool) -> None:
        super().__init__()
        self.variance = config.kp_variance
        self.hourglass = Hourglass((num_kp + 1) * (num_channels + 1), config)
        self.mask = nn.Conv2d(self.hourglass.channels, num_kp + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.channels, 1, 7, padding=3) if occlusion else None
        self.down = downscale(num_channels, config.scale_factor)

    def forward(self, small: Tensor, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        """`small` is a source picture that went through `self.down`."""
        count, (height, width) = len(driving.points), small.shape[2:]
        source = source.repeated(count)
        motions = part_motions(source, driving, height, width)
        moved = warp(repeat_to(small, count * motions.shape[1]), motions.flatten(0, 1))
        candidates = moved.view(count, motions.shape[1], *small.shape[1:])
        heatmaps = self._heatmaps(source.points, driving.points, height, width)
        features = self.hourglass(torch.cat([heatmaps[:, :, None], candidates], 2).flatten(1, 2))
        masks = torch.softmax(self.mask(features), 1)
        occlusion = None if self.occlusion is None else torch.sigmoid(self.occlusion(features))
        return DenseMotion(mixed(motions, masks), masks, occlusion, motions, heatmaps, candidates)

    def _heatmaps(self, source: Tensor, driving: Tensor, height: int, width: int) -> Tensor:
        heatmaps = [gaussians(points, height, width, self.variance) for points in (driving, source)]
        return F.pad(heatmaps[0] - heatmaps[1], (0, 0, 0, 0, 1, 0))  # the background has none


class Generator(ResidualGenerator):
    """The generator that warps its features and multiplies them with the occlusion map."""

    def __init__(self, config: FommConfig) -> None:
        own = config.generator_params
        super().__init__(config.num_channels, own)
        dense = own.dense_motion_params
        self.dense_motion_network = None
        if dense is not None:
            self.dense_motion_network = DenseMotionNetwork(
                config.num_kp, config.num_channels, dense, own.estimate_occlusion_map
            )

    def render(self, features: Tensor, motion: DenseMotion | None) -> Tensor:
        """Features of the source as `encode` made them, moved: (N, C, H, W) in [0, 1]."""
        if motion is not None:
            features = hide(self.warped(features, motion.deformation), motion.occlusion)
        return self.decode(features)


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
        """For each scale of its own: the discriminator's maps, its prediction last.

        Args:
            pyramid: scale -> pictures (N, C, H·scale, W·scale).
            keypoints: (N, K, 2), for `use_kp`.
        """
        return {scale: self.discs[scale_key(scale)](pyramid[scale], keypoints) for scale in self.scales}


class Discriminator(nn.Module):
    """A patch discriminator whose inner maps are matched by the generator."""

    def __init__(self, config: FommConfig, own: DiscriminatorConfig) -> None:
        super().__init__()
        self.variance = own.kp_variance if own.use_kp else None
        inputs = config.num_channels + config.num_kp * own.use_kp
        widths = [min(own.max_features, own.block_expansion * 2**i) for i in range(1, own.num_blocks + 1)]
        self.down_blocks = nn.ModuleList(
            DiscriminatorBlock(before, after, norm=i > 0, pool=i < own.num_blocks - 1, spectral=own.sn)
            for i, (before, after) in enumerate(zip([inputs, *widths], widths, strict=False))
        )
        self.conv = convolution(widths[-1], 1, 1, own.sn)

    def forward(self, pictures: Tensor, keypoints: Tensor | None) -> list[Tensor]:
        """Maps of every block, then the prediction (N, 1, h, w)."""
        x = pictures
        if self.variance is not None:
            assert keypoints is not None, "this discriminator is shown keypoints (use_kp)"
            x = torch.cat([x, gaussians(keypoints, x.shape[2], x.shape[3], self.variance)], 1)
        maps = []
        for block in self.down_blocks:
            x = block(x)
            maps.append(x)
        return [*maps, self.conv(x)]


class DiscriminatorBlock(nn.Module):
    """Convolution 4 × 4 without padding, instance norm, leaky ReLU, half the size."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool, pool: bool, spectral: bool) -> None:
        super().__init__()
        self.conv = convolution(inputs, outputs, 4, spectral)
        self.norm = nn.InstanceNorm2d(outputs, affine=True) if norm else None
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) -> (N, outputs, h - 3, w - 3), halved when it pools."""
        x = self.conv(x)
        x = F.leaky_relu(x if self.norm is None else self.norm(x), 0.2)
        return F.avg_pool2d(x, 2) if self.pool else x


def convolution(inputs: int, outputs: int, kernel: int, spectral: bool) -> nn.Conv2d:
    """A convolution, its weight divided by its largest singular value when `spectral`."""
    plain = nn.Conv2d(inputs, outputs, kernel)
    # The older of torch's two spectral norms: its names (weight_orig, weight_u, weight_v) are the checkpoints'.
    return nn.utils.spectral_norm(plain) if spectral else plain


def matrix_head(inputs: int, count: int, pad: int) -> nn.Conv2d:
    """Maps of `count` 2 × 2 matrices, the identity to begin with."""
    head = nn.Conv2d(inputs, 4 * count, 7, padding=pad)
    nn.init.zeros_(head.weight)
    assert head.bias is not None
    with torch.no_grad():
        head.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 1.0]).repeat(count))
    return head


def hide(features: Tensor, occlusion: Tensor | None) -> Tensor:
    """Features (N, C, H, W) multiplied with an occlusion or visibility map (N, 1, h, w); None: nothing is hidden."""
    if occlusion is None:
        return features
    return features * resized(occlusion, features.shape[2], features.shape[3])


def scale_key(scale: float) -> str:
    """How the state dict names a scale as the YAML wrote it: 1 -> "1", 1.0 -> "1-0", 0.5 -> "0-5"."""
    return str(scale).replace(".", "-")
