"""Monkey-Net: Animating Arbitrary Objects via Deep Motion Transfer (Siarohin et al. 2019, arXiv 1812.08861).

Keypoints with covariances, a dense motion of masks over the keypoints' shifts and a correction,
and a generator that warps the source's features at every level. The original convolves videos with kernels one
frame long; here frames lie in the batch and kernels are two-dimensional, the same arithmetic (the checkpoint
reader squeezes the time axis). Only the discriminator sees clips: its instance norm spans their frames.

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

from puppet.models.blocks import (
    Channels,
    Decoder,
    Encoder,
    Hourglass,
    HourglassConfig,
    KeypointTensors,
    MotionModel,
    Parts,
    Positive,
    PyramidLevels,
    ResBlock,
    SameBlock,
    Scale,
    Width,
    coordinate_grid,
    expected_points,
    heatmaps_from,
    resized,
    warp,
)
from puppet.models.monkeynet_maps import EmbeddingConfig, MovementEmbedding, Variance, reduced, shifts

_EPSILON = 1e-7  # what the original adds to every pixel of a heatmap before it takes moments


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig(HourglassConfig):
    """`kp_detector_params` of the original YAML; pictures are reduced to the nearest pixels.

    Attributes:
        temperature: of the heatmaps' softmax.
        clip_variance: the least singular value of a covariance; None: any.
    """

    temperature: Positive
    clip_variance: Annotated[float, Interval(ge=0, le=1e6)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseMotionConfig(HourglassConfig):
    """`dense_motion_params`.

    Attributes:
        mask_embedding_params: what it is told of the keypoints.
        use_mask: masks over the keypoints' shifts.
        use_correction: a flow of its own.
        bg_init: the background's logit before training.
        num_group_blocks: convolutions of each keypoint's maps before the hourglass.
    """

    mask_embedding_params: EmbeddingConfig
    use_mask: bool
    use_correction: bool
    bg_init: Annotated[float, Interval(ge=-1e6, le=1e6)] = 2.0
    num_group_blocks: Annotated[int, Interval(ge=0, le=16)] = 0

    def __post_init__(self) -> None:
        if not self.use_mask and not self.use_correction:
            raise ValueError("use_mask or use_correction has to be true")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig:
    """`generator_params`; without `dense_motion_params` nothing is warped.

    `exact_grid` is not the original's: see ResidualConfig. It takes the mode "trilinear".
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
            raise ValueError("exact_grid takes interpolation_mode trilinear")


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
    """`model_params` of the original YAML, its common_params first.

    Attributes:
        num_kp: K.
        num_channels: of pictures.
        kp_variance: of the gaussians: "matrix" (estimated), "single" (estimated, isotropic) or a constant.
        averaged: pictures that keypoints and motion are found in are reduced by means instead of to the nearest pixels,
            which at an eighth of the size are noise. Not in the original.
        kp_detector_params: see there.
        generator_params: see there.
        discriminator_params: None: there is none.
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
            raise ValueError("averaged takes a scale_factor of one over a whole number")


class MonkeyNetCode(NamedTuple):
    """What is kept of a source: its picture (N, C, H, W) and features of every level, finest (the picture) first."""

    picture: Tensor
    levels: tuple[Tensor, ...]


class DenseMotion(NamedTuple):
    """What DenseMotionModule says.

    Attributes:
        deformation: (N, h, w, 2): where every pixel comes from.
        masks: (N, K + 1, h, w): shares of the keypoints' shifts, background first; None without `use_mask`.
        embedding: (N, (K + 1)·C', h, w): what it was told of the keypoints.
    """

    deformation: Tensor
    masks: Tensor | None
    embedding: Tensor


class MonkeyNet(MotionModel):
    """All of Monkey-Net."""

    family = "monkeynet"

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        self.config = config
        self.kp_detector = KeypointDetector(config)
        self.generator = MotionTransferGenerator(config)
        self.discriminator = (
            None if config.discriminator_params is None else Discriminator(config, config.discriminator_params)
        )

    def detect(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) in [0, 1] -> points and, unless kp_variance is a constant, covariances."""
        keypoints: KeypointTensors = self.kp_detector(images)
        return keypoints

    def encode(self, source: Tensor) -> MonkeyNetCode:
        """What does not change from frame to frame of source (N, C, H, W)."""
        return MonkeyNetCode(source, tuple(self.generator.appearance_encoder(source)))

    def motion(self, code: MonkeyNetCode, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion | None:
        """The dense motion and what it was made of; None without a dense motion module."""
        if self.generator.dense_motion_module is None:
            return None
        motion: DenseMotion = self.generator.dense_motion_module(code.picture, source, driving)
        return motion

    def render(self, code: MonkeyNetCode, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """The source moved to `driving`: (N, C, H, W) in [0, 1]. A shorter batch of sources is repeated."""
        return self.generator.render(code, self.motion(code, source, driving), source, driving)


class KeypointDetector(nn.Module):
    """Mean and covariance of each heatmap."""

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        self.own, self.variance, self.averaged = config.kp_detector_params, config.kp_variance, config.averaged
        self.predictor = Hourglass(config.num_channels, self.own, outputs=config.num_kp)

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints."""
        heatmaps = heatmaps_from(self.predictor(self.seen(images)), self.own.temperature)
        heatmaps = heatmaps + _EPSILON
        points = expected_points(heatmaps)
        if self.variance == "matrix":
            return KeypointTensors(points, covariances=_clipped(_covariances(heatmaps, points), self.own.clip_variance))
        if self.variance == "single":
            spread = _covariances(heatmaps, points).diagonal(dim1=-2, dim2=-1).mean(-1)
            return KeypointTensors(points, covariances=spread[..., None, None] * torch.eye(2).to(spread))
        return KeypointTensors(points)

    def seen(self, images: Tensor) -> Tensor:
        """The images as small as they are looked at."""
        return reduced(images, self.own.scale_factor, self.averaged)


class DenseMotionModule(nn.Module):
    """Masks over the keypoints' shifts, and a correction to their mixture."""

    def __init__(self, config: MonkeyNetConfig, own: DenseMotionConfig) -> None:
        super().__init__()
        self.averaged = config.averaged
        self.scale_factor, self.use_mask, self.use_correction = own.scale_factor, own.use_mask, own.use_correction
        self.parts = config.num_kp + 1
        self.embedding = MovementEmbedding(own.mask_embedding_params, config.kp_variance, background=True)
        features = self.parts * own.mask_embedding_params.channels(config.num_channels)
        self.group_blocks = nn.ModuleList(
            SameBlock(features, features, 1, groups=self.parts) for _ in range(own.num_group_blocks)
        )
        outputs = self.parts * own.use_mask + 2 * own.use_correction
        self.hourglass = Hourglass(features, own, outputs=outputs)
        self._start_still(own.bg_init)

    def forward(self, picture: Tensor, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        """Picture (N or fewer, C, H, W) of the source."""
        embedding = self.embedding(reduced(picture, self.scale_factor, self.averaged), source, driving)
        x = embedding
        for block in self.group_blocks:
            x = block(x)
        x = self.hourglass(x)
        masks = torch.softmax(x[:, : self.parts], 1) if self.use_mask else None
        deformation = coordinate_grid(x.shape[2], x.shape[3], x).expand(len(x), -1, -1, -1)
        if masks is not None:
            moves = shifts(source, driving, background=True)
            deformation = deformation + (masks.flatten(2).transpose(1, 2) @ moves).view_as(deformation)
        if self.use_correction:
            deformation = deformation + x[:, -2:].permute(0, 2, 3, 1)
        return DenseMotion(deformation, masks, embedding)

    def _start_still(self, background: float) -> None:
        """To begin with everything belongs to the background."""
        last = self.hourglass.decoder.conv
        assert last is not None
        assert last.bias is not None
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        if self.use_mask:
            with torch.no_grad():
                last.bias[0] = background


class MotionTransferGenerator(nn.Module):
    """Features of every level, warped, beside maps of the keypoints, decoded and refined."""

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
        self.refinement_module = nn.Sequential()
        for i in range(own.num_refinement_blocks):
            self.refinement_module.add_module(f"r{i}", ResBlock(self.video_decoder.channels))
        self.refinement_module.add_module("conv-last", nn.Conv2d(self.video_decoder.channels, config.num_channels, 1))

    def render(
        self, code: MonkeyNetCode, motion: DenseMotion | None, source: KeypointTensors, driving: KeypointTensors
    ) -> Tensor:
        """(N, C, H, W) in [0, 1]."""
        deformation = self.deformation(code, motion, len(driving.points))
        levels = [self.warped(level, deformation) for level in code.levels]
        if self.embedding is not None:
            maps = self.embedding(code.picture, source, driving)
            levels = [torch.cat([x, resized(maps, x.shape[2], x.shape[3], self.mode)], 1) for x in levels]
        return torch.sigmoid(self.refinement_module(self.video_decoder(levels)))

    def deformation(self, code: MonkeyNetCode, motion: DenseMotion | None, count: int) -> Tensor:
        """(count, h, w, 2). Without motion the identity of the picture; resized, it moves coarse levels a little."""
        if motion is not None:
            return motion.deformation
        height, width = code.picture.shape[2:]
        return coordinate_grid(height, width, code.picture).expand(count, -1, -1, -1)

    def warped(self, features: Tensor, deformation: Tensor) -> Tensor:
        """Features or picture (N or fewer, C, h, w), moved by deformation (N, h', w', 2)."""
        return warp(features, deformation, self.mode, corners=self.exact_grid)


class Discriminator(nn.Module):
    """A patch discriminator of clips; the generator matches its inner maps."""

    def __init__(self, config: MonkeyNetConfig, own: DiscriminatorConfig) -> None:
        super().__init__()
        self.scale_factor = own.scale_factor
        self.embedding, inputs = None, config.num_channels
        if own.kp_embedding_params is not None:
            self.embedding = MovementEmbedding(own.kp_embedding_params, config.kp_variance)
            inputs += config.num_kp * own.kp_embedding_params.channels(config.num_channels)
        widths = [min(own.max_features, own.block_expansion * 2**i) for i in range(1, own.num_blocks + 1)]
        self.down_blocks = nn.ModuleList(
            ClipBlock(before, after, norm=i > 0)
            for i, (before, after) in enumerate(zip([inputs, *widths], widths, strict=False))
        )
        self.conv = nn.Conv3d(widths[-1], 1, 1)

    def forward(self, clips: Tensor, source: KeypointTensors, driving: KeypointTensors) -> list[Tensor]:
        """The clips (N, C, T, H, W) themselves, the maps of every block, and the prediction (N, 1, T, h, w).

        `source` has a batch of N poses, `driving` of N·T.
        """
        count, _, length = clips.shape[:3]
        frames = reduced(clips.transpose(1, 2).flatten(0, 1), self.scale_factor)
        if self.embedding is not None:
            frames = torch.cat([frames, self.embedding(frames, source, driving)], 1)
        x = frames.view(count, length, *frames.shape[1:]).transpose(1, 2)
        maps = [clips]
        for block in self.down_blocks:
            x = block(x)
            maps.append(x)
        return [*maps, self.conv(x)]


class ClipBlock(nn.Module):
    """Convolution 4 × 4 of every frame, without padding; instance norm over the clip; leaky ReLU; half the size."""

    def __init__(self, inputs: int, outputs: int, *, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, (1, 4, 4))
        self.norm = nn.InstanceNorm3d(outputs, affine=True) if norm else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, T, h, w) -> (N, outputs, T, (h - 3) // 2, (w - 3) // 2)."""
        x = self.conv(x)
        return F.avg_pool3d(F.leaky_relu(x if self.norm is None else self.norm(x), 0.2), (1, 2, 2))


def _covariances(heatmaps: Tensor, points: Tensor) -> Tensor:
    """Second central moments of heatmaps (N, K, h, w) -> (N, K, 2, 2)."""
    offsets = coordinate_grid(heatmaps.shape[2], heatmaps.shape[3], heatmaps) - points[:, :, None, None]
    weighted = offsets * heatmaps[..., None]
    return weighted.flatten(2, 3).transpose(-1, -2) @ offsets.flatten(2, 3)


def _clipped(covariances: Tensor, least: float | None) -> Tensor:
    """Scaled up, as a whole, to a smallest singular value of at least `least`."""
    if not least:
        return covariances
    (a, b), (c, d) = (row.unbind(-1) for row in covariances.unbind(-2))
    squares = a**2 + b**2 + c**2 + d**2
    gap = torch.sqrt((a**2 + b**2 - c**2 - d**2) ** 2 + 4 * (a * c + b * d) ** 2)
    smallest = torch.sqrt((squares - gap) / 2)[..., None, None]
    return covariances * smallest.clamp(min=least) / smallest
