"""Monkey-Net: Animating Arbitrary Objects via Deep Motion Transfer (Siarohin et al. 2019, arXiv 1812.08861).

Keypoints with covariances (section 3.2), a dense motion of masks over the keypoints' shifts and a correction (3.4), and a
generator that warps the source's features at every level (3.3). The original convolves videos with kernels one
frame long; here frames lie in the batch and kernels are two-dimensional, which is the same arithmetic (the
checkpoint reader squeezes the time axis). Only the discriminator sees clips: its instance norm spans their frames.

`encode` runs once per avatar, `detect` and `render` once per frame. T driving frames of a source stand in a row in the
batch of the driving keypoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.models.blocks import (
    Decoder,
    Encoder,
    Hourglass,
    KeypointTensors,
    ResBlock,
    SameBlock,
    coordinate_grid,
    expected_points,
    gaussians,
    heatmaps_from,
    inverse,
    repeat_to,
    resized,
    warp,
)

Variance = Literal["matrix", "single"] | float
_EPSILON = 1e-7  # what the original adds to every pixel of a heatmap before it takes moments


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorConfig:
    """`kp_detector_params` of the original YAML; see puppet.models.fomm.DetectorConfig.

    Attributes:
        block_expansion: features at the finest level of the hourglass.
        num_blocks: how often it halves.
        max_features: bound of its features.
        temperature: of the heatmaps' softmax.
        scale_factor: the detector sees pictures of this size (nearest pixels).
        clip_variance: the least singular value of a covariance; None: any.
    """

    block_expansion: int
    num_blocks: int
    max_features: int
    temperature: float
    scale_factor: float = 1.0
    clip_variance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """`mask_embedding_params` and `kp_embedding_params`: how keypoints become maps (equation 7 and section 3.3).

    Attributes:
        use_heatmap: a gaussian for each keypoint.
        use_difference: its shift, as two constant maps.
        use_deformed_source_image: the source moved by that shift.
        heatmap_type: "gaussian": the driving's; "difference": less the source's.
        norm_const: "sum": gaussians sum to 1; a number: they are divided by it.
        scale_factor: of the maps to the picture (nearest pixels).
    """

    use_heatmap: bool = True
    use_difference: bool = False
    use_deformed_source_image: bool = False
    heatmap_type: Literal["gaussian", "difference"] = "gaussian"
    norm_const: Literal["sum"] | float = "sum"
    scale_factor: float = 1.0

    def channels(self, num_channels: int) -> int:
        """Maps of each keypoint."""
        return self.use_heatmap + 2 * self.use_difference + num_channels * self.use_deformed_source_image


@dataclass(frozen=True, slots=True, kw_only=True)
class DenseMotionConfig:
    """`dense_motion_params`: at least one of `use_mask` and `use_correction` is on."""

    block_expansion: int
    num_blocks: int
    max_features: int
    mask_embedding_params: EmbeddingConfig
    use_mask: bool
    use_correction: bool
    bg_init: float = 2.0
    num_group_blocks: int = 0
    scale_factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorConfig:
    """`generator_params`; without `dense_motion_params` nothing is warped."""

    block_expansion: int
    num_blocks: int
    max_features: int
    num_refinement_blocks: int
    dense_motion_params: DenseMotionConfig | None = None
    kp_embedding_params: EmbeddingConfig | None = None
    interpolation_mode: Literal["nearest", "trilinear"] = "nearest"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscriminatorConfig:
    """`discriminator_params`."""

    block_expansion: int = 64
    num_blocks: int = 4
    max_features: int = 512
    scale_factor: float = 1.0
    kp_embedding_params: EmbeddingConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonkeyNetConfig:
    """`model_params` of the original YAML, its common_params first.

    Attributes:
        num_kp: K.
        num_channels: of pictures.
        kp_variance: of the gaussians: "matrix" (estimated), "single" (estimated, isotropic) or a constant.
        kp_detector: see there.
        generator: see there.
        discriminator: None: there is none.
    """

    num_kp: int
    num_channels: int = 3
    kp_variance: Variance = 0.01
    kp_detector: DetectorConfig
    generator: GeneratorConfig
    discriminator: DiscriminatorConfig | None = None


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


class MonkeyNet(nn.Module):
    """All of Monkey-Net."""

    family = "monkeynet"

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        self.config = config
        self.kp_detector = KeypointDetector(config)
        self.generator = MotionTransferGenerator(config)
        self.discriminator = None if config.discriminator is None else Discriminator(config, config.discriminator)

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
    """Mean and covariance of each heatmap (section 3.2, equation 2)."""

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        self.own, self.variance = config.kp_detector, config.kp_variance
        self.predictor = Hourglass(
            config.num_channels,
            self.own.block_expansion,
            self.own.max_features,
            self.own.num_blocks,
            outputs=config.num_kp,
        )

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints."""
        heatmaps = heatmaps_from(self.predictor(_reduced(images, self.own.scale_factor)), self.own.temperature)
        heatmaps = heatmaps + _EPSILON
        points = expected_points(heatmaps)
        if self.variance == "matrix":
            return KeypointTensors(points, covariances=_clipped(_covariances(heatmaps, points), self.own.clip_variance))
        if self.variance == "single":
            spread = _covariances(heatmaps, points).diagonal(dim1=-2, dim2=-1).mean(-1)
            return KeypointTensors(points, covariances=spread[..., None, None] * torch.eye(2).to(spread))
        return KeypointTensors(points)


