"""Motion-supervised co-part segmentation (Siarohin et al. 2020, arXiv 2004.03234).

Segments with an affine motion each. Their masks weight the motions, so that nothing but the
segmentation has to be learned for a dense motion, and what the background shows is computed from them. Besides
animation there is part swap: chosen segments of a source put onto a target picture. A FOMM-style checkpoint keeps
FOMM's dense motion network and occlusion in place of the computed ones.

`encode` runs once per picture, `detect`, `render` and `swap` once per frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.models.blocks import (
    Channels,
    Hourglass,
    HourglassConfig,
    KeypointTensors,
    MotionModel,
    Parts,
    Positive,
    ResidualConfig,
    ResidualGenerator,
    blur_kernel,
    downscale,
    expected_matrices,
    expected_points,
    heatmaps_from,
    mixed,
    part_motions,
    repeat_to,
)
from puppet.models.fomm import DenseMotionConfig, DenseMotionNetwork, hide, matrix_head

_PAD = 3  # unlike FOMM's detector, the heads keep the size of their features


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationConfig(HourglassConfig):
    """`segmentation_module_params` of the original YAML; `temperature`: of the shifts' heatmaps."""

    temperature: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstructionConfig(ResidualConfig):
    """`reconstruction_module_params`.

    Attributes:
        estimate_visibility: features are multiplied with a visibility map.
        dense_motion_params: of a FOMM-style checkpoint; None: masks are the segmentation, visibility is computed.
    """

    estimate_visibility: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CosegConfig:
    """`model_params` of the original YAML, its common_params first."""

    num_segments: Parts
    num_channels: Channels = 3
    estimate_affine_part: bool = False
    segmentation_module_params: SegmentationConfig
    reconstruction_module_params: ReconstructionConfig


class CosegCode(NamedTuple):
    """What is kept of a picture.

    Attributes:
        small: (N, C, h, w): at the size of FOMM's dense motion network; None without one.
        features: (N, F, h', w'): the generator's.
    """

    small: Tensor | None
    features: Tensor


class SegmentMotion(NamedTuple):
    """How a source becomes the target.

    Attributes:
        deformation: (N, h, w, 2): where every pixel comes from.
        visibility: (N, 1, h, w): 1 where the source shows what is needed; None when it is not estimated.
        motions: (N, K + 1, h, w, 2): of each segment, the background's identity first.
        masks: (N, K + 1, h, w): shares of the motions.
    """

    deformation: Tensor
    visibility: Tensor | None
    motions: Tensor
    masks: Tensor


class CoSegmentationModel(MotionModel):
    """All of co-part segmentation."""

    family = "coseg"

    def __init__(self, config: CosegConfig) -> None:
        super().__init__()
        self.config = config
        self.segmentation_module = SegmentationModule(config)
        self.reconstruction_module = ReconstructionModule(config)

    def detect(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) in [0, 1] -> points (shift), jacobians (affine) and segmentation."""
        keypoints: KeypointTensors = self.segmentation_module(images)
        return keypoints

    def encode(self, source: Tensor) -> CosegCode:
        """What does not change from frame to frame of a picture (N, C, H, W)."""
        network = self.reconstruction_module.dense_motion_network
        return CosegCode(None if network is None else network.down(source), self.reconstruction_module.encode(source))

    def motion(self, code: CosegCode, source: KeypointTensors, driving: KeypointTensors) -> SegmentMotion:
        """The motion from the source of `code` to `driving`."""
        return self.reconstruction_module.motion(code.small, source, driving)

    def render(self, code: CosegCode, source: KeypointTensors, driving: KeypointTensors) -> Tensor:
        """The source moved to `driving`: (N, C, H, W) in [0, 1]. A shorter batch of sources is repeated."""
        moved = self.reconstruction_module.moved(code.features, self.motion(code, source, driving))
        return self.reconstruction_module.decode(moved)

    def swap(
        self,
        code: CosegCode,
        target_code: CosegCode,
        source: KeypointTensors,
        target: KeypointTensors,
        mask: Tensor,
        source_mask: bool = False,
    ) -> Tensor:
        """Parts of the source on the target's picture.

        Args:
            code: of the source.
            target_code: of the target, by `encode` too.
            source: keypoints of the source.
            target: keypoints of the target.
            mask: (N, 1, h, w) in [0, 1], of any size: 1 where the source is wanted. From
                `segment_mask`, or from elsewhere: a face parser, landmark polygons.
            source_mask: the mask lies on the source's picture and moves with it; else it lies on the target's.

        Returns:
            (N, C, H, W) in [0, 1].
        """
        network, motion = self.reconstruction_module, self.motion(code, source, target)
        moved = network.moved(code.features, motion)
        mask = _at_size(mask, moved.shape[2], moved.shape[3])
        mask = network.warped(mask, motion.deformation) if source_mask else repeat_to(mask, len(moved))
        return network.decode(repeat_to(target_code.features, len(moved)) * (1 - mask) + moved * mask)


class SegmentationModule(nn.Module):
    """Segments with their shifts and affine motions."""

    def __init__(self, config: CosegConfig) -> None:
        super().__init__()
        own = config.segmentation_module_params
        self.temperature = own.temperature
        self.predictor = Hourglass(config.num_channels, own)
        features, segments = self.predictor.channels, config.num_segments
        self.shift = nn.Conv2d(features, segments, 7, padding=_PAD)
        self.affine = matrix_head(features, segments, _PAD) if config.estimate_affine_part else None
        self.segmentation = nn.Conv2d(features, segments + 1, 7, padding=_PAD)
        self.down = downscale(config.num_channels, own.scale_factor)

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints, the segmentation at the hourglass's size."""
        features = self.predictor(self.down(images))
        heatmaps = heatmaps_from(self.shift(features), self.temperature)
        affine = None if self.affine is None else expected_matrices(heatmaps, self.affine(features))
        segmentation = torch.softmax(self.segmentation(features), 1)
        return KeypointTensors(expected_points(heatmaps), affine, segmentation=segmentation)


