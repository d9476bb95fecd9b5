"""Monkey-Net: Animating Arbitrary Objects via Deep Motion Transfer (Siarohin et al. 2019, arXiv 1812.08861).

Keypoints have covariances; the dense motion is a masked blend of their shifts plus a correction; the generator warps
the source's features at every level. The original convolves videos with kernels one frame long; here frames lie in the
batch and kernels are two-dimensional, which is the same arithmetic (the checkpoint reader squeezes the time axis). Only
the discriminator takes clips: its instance norm spans their frames.

`encode` runs once per portrait, `detect` and `render` once per frame. The T driving frames of a source are consecutive
rows of the batch of driving keypoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import torch
import torch.nn.functional as F
from annotated_types import Interval
from torch import Tensor, nn
from typing_extensions import override

from puppet.models.base import Channels, KeypointTensors, MotionModel, Parts, Positive, PyramidLevels, Scale, Width
from puppet.models.blocks import (
    ConvBlock,
    Decoder,
    Encoder,
    Hourglass,
    HourglassConfig,
    coordinate_grid,
    expected_points,
    heatmaps_from,
    layer_outputs,
    level_widths,
    residual_blocks,
    resized,
    warp,
)
from puppet.models.monkeynet_maps import EmbeddingConfig, MovementEmbedding, Variance, downscaled, shifts

_EPSILON = 1e-7  # the original adds it to every pixel of a heatmap before it computes moments


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig(HourglassConfig):
    """`kp_detector_params` of the original YAML; pictures are downscaled to the nearest pixels.

    Attributes:
        temperature: temperature of the heatmaps' softmax.
        clip_variance: lower bound of a covariance's singular values; None for no bound.
    """

    temperature: Positive
    clip_variance: Annotated[float, Interval(ge=0, le=1e6)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseMotionConfig(HourglassConfig):
    """`dense_motion_params`.

    Attributes:
        mask_embedding_params: maps of the keypoints that the network takes.
        use_mask: predict masks that blend the keypoints' shifts.
        use_correction: predict a flow that is added.
        bg_init: initial logit of the background's mask.
        num_group_blocks: number of convolutions of each keypoint's maps before the hourglass.
    """

    mask_embedding_params: EmbeddingConfig
    use_mask: bool
    use_correction: bool
    bg_init: Annotated[float, Interval(ge=-1e6, le=1e6)] = 2.0
    num_group_blocks: Annotated[int, Interval(ge=0, le=16)] = 0

    def __post_init__(self) -> None:
        if not self.use_mask and not self.use_correction:
            raise ValueError("use_mask or use_correction must be true")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig:
    """`generator_params`; without `dense_motion_params` the source is not warped.

    `exact_grid` is not in the original: see ResidualConfig. It requires the mode "trilinear".
    """

    block_expansion: Width
    num_blocks: PyramidLevels
    max_features: Width
    num_refinement_blocks: Annotated[int, Interval(ge=0, le=64)]
    dense_motion_params: DenseMotionConfig | None = None
    kp_embedding_params: EmbeddingConfig | None = None
    interpolation_mode: Literal["nearest", "trilinear"] = "nearest"
    exact_grid: bool = False

    def __post_init__(self) -> None:
        if self.exact_grid and self.interpolation_mode != "trilinear":
            raise ValueError("exact_grid requires interpolation_mode trilinear")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscriminatorConfig:
    """`discriminator_params`."""

    block_expansion: Width = 64
    num_blocks: PyramidLevels = 4
    max_features: Width = 512
    scale_factor: Scale = 1.0
    kp_embedding_params: EmbeddingConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonkeyNetConfig:
    """`model_params` of the original YAML, with the keys of its `common_params`.

    Attributes:
        num_kp: number of keypoints, K.
        num_channels: channels of pictures.
        kp_variance: variance of the Gaussians: "matrix" (estimated), "single" (estimated, isotropic) or a constant.
        averaged: downscale pictures for the detector and the dense motion by means instead of to the nearest pixels,
            which alias at an eighth of the size. Not in the original.
        kp_detector_params: the keypoint detector.
        generator_params: the generator and its dense motion.
        discriminator_params: the discriminator; None for none.
    """

    num_kp: Parts
    num_channels: Channels = 3
    kp_variance: Variance = 0.01
    averaged: bool = False
    kp_detector_params: DetectorConfig
    generator_params: GeneratorConfig
    discriminator_params: DiscriminatorConfig | None = None

    def __post_init__(self) -> None:
        motion = self.generator_params.dense_motion_params
        scales = [self.kp_detector_params.scale_factor, *([motion.scale_factor] if motion else [])]
        if self.averaged and any(abs(1 / scale - round(1 / scale)) > _EPSILON for scale in scales):
            raise ValueError("averaged requires a scale_factor of one over a whole number")


class MonkeyNetCode(NamedTuple):
    """Precomputed tensors of a source: its picture (N, C, H, W) and the encoder's levels, the picture first."""

    picture: Tensor
    levels: tuple[Tensor, ...]