class MovementEmbedding:
    """Keypoints as maps; see EmbeddingConfig. It has no weights.

    Args:
        config: what the maps show.
        variance: of the gaussians.
        background: maps of a keypoint that never moves come first.
    """

    def __init__(self, config: EmbeddingConfig, variance: Variance, background: bool = False) -> None:
        self.config = config
        self.variance = variance
        self.background = background

    def __call__(self, picture: Tensor, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """Maps (N, (K or K + 1)·C', h, w) for driving (N, K, 2); picture and source may be a shorter batch."""
        picture = _reduced(repeat_to(picture, len(driving.points)), self.config.scale_factor)
        height, width = picture.shape[2:]
        shifts = _shifts(source, driving, self.background)
        maps = []
        if self.config.use_heatmap:
            maps.append(self._heatmaps(source, driving, height, width)[:, :, None])
        if self.config.use_difference:
            maps.append(shifts[..., None, None].expand(*shifts.shape, height, width))
        if self.config.use_deformed_source_image:
            maps.append(self._moved(picture, shifts))
        return torch.cat(maps, 2).flatten(1, 2)

    def _heatmaps(self, source: KeypointTensors, driving: KeypointTensors, height: int, width: int) -> Tensor:
        heatmaps = self._normalised(keypoint_gaussians(driving, height, width, self.variance))
        if self.config.heatmap_type == "difference":
            own = self._normalised(keypoint_gaussians(source, height, width, self.variance))
            heatmaps = heatmaps - repeat_to(own, len(heatmaps))
        return F.pad(heatmaps, (0, 0, 0, 0, 1, 0)) if self.background else heatmaps

    def _normalised(self, heatmaps: Tensor) -> Tensor:
        if self.config.norm_const == "sum":
            return heatmaps / heatmaps.sum((2, 3), keepdim=True)
        return heatmaps / self.config.norm_const

    def _moved(self, picture: Tensor, shifts: Tensor) -> Tensor:
        """The picture moved by each shift: (N, K', C, h, w)."""
        (count, parts), (height, width) = shifts.shape[:2], picture.shape[2:]
        grid = coordinate_grid(height, width, picture) + shifts.flatten(0, 1)[:, None, None]
        return warp(repeat_to(picture, count * parts), grid).view(count, parts, -1, height, width)


class DenseMotionModule(nn.Module):
    """Masks over the keypoints' shifts, and a correction to their mixture (section 3.4)."""

    def __init__(self, config: MonkeyNetConfig, own: DenseMotionConfig) -> None:
        super().__init__()
        self.scale_factor, self.use_mask, self.use_correction = own.scale_factor, own.use_mask, own.use_correction
        self.parts = config.num_kp + 1
        self.embedding = MovementEmbedding(own.mask_embedding_params, config.kp_variance, background=True)
        features = self.parts * own.mask_embedding_params.channels(config.num_channels)
        self.group_blocks = nn.ModuleList(
            SameBlock(features, features, 1, groups=self.parts) for _ in range(own.num_group_blocks)
        )
        outputs = self.parts * own.use_mask + 2 * own.use_correction
        self.hourglass = Hourglass(features, own.block_expansion, own.max_features, own.num_blocks, outputs=outputs)
        self._start_still(own.bg_init)

    def forward(self, picture: Tensor, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        """Picture (N or fewer, C, H, W) of the source."""
        embedding = self.embedding(_reduced(picture, self.scale_factor), source, driving)
        x = embedding
        for block in self.group_blocks:
            x = block(x)
        x = self.hourglass(x)
        masks = torch.softmax(x[:, : self.parts], 1) if self.use_mask else None
        deformation = coordinate_grid(x.shape[2], x.shape[3], x).expand(len(x), -1, -1, -1)
        if masks is not None:
            shifts = _shifts(source, driving, background=True)
            deformation = deformation + (masks.flatten(2).transpose(1, 2) @ shifts).view_as(deformation)
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
    """Features of every level, warped, beside maps of the keypoints, decoded and refined (section 3.3)."""

    def __init__(self, config: MonkeyNetConfig) -> None:
        super().__init__()
        own = config.generator
        pyramid = (own.block_expansion, own.max_features, own.num_blocks)
        self.mode = "bilinear" if own.interpolation_mode == "trilinear" else "nearest"  # time is never interpolated
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
        levels = [self.warped(level, motion, len(driving.points)) for level in code.levels]
        if self.embedding is not None:
            maps = self.embedding(code.picture, source, driving)
            levels = [torch.cat([x, resized(maps, x.shape[2], x.shape[3], self.mode)], 1) for x in levels]
        return torch.sigmoid(self.refinement_module(self.video_decoder(levels)))

    def warped(self, features: Tensor, motion: DenseMotion | None, count: int) -> Tensor:
        """Features or picture (N or fewer, C, h, w), moved and repeated to `count`."""
        return repeat_to(features, count) if motion is None else warp(features, motion.deformation, self.mode)


class Discriminator(nn.Module):
    """A patch discriminator of clips; the generator matches its inner maps (section 3.5)."""

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
        frames = _reduced(clips.transpose(1, 2).flatten(0, 1), self.scale_factor)
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


def keypoint_gaussians(keypoints: KeypointTensors, height: int, width: int, variance: Variance) -> Tensor:
    """exp(−½ dᵀ Σ⁻¹ d) -> (N, K, height, width); Σ the keypoints' covariances, or a constant times the identity."""
    if not isinstance(variance, str):
        return gaussians(keypoints.points, height, width, variance)
    assert keypoints.covariances is not None
    offsets = coordinate_grid(height, width, keypoints.points) - keypoints.points[:, :, None, None]
    distances = ((offsets @ inverse(keypoints.covariances)[:, :, None]) * offsets).sum(-1)
    return torch.exp(-0.5 * distances)


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


def _shifts(source: KeypointTensors, driving: KeypointTensors, background: bool) -> Tensor:
    """From driving to source: (N, K, 2), or (N, K + 1, 2) with the background's zero first."""
    shifts = repeat_to(source.points, len(driving.points)) - driving.points
    return F.pad(shifts, (0, 0, 1, 0)) if background else shifts


def _reduced(x: Tensor, scale: float) -> Tensor:
    """(N, C, H, W) -> (N, C, ⌊H·scale⌋, ⌊W·scale⌋), nearest pixels."""
    return x if scale == 1 else F.interpolate(x, scale_factor=scale)