class ReconstructionModule(ResidualGenerator):
    """The generator that warps its features by the segments' motions."""

    def __init__(self, config: CosegConfig) -> None:
        own = config.reconstruction_module_params
        super().__init__(config.num_channels, own)
        dense = own.dense_motion_params
        self.estimate_visibility = own.estimate_visibility
        self.dense_motion_network = None
        if dense is not None:
            self.dense_motion_network = DenseMotionNetwork(
                config.num_segments, config.num_channels, dense, own.estimate_visibility
            )

    def motion(self, small: Tensor | None, source: KeypointTensors, driving: KeypointTensors) -> SegmentMotion:
        """From the segments, or by FOMM's dense motion network, which needs the source's `small` picture."""
        if self.dense_motion_network is not None and small is not None:
            dense = self.dense_motion_network(small, source, driving)
            return SegmentMotion(dense.deformation, dense.occlusion, dense.motions, dense.masks)
        assert driving.segmentation is not None
        source = source.repeated(len(driving.points))
        motions = part_motions(source, driving, *driving.segmentation.shape[2:])
        shown = visibility(source, driving) if self.estimate_visibility else None
        return SegmentMotion(mixed(motions, driving.segmentation), shown, motions, driving.segmentation)

    def moved(self, features: Tensor, motion: SegmentMotion) -> Tensor:
        """Features of the source, warped, and hidden where the source does not show them."""
        return hide(self.warped(features, motion.deformation), motion.visibility)


def visibility(source: KeypointTensors, driving: KeypointTensors) -> Tensor:
    """1 − S_source · (1 − S_driving), S the share of all segments: the source's foreground hides its background.

    The driving's share is detached: hiding must not teach the segmentation where to be.
    """
    assert source.segmentation is not None
    assert driving.segmentation is not None
    own = source.segmentation[:, 1:].sum(1, keepdim=True)
    return 1 - own * (1 - driving.segmentation[:, 1:].sum(1, keepdim=True).detach())


def segment_mask(segmentation: Tensor, segments: Sequence[int], hard: bool = False) -> Tensor:
    """The mask (N, 1, h, w) of chosen segments, 0 the background; `hard`: 1 above a half, else 0."""
    mask = segmentation[:, list(segments)].sum(1, keepdim=True)
    return (mask > 0.5).to(mask.dtype) if hard else mask


def _at_size(mask: Tensor, height: int, width: int) -> Tensor:
    """A mask reduced to the features' size with FOMM's anti-aliasing, or stretched to it."""
    if mask.shape[2:] == (height, width):
        return mask
    if mask.shape[2] < height:
        return F.interpolate(mask, size=(height, width), mode="bilinear")
    kernel = blur_kernel(height / mask.shape[2]).to(mask)
    blurred = F.conv2d(mask, kernel, padding=kernel.shape[-1] // 2)
    return F.interpolate(blurred, size=(height, width))