class DenseMotion(NamedTuple):
    """Output of DenseMotionModule.

    Attributes:
        deformation: (N, h, w, 2), the source coordinates of every pixel.
        masks: (N, K + 1, h, w), weights of the keypoints' shifts, background first; None without `use_mask`.
        embedding: (N, (K + 1)·C', h, w), maps of the keypoints.
        occlusion: None: Monkey-Net estimates none.
    """

    deformation: Tensor
    masks: Tensor | None
    embedding: Tensor
    occlusion: None = None


class MonkeyNet(MotionModel):
    """The complete model: keypoint detector, generator with dense motion, discriminator."""

    family = "monkeynet"

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        self.config = config
        self.kp_detector = KeypointDetector(config)
        self.generator = MotionTransferGenerator(config)
        self.discriminator = (
            None if config.discriminator_params is None else Discriminator(config, config.discriminator_params)
        )

    @override
    def detect(self, images: Tensor) -> KeypointTensors:
        keypoints: KeypointTensors = self.kp_detector(images)
        return keypoints

    @override
    def encode(self, source: Tensor) -> MonkeyNetCode:
        return MonkeyNetCode(source, tuple(self.generator.appearance_encoder(source)))

    @override
    def motion(self, code: MonkeyNetCode, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion | None:
        if self.generator.dense_motion_module is None:
            return None
        motion: DenseMotion = self.generator.dense_motion_module(code.picture, source, driving)
        return motion

    @override
    def generate(
        self, code: MonkeyNetCode, motion: DenseMotion | None, source: KeypointTensors, driving: KeypointTensors
    ) -> Tensor:
        return self.generator.render(code, motion, source, driving)


class KeypointDetector(nn.Module):
    """Keypoints are the mean and the covariance of each heatmap."""

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        self.own, self.variance, self.averaged = config.kp_detector_params, config.kp_variance, config.averaged
        self.predictor = Hourglass(config.num_channels, self.own, outputs=config.num_kp)

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints."""
        heatmaps = heatmaps_from(self.predictor(self.downscaled(images)), self.own.temperature)
        heatmaps = heatmaps + _EPSILON
        points = expected_points(heatmaps)
        if self.variance == "matrix":
            return KeypointTensors(points, covariances=_bounded(_covariances(heatmaps, points), self.own.clip_variance))
        if self.variance == "single":
            spread = _covariances(heatmaps, points).diagonal(dim1=-2, dim2=-1).mean(-1)
            return KeypointTensors(points, covariances=spread[..., None, None] * torch.eye(2).to(spread))
        return KeypointTensors(points)

    def downscaled(self, images: Tensor) -> Tensor:
        """Return pictures at the predictor's size."""
        return downscaled(images, self.own.scale_factor, self.averaged)


class DenseMotionModule(nn.Module):
    """Masks that blend the keypoints' shifts, and a correction of the result."""

    def __init__(self, config: MonkeyNetConfig, own: DenseMotionConfig) -> None:
        super().__init__()
        self.averaged = config.averaged
        self.scale_factor, self.use_mask, self.use_correction = own.scale_factor, own.use_mask, own.use_correction
        self.parts = config.num_kp + 1
        self.embedding = MovementEmbedding(own.mask_embedding_params, config.kp_variance, background=True)
        features = self.parts * own.mask_embedding_params.channels(config.num_channels)
        self.group_blocks = nn.ModuleList(
            ConvBlock(features, features, 1, groups=self.parts) for _ in range(own.num_group_blocks)
        )
        outputs = self.parts * own.use_mask + 2 * own.use_correction
        self.hourglass = Hourglass(features, own, outputs=outputs)
        self._start_still(own.bg_init)

    def forward(self, picture: Tensor, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        """Estimate the motion from the source's picture (N or fewer, C, H, W)."""
        embedding = self.embedding(downscaled(picture, self.scale_factor, self.averaged), source, driving)
        x = self.hourglass(layer_outputs(self.group_blocks, embedding)[-1])
        masks = torch.softmax(x[:, : self.parts], 1) if self.use_mask else None
        deformation = coordinate_grid(x.shape[2], x.shape[3], x).expand(len(x), -1, -1, -1)
        if masks is not None:
            moves = shifts(source, driving, background=True)
            deformation = deformation + (masks.flatten(2).transpose(1, 2) @ moves).view_as(deformation)
        if self.use_correction:
            deformation = deformation + x[:, -2:].permute(0, 2, 3, 1)
        return DenseMotion(deformation, masks, embedding)

    def _start_still(self, background: float) -> None:
        """Initialise the masks so that everything belongs to the background."""
        last = self.hourglass.decoder.conv
        assert last is not None
        assert last.bias is not None
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        if self.use_mask:
            with torch.no_grad():
                last.bias[0] = background


class MotionTransferGenerator(nn.Module):
    """Warps the source's features at every level, appends maps of the keypoints, decodes and refines."""

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        own = config.generator_params
        pyramid = (own.block_expansion, own.max_features, own.num_blocks)
        self.mode = "bilinear" if own.interpolation_mode == "trilinear" else "nearest"  # time is never interpolated
        self.exact_grid = own.exact_grid
        self.appearance_encoder = Encoder(config.num_channels, *pyramid)
        self.dense_motion_module = None
        if own.dense_motion_params is not None:
            self.dense_motion_module = DenseMotionModule(config, own.dense_motion_params)
        self.embedding, extra = None, 0
        if own.kp_embedding_params is not None:
            self.embedding = MovementEmbedding(own.kp_embedding_params, config.kp_variance)
            extra = config.num_kp * own.kp_embedding_params.channels(config.num_channels)
        self.video_decoder = Decoder(config.num_channels, *pyramid, extra=extra)
        channels = self.video_decoder.channels
        self.refinement_module = residual_blocks(own.num_refinement_blocks, channels)
        self.refinement_module.add_module("conv-last", nn.Conv2d(channels, config.num_channels, 1))

    def render(
        self, code: MonkeyNetCode, motion: DenseMotion | None, source: KeypointTensors, driving: KeypointTensors
    ) -> Tensor:
        """Render the source moved: (N, C, H, W) in [0, 1]."""
        deformation = self.deformation(code, motion, len(driving.points))
        levels = [self.warped(level, deformation) for level in code.levels]
        if self.embedding is not None:
            maps = self.embedding(code.picture, source, driving)
            levels = [torch.cat([x, resized(maps, x.shape[2], x.shape[3], self.mode)], 1) for x in levels]
        return torch.sigmoid(self.refinement_module(self.video_decoder(levels)))

    def deformation(self, code: MonkeyNetCode, motion: DenseMotion | None, count: int) -> Tensor:
        """Return a deformation (count, h, w, 2); without motion the identity at the picture's size.

        Resized to a coarse level, this identity moves it a little, as in the original.
        """
        if motion is not None:
            return motion.deformation
        height, width = code.picture.shape[2:]
        return coordinate_grid(height, width, code.picture).expand(count, -1, -1, -1)

    def warped(self, features: Tensor, deformation: Tensor) -> Tensor:
        """Warp features or a picture (N or fewer, C, h, w) by a deformation (N, h', w', 2)."""
        return warp(features, deformation, self.mode, corners=self.exact_grid)


class Discriminator(nn.Module):
    """Patch discriminator of clips; the generator is trained to match its feature maps."""

    def __init__(self, config: MonkeyNetConfig, own: DiscriminatorConfig) -> None:
        super().__init__()
        self.scale_factor = own.scale_factor
        self.embedding, inputs = None, config.num_channels
        if own.kp_embedding_params is not None:
            self.embedding = MovementEmbedding(own.kp_embedding_params, config.kp_variance)
            inputs += config.num_kp * own.kp_embedding_params.channels(config.num_channels)
        _, *widths = level_widths(own.block_expansion, own.max_features, own.num_blocks)
        self.down_blocks = nn.ModuleList(
            ClipBlock(before, after, norm=i > 0)
            for i, (before, after) in enumerate(zip([inputs, *widths], widths, strict=False))
        )
        self.conv = nn.Conv3d(widths[-1], 1, 1)

    def forward(self, clips: Tensor, source: KeypointTensors, driving: KeypointTensors) -> list[Tensor]:
        """Return the clips (N, C, T, H, W), the output of every block and the prediction (N, 1, T, h, w).

        `source` is a batch of N poses, `driving` one of N·T.
        """
        count, _, length = clips.shape[:3]
        frames = downscaled(clips.transpose(1, 2).flatten(0, 1), self.scale_factor)
        if self.embedding is not None:
            frames = torch.cat([frames, self.embedding(frames, source, driving)], 1)
        x = frames.view(count, length, *frames.shape[1:]).transpose(1, 2)
        _, *maps = layer_outputs(self.down_blocks, x)
        return [clips, *maps, self.conv(maps[-1])]


class ClipBlock(nn.Module):
    """4 × 4 convolution of every frame without padding, instance norm over the clip, leaky ReLU, 2 × 2 pooling."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, (1, 4, 4))
        self.norm = nn.InstanceNorm3d(outputs, affine=True) if norm else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, T, h, w) -> (N, outputs, T, (h - 3) // 2, (w - 3) // 2)."""
        x = self.conv(x)
        return F.avg_pool3d(F.leaky_relu(x if self.norm is None else self.norm(x), 0.2), (1, 2, 2))


def _covariances(heatmaps: Tensor, points: Tensor) -> Tensor:
    """Return the second central moments (N, K, 2, 2) of heatmaps (N, K, h, w)."""
    offsets = coordinate_grid(heatmaps.shape[2], heatmaps.shape[3], heatmaps) - points[:, :, None, None]
    weighted = offsets * heatmaps[..., None]
    return weighted.flatten(2, 3).transpose(-1, -2) @ offsets.flatten(2, 3)


def _bounded(covariances: Tensor, least: float | None) -> Tensor:
    """Scale covariances up so that their smallest singular value is at least `least`."""
    if not least:
        return covariances
    (a, b), (c, d) = (row.unbind(-1) for row in covariances.unbind(-2))
    squares = a**2 + b**2 + c**2 + d**2
    gap = torch.sqrt((a**2 + b**2 - c**2 - d**2) ** 2 + 4 * (a * c + b * d) ** 2)
    smallest = torch.sqrt((squares - gap) / 2)[..., None, None]
    return covariances * smallest.clamp(min=least) / smallest
