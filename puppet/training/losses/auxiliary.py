"""Auxiliary losses, of weight 0 unless a recipe sets one: additions of a summary of Monkey-Net in circulation.

docs/models.md lists where that summary contradicts the paper. Two of the terms train a small network of their own along
with the model, which is kept in checkpoints and never becomes part of a pack.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.models.base import KeypointTensors, MotionModel
from puppet.models.blocks import UpBlock, expected_points, gaussians, heatmaps_from, part_motions, resized
from puppet.training.data.frame_batches import FrameBatch
from puppet.training.losses.vgg import Vgg
from puppet.training.recipe_schema.learned import LossRecipe

DETECTOR_FEATURE = "relu4_3"
"""Feature of VGG16 that `vgg_detector` finds keypoints in, at an eighth of the size."""

_NEIGHBOURHOOD = 5  # side of the squares whose colours are compared, at twice the segmentation's size
_NEAR = 0.1  # distance below which keypoints keep away from one another
_VARIANCE = 0.01  # of the gaussians that are drawn around keypoints, FOMM's
_HEATMAP_SIZE = 16  # side of those maps; the picture drawn from them has four times as many pixels a side
_TEMPERATURE = 0.1


class AuxiliaryLosses(nn.Module):
    """The optional terms of a recipe, with the networks that two of them train along."""

    def __init__(self, losses: LossRecipe, keypoints: int) -> None:
        super().__init__()
        self.diversity, self.cycle = losses.diversity, losses.cycle
        self.foreground, self.layers = losses.foreground, losses.layers
        self.image_weight, self.detector_weight = losses.keypoint_image, losses.vgg_detector
        self.image = KeypointImage(keypoints) if losses.keypoint_image else None
        self.detector = nn.Conv2d(512, keypoints, 1) if losses.vgg_detector else None

    def terms(
        self,
        model: MotionModel,
        source: KeypointTensors,
        driving: KeypointTensors,
        code: Any,
        batch: FrameBatch,
        vgg: Vgg | None,
    ) -> dict[str, Tensor]:
        """The weighted terms by name.

        Args:
            model: the trained model.
            source: keypoints of the sources.
            driving: keypoints of the driving frames.
            code: of the sources, by `model.encode`.
            batch: the pictures.
            vgg: VGG16, for `vgg_detector`.
        """
        terms = {}
        if self.diversity:
            terms["diversity"] = self.diversity * crowding(driving.points)
        if self.cycle:
            there = _deformation(model, code, source, driving)
            back = _deformation(model, model.encode(batch.driving), driving, source.repeated(len(driving.points)))
            if there is not None and back is not None:
                terms["cycle"] = self.cycle * cycle_error(there, back)
        if self.foreground and driving.segmentation is not None:
            terms["foreground"] = self.foreground * (1 - driving.segmentation[:, 0]).mean()
        if self.layers and driving.segmentation is not None:
            terms["layers"] = self.layers * layering_error(source, driving, batch)
        if self.image is not None:
            drawn = self.image(driving.points)
            wanted = F.adaptive_avg_pool2d(batch.driving, drawn.shape[-1])
            terms["keypoint_image"] = self.image_weight * (drawn - wanted).abs().mean()
        if self.detector is not None and vgg is not None:
            with torch.no_grad():
                seen = vgg(batch.driving, [DETECTOR_FEATURE])[0]
            points = expected_points(heatmaps_from(self.detector(seen), _TEMPERATURE))
            terms["vgg_detector"] = self.detector_weight * (points - driving.points).abs().mean()
        return terms


class KeypointImage(nn.Module):
    """Draws a small picture from keypoints alone, so that keypoints have to describe the picture."""

    def __init__(self, keypoints: int) -> None:
        super().__init__()
        self.up = nn.Sequential(UpBlock(keypoints, 64), UpBlock(64, 32))
        self.out = nn.Conv2d(32, 3, 3, padding=1)

    def forward(self, points: Tensor) -> Tensor:
        """(N, K, 2) -> (N, 3, 64, 64) in [0, 1]."""
        return torch.sigmoid(self.out(self.up(gaussians(points, _HEATMAP_SIZE, _HEATMAP_SIZE, _VARIANCE))))


def crowding(points: Tensor) -> Tensor:
    """Mean closeness exp(−d² / 2σ²) of pairs of keypoints (N, K, 2), K > 1: 0 far apart, 1 when all are one."""
    count = points.shape[1]
    squares = (points[:, :, None] - points[:, None]).square().sum(-1)
    near = torch.exp(-squares / (2 * _NEAR**2))
    return (near.sum((1, 2)) - count).mean() / (count * (count - 1))


def layering_error(source: KeypointTensors, driving: KeypointTensors, batch: FrameBatch) -> Tensor:
    """Expected colour error of a place when a segment, or the background, is drawn with the probability of its share.

    Warping with a mixture of motions moves a share only towards better colours next to it, which mean little where
    motions differ much. Here each motion's own colour is compared. The gradient reaches the shares alone.
    """
    assert driving.segmentation is not None
    side = 2 * driving.segmentation.shape[-1]
    shares = resized(driving.segmentation, side, side)
    with torch.no_grad():
        motions = part_motions(source.repeated(len(shares)), driving, side, side).flatten(0, 1).clamp(-1, 1)
        shown, wanted = (
            F.adaptive_avg_pool2d(x, side).repeat_interleave(len(motions) // len(x), 0)
            for x in (batch.source, batch.driving)
        )
        differences = (F.grid_sample(shown, motions, align_corners=True) - wanted).abs().mean(1)
        errors = F.avg_pool2d(differences.view_as(shares), _NEIGHBOURHOOD, 1, _NEIGHBOURHOOD // 2)
    return (shares * errors).sum(1).mean()


def cycle_error(there: Tensor, back: Tensor) -> Tensor:
    """Mean distance of a place from itself after deformations (N, h, w, 2) source → driving and driving → source."""
    around = F.grid_sample(there.permute(0, 3, 1, 2), back, padding_mode="border", align_corners=True)
    height, width = around.shape[2:]
    y, x = torch.linspace(-1, 1, height).to(around), torch.linspace(-1, 1, width).to(around)
    identity = torch.stack([x.expand(height, width), y[:, None].expand(height, width)])
    return (around - identity).abs().mean()


def _deformation(model: MotionModel, code: Any, source: KeypointTensors, driving: KeypointTensors) -> Tensor | None:
    motion = model.motion(code, source, driving)
    return None if motion is None else motion.deformation
