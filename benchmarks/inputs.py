"""Inputs of the measurements: FOMM vox-256 with random weights, and frames of the bundled clip."""

from __future__ import annotations

from itertools import islice

import torch
from torch import nn

from puppet.cameras.opening import BUNDLED_CLIP
from puppet.domain import Picture
from puppet.media.video import VideoReader
from puppet.models.fomm import DenseMotionConfig, DetectorConfig, FirstOrderMotionModel, FommConfig, GeneratorConfig

_EVERY = 9  # frames: neighbours hardly differ


def vox256(width: int = 64, depth: int = 5) -> FommConfig:
    """Return the architecture of the released vox-256.

    Args:
        width: block_expansion of the generator; 64 in vox-256.
        depth: levels of the hourglasses; 5 in vox-256.
    """
    return FommConfig(
        num_kp=10,
        estimate_jacobian=True,
        kp_detector_params=DetectorConfig(
            temperature=0.1, block_expansion=width // 2, max_features=16 * width, scale_factor=0.25, num_blocks=depth
        ),
        generator_params=GeneratorConfig(
            block_expansion=width,
            max_features=8 * width,
            num_down_blocks=2,
            num_bottleneck_blocks=6,
            estimate_occlusion_map=True,
            dense_motion_params=DenseMotionConfig(
                block_expansion=width, max_features=16 * width, num_blocks=depth, scale_factor=0.25
            ),
        ),
    )


def random_fomm(config: FommConfig, pictures: list[Picture]) -> FirstOrderMotionModel:
    """Return a model of random weights that is as fast as a trained one.

    Its batch norms are calibrated on the pictures: without it features vanish layer by layer, and denormal numbers take
    longer to compute.
    """
    torch.manual_seed(0)
    model = FirstOrderMotionModel(config)
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None  # the mean over all pictures
    batch = torch.stack([as_tensor(picture)[0] for picture in pictures])
    model.train()
    with torch.no_grad():
        keypoints = model.detect(batch)
        model.render(model.encode(batch), keypoints, keypoints)
    return model.eval()


def as_tensor(picture: Picture) -> torch.Tensor:
    """Convert (S, S, 3) uint8 to (1, 3, S, S) float32 in [0, 1]."""
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255


def clip_frames(count: int) -> list[Picture]:
    """Read frames of the bundled clip, (720, 1280, 3) each, every ninth one. Raises MediaError."""
    with VideoReader(BUNDLED_CLIP) as reader:
        return [timed.picture for timed in islice(reader.pictures(), 0, count * _EVERY, _EVERY)]
