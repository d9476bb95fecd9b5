"""Maps of keypoints and their shifts, the inputs of Monkey-Net's networks (arXiv 1812.08861).

Its dense motion, generator and discriminator use them; nothing here has weights. The T driving frames of a source are
consecutive rows of the batch of driving keypoints; pictures and keypoints of sources are a shorter batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.base import KeypointTensors, Positive, Scale, repeat_to
from puppet.models.blocks import coordinate_grid, gaussians, inverse, warp

Variance: TypeAlias = Literal["matrix", "single"] | Positive
"""Variance of a keypoint's Gaussian: estimated, estimated and isotropic, or a constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """`mask_embedding_params` and `kp_embedding_params`: the maps of each keypoint.

    Attributes:
        use_heatmap: a Gaussian.
        use_difference: its shift, as two constant maps.
        use_deformed_source_image: the source picture moved by the shift.
        heatmap_type: "gaussian" for the driving keypoint's, "difference" for it minus the source keypoint's.
        norm_const: divisor of Gaussians; "sum" for their sum.
        scale_factor: the maps' size relative to the picture's (nearest pixels).
    """

    use_heatmap: bool = True
    use_difference: bool = False
    use_deformed_source_image: bool = False
    heatmap_type: Literal["gaussian", "difference"] = "gaussian"
    norm_const: Literal["sum"] | Positive = "sum"
    scale_factor: Scale = 1.0

    def __post_init__(self) -> None:
        if not self.channels(1):
            raise ValueError("use_heatmap, use_difference or use_deformed_source_image must be true")

    def channels(self, num_channels: int) -> int:
        """Return the number of maps of each keypoint."""
        return self.use_heatmap + 2 * self.use_difference + num_channels * self.use_deformed_source_image


class MovementEmbedding:
    """Keypoints as maps; see EmbeddingConfig. It has no weights.

    Args:
        config: the maps of each keypoint.
        variance: variance of the Gaussians.
        background: put the maps of a keypoint that never moves first.
    """

    def __init__(self, config: EmbeddingConfig, variance: Variance, background: bool = False) -> None:
        self.config = config
        self.variance = variance
        self.background = background

    def __call__(self, picture: Tensor, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """Return maps (N, (K or K + 1)·C', h, w) for N driving poses; picture and source may be a shorter batch."""
        picture = downscaled(repeat_to(picture, len(driving.points)), self.config.scale_factor)
        height, width = picture.shape[2:]
        moves = shifts(source, driving, self.background)
        maps = []
        if self.config.use_heatmap:
            maps.append(self._heatmaps(source, driving, height, width)[:, :, None])
        if self.config.use_difference:
            maps.append(moves[..., None, None].expand(*moves.shape, height, width))
        if self.config.use_deformed_source_image:
            maps.append(self._moved(picture, moves))
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

    def _moved(self, picture: Tensor, moves: Tensor) -> Tensor:
        """Return the picture moved by each shift: (N, K', C, h, w)."""
        (count, parts), (height, width) = moves.shape[:2], picture.shape[2:]
        grid = coordinate_grid(height, width, picture) + moves.flatten(0, 1)[:, None, None]
        return warp(repeat_to(picture, count * parts), grid).view(count, parts, -1, height, width)


def keypoint_gaussians(keypoints: KeypointTensors, height: int, width: int, variance: Variance) -> Tensor:
    """Return exp(−½ dᵀ Σ⁻¹ d): (N, K, height, width), Σ the keypoints' covariances or a constant times the identity."""
    if not isinstance(variance, str):
        return gaussians(keypoints.points, height, width, variance)
    assert keypoints.covariances is not None
    offsets = coordinate_grid(height, width, keypoints.points) - keypoints.points[:, :, None, None]
    distances = ((offsets @ inverse(keypoints.covariances)[:, :, None]) * offsets).sum(-1)
    return torch.exp(-0.5 * distances)


def shifts(source: KeypointTensors, driving: KeypointTensors, background: bool) -> Tensor:
    """Return the shifts from driving to source: (N, K, 2), or (N, K + 1, 2) with the background's zero first."""
    moves = repeat_to(source.points, len(driving.points)) - driving.points
    return F.pad(moves, (0, 0, 1, 0)) if background else moves


def downscaled(x: Tensor, scale: float, averaged: bool = False) -> Tensor:
    """Downscale (N, C, H, W) to (N, C, ⌊H·scale⌋, ⌊W·scale⌋): nearest pixels, or means of n × n at a scale of 1 / n."""
    if scale == 1:
        return x
    return F.avg_pool2d(x, round(1 / scale)) if averaged else F.interpolate(x, scale_factor=scale)
