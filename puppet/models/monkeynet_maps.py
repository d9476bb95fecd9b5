"""How Monkey-Net (arXiv 1812.08861) shows its networks where keypoints are and how they move: as maps.

Used by its dense motion, its generator and its discriminator; nothing here has weights. T driving frames of a source
stand in a row in the batch of the driving keypoints; pictures and keypoints of sources are a shorter batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.blocks import (
    KeypointTensors,
    Positive,
    Scale,
    coordinate_grid,
    gaussians,
    inverse,
    repeat_to,
    warp,
)

Variance: TypeAlias = Literal["matrix", "single"] | Positive
"""Of a keypoint's gaussian: estimated, estimated and isotropic, or a constant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingConfig:
    """`mask_embedding_params` and `kp_embedding_params`: how keypoints become maps.

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
    norm_const: Literal["sum"] | Positive = "sum"
    scale_factor: Scale = 1.0

    def __post_init__(self) -> None:
        if not self.channels(1):
            raise ValueError("use_heatmap, use_difference or use_deformed_source_image has to be true")

    def channels(self, num_channels: int) -> int:
        """Maps of each keypoint."""
        return self.use_heatmap + 2 * self.use_difference + num_channels * self.use_deformed_source_image


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
        picture = reduced(repeat_to(picture, len(driving.points)), self.config.scale_factor)
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
        """The picture moved by each shift: (N, K', C, h, w)."""
        (count, parts), (height, width) = moves.shape[:2], picture.shape[2:]
        grid = coordinate_grid(height, width, picture) + moves.flatten(0, 1)[:, None, None]
        return warp(repeat_to(picture, count * parts), grid).view(count, parts, -1, height, width)


def keypoint_gaussians(keypoints: KeypointTensors, height: int, width: int, variance: Variance) -> Tensor:
    """exp(−½ dᵀ Σ⁻¹ d) -> (N, K, height, width); Σ the keypoints' covariances, or a constant times the identity."""
    if not isinstance(variance, str):
        return gaussians(keypoints.points, height, width, variance)
    assert keypoints.covariances is not None
    offsets = coordinate_grid(height, width, keypoints.points) - keypoints.points[:, :, None, None]
    distances = ((offsets @ inverse(keypoints.covariances)[:, :, None]) * offsets).sum(-1)
    return torch.exp(-0.5 * distances)


def shifts(source: KeypointTensors, driving: KeypointTensors, background: bool) -> Tensor:
    """From driving to source: (N, K, 2), or (N, K + 1, 2) with the background's zero first."""
    moves = repeat_to(source.points, len(driving.points)) - driving.points
    return F.pad(moves, (0, 0, 1, 0)) if background else moves


def reduced(x: Tensor, scale: float, averaged: bool = False) -> Tensor:
    """(N, C, H, W) -> (N, C, ⌊H·scale⌋, ⌊W·scale⌋), nearest pixels or, with a scale of one over n, means of n × n."""
    if scale == 1:
        return x
    return F.avg_pool2d(x, round(1 / scale)) if averaged else F.interpolate(x, scale_factor=scale)
