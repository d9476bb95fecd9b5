"""Motion-supervised co-part segmentation (Siarohin et al. 2020, arXiv 2004.03234).

Each segment has an affine motion. The segmentation itself weights these motions, so that the dense motion needs no
network of its own, and the visibility of the background is computed from the segmentation. Part swap puts chosen
segments of a source onto a target picture. A FOMM-style checkpoint has FOMM's dense motion network and occlusion
instead of the computed ones.

`encode` runs once per picture, `detect`, `render` and `swap` once per frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from typing_extensions import override

from puppet.models.base import Channels, KeypointTensors, MotionModel, Parts, Positive, repeat_to
from puppet.models.blocks import (
    Hourglass,
    HourglassConfig,
    ResidualConfig,
    blend_motions,
    blur_kernel,
    downscale_layer,
    expected_matrices,
    expected_points,
    heatmaps_from,
    part_motions,
)
from puppet.models.fomm import DenseMotion, DenseMotionConfig, Generator, SourceCode, matrix_head

_PAD = 3  # unlike in FOMM's detector, the final 7 × 7 convolutions keep the size


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationConfig(HourglassConfig):
    """`segmentation_module_params` of the original YAML; `temperature` is that of the heatmaps' softmax."""

    temperature: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstructionConfig(ResidualConfig):
    """`reconstruction_module_params`.

    Attributes:
        estimate_visibility: multiply the warped features with a visibility map.
        dense_motion_params: network of a FOMM-style checkpoint; None computes masks and visibility from the segments.
    """

    estimate_visibility: bool = False
    dense_motion_params: DenseMotionConfig | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CosegConfig:
    """`model_params` of the original YAML; the first three keys are its `common_params`."""

    num_segments: Parts
    num_channels: Channels = 3
    estimate_affine_part: bool = False
    segmentation_module_params: SegmentationConfig
    reconstruction_module_params: ReconstructionConfig


class CoSegmentationModel(MotionModel):
    """The complete model: segmentation and reconstruction."""

    family = "coseg"

    def __init__(self, config: CosegConfig) -> None:
        super().__init__()
        self.config = config
        self.segmentation_module = SegmentationModule(config)
        self.reconstruction_module = ReconstructionModule(config)

    @override
    def detect(self, images: Tensor) -> KeypointTensors:
        keypoints: KeypointTensors = self.segmentation_module(images)
        return keypoints

    @override
    def encode(self, source: Tensor) -> SourceCode:
        return self.reconstruction_module.source_code(source)

    @override
    def motion(self, code: SourceCode, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        return self.reconstruction_module.motion(code.small, source, driving)

    @override
    def generate(
        self, code: SourceCode, motion: DenseMotion, source: KeypointTensors, driving: KeypointTensors
    ) -> Tensor:
        generator = self.reconstruction_module
        return generator.decode(generator.warped(code.features, motion.deformation, motion.occlusion))

    def swap(
        self,
        code: SourceCode,
        target_code: SourceCode,
        source: KeypointTensors,
        target: KeypointTensors,
        mask: Tensor,
        source_mask: bool = False,
    ) -> Tensor:
        """Put parts of the source onto the target picture.

        Args:
            code: code of the source.
            target_code: code of the target, from `encode` too.
            source: keypoints of the source.
            target: keypoints of the target.
            mask: (N, 1, h, w) in [0, 1] of any size, 1 where the source is shown; from `segment_mask`, a face parser,
                landmark polygons or elsewhere.
            source_mask: the mask lies on the source picture and moves with it; otherwise it lies on the target's.

        Returns:
            (N, C, H, W) in [0, 1].
        """
        network, motion = self.reconstruction_module, self.motion(code, source, target)
        moved = network.warped(code.features, motion.deformation, motion.occlusion)
        mask = resize_mask(mask, moved.shape[2], moved.shape[3])
        mask = network.warped(mask, motion.deformation) if source_mask else repeat_to(mask, len(moved))
        return network.decode(repeat_to(target_code.features, len(moved)) * (1 - mask) + moved * mask)


class SegmentationModule(nn.Module):
    """Detector of segments, their points (`shift`) and affine motions."""

    def __init__(self, config: CosegConfig) -> None:
        super().__init__()
        own = config.segmentation_module_params
        self.temperature = own.temperature
        self.predictor = Hourglass(config.num_channels, own)
        features, segments = self.predictor.channels, config.num_segments
        self.shift = nn.Conv2d(features, segments, 7, padding=_PAD)
        self.affine = matrix_head(features, segments, _PAD) if config.estimate_affine_part else None
        self.segmentation = nn.Conv2d(features, segments + 1, 7, padding=_PAD)
        self.down = downscale_layer(config.num_channels, own.scale_factor)

    def forward(self, images: Tensor) -> KeypointTensors:
        """(N, C, H, W) -> keypoints; the segmentation has the hourglass's size."""
        features = self.predictor(self.down(images))
        heatmaps = heatmaps_from(self.shift(features), self.temperature)
        affine = None if self.affine is None else expected_matrices(heatmaps, self.affine(features))
        segmentation = torch.softmax(self.segmentation(features), 1)
        return KeypointTensors(expected_points(heatmaps), affine, segmentation=segmentation)


class ReconstructionModule(Generator):
    """Generator that warps its features by the segments' motions."""

    def __init__(self, config: CosegConfig) -> None:
        own = config.reconstruction_module_params
        super().__init__(
            config.num_segments, config.num_channels, own, own.dense_motion_params, own.estimate_visibility
        )
        self.estimate_visibility = own.estimate_visibility

    def motion(self, small: Tensor | None, source: KeypointTensors, driving: KeypointTensors) -> DenseMotion:
        """Compute the motion from the segments, or with FOMM's dense motion network from the `small` source picture."""
        if self.dense_motion_network is not None and small is not None:
            dense: DenseMotion = self.dense_motion_network(small, source, driving)
            return dense
        assert driving.segmentation is not None
        source = source.repeated(len(driving.points))
        motions = part_motions(source, driving, *driving.segmentation.shape[2:])
        occlusion = visibility(source, driving) if self.estimate_visibility else None
        return DenseMotion(blend_motions(motions, driving.segmentation), driving.segmentation, occlusion, motions)


def visibility(source: KeypointTensors, driving: KeypointTensors) -> Tensor:
    """Return 1 − S_source · (1 − S_driving), with S the sum of all segments: (N, 1, h, w).

    The source's foreground hides its background. The driving's share is detached: this term must not train the
    segmentation.
    """
    assert source.segmentation is not None
    assert driving.segmentation is not None
    own = source.segmentation[:, 1:].sum(1, keepdim=True)
    return 1 - own * (1 - driving.segmentation[:, 1:].sum(1, keepdim=True).detach())


def segment_mask(segmentation: Tensor, segments: Sequence[int], hard: bool = False) -> Tensor:
    """Return the mask (N, 1, h, w) of chosen segments (0 is the background); `hard` rounds it to 0 or 1."""
    mask = segmentation[:, list(segments)].sum(1, keepdim=True)
    return (mask > 0.5).to(mask.dtype) if hard else mask


def resize_mask(mask: Tensor, height: int, width: int) -> Tensor:
    """Downscale a mask to the features' size with FOMM's anti-aliasing, or upscale it."""
    if mask.shape[2:] == (height, width):
        return mask
    if mask.shape[2] < height:
        return F.interpolate(mask, size=(height, width), mode="bilinear")
    kernel = blur_kernel(height / mask.shape[2]).to(mask)
    blurred = F.conv2d(mask, kernel, padding=kernel.shape[-1] // 2)
    return F.interpolate(blurred, size=(height, width))
