"""Losses of the papers as functions of pictures, features and keypoints; weights are those of the original YAML.

Reconstruction: distances of perceptual features on a pyramid (FOMM and co-part segmentation), or of a discriminator's
features (Monkey-Net). Adversarial: least squares (LSGAN, arXiv 1611.04076). Motion: equivariance under a known
deformation, of FOMM's points and jacobians, and of co-part segmentation's shift and affine part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.blocks import blur_kernel, inverse
from puppet.training.losses.random_deformation import Deformation
from puppet.training.losses.vgg import Vgg


def pyramid(pictures: Tensor, scales: Iterable[float]) -> dict[float, Tensor]:
    """Return pictures (N, C, H, W) by scale, blurred before they are reduced."""
    return {scale: pictures if scale == 1 else _reduced(pictures, scale) for scale in scales}


def perceptual(
    vgg: Vgg,
    found: Tensor,
    real: Tensor,
    weights: Mapping[str, float],
    *,
    normalised: bool = False,
    where: Tensor | None = None,
) -> Tensor:
    """Mean absolute difference of VGG's features (Johnson et al., arXiv 1603.08155), a scalar.

    Args:
        vgg: the features.
        found: rendered pictures (N, 3, h, w) in [0, 1].
        real: the true ones; no gradient flows into them.
        weights: name of a feature -> its weight, finest first.
        normalised: features are divided by their root mean square at each place, so that every layer counts alike.
        where: (N or 1, 1, h, w): weight of each place; None: all alike.
    """
    with torch.no_grad():
        wanted = vgg(real, tuple(weights))
    total = torch.zeros((), device=found.device)
    for weight, ours, theirs in zip(weights.values(), vgg(found, tuple(weights)), wanted, strict=True):
        if normalised:
            ours, theirs = _normalised(ours.float()), _normalised(theirs.float())
        difference = (ours - theirs).abs()
        if where is not None:
            places = F.interpolate(where, size=difference.shape[-2:], mode="area")
            difference = difference.mean(1, keepdim=True) * places
        total = total + weight * difference.mean()
    return total


def feature_matching(found: Sequence[Tensor], real: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Weighted sum of the mean distances between a discriminator's maps of rendered and of real pictures."""
    distances = [weight * (a - b).abs().mean() for weight, a, b in zip(weights, found, real, strict=True)]
    return torch.stack(distances).sum()


def generator_gan(prediction: Tensor) -> Tensor:
    """Least squares: distance of the rendered picture's classification from 1, real."""
    return ((1 - prediction) ** 2).mean()


def discriminator_gan(real: Tensor, found: Tensor) -> Tensor:
    """Least squares: real pictures are 1, rendered ones 0."""
    return ((1 - real) ** 2 + found**2).mean()


def equivariance_of_points(points: Tensor, deformed: Tensor, deformation: Deformation) -> Tensor:
    """‖p(X) − T(p(T(X)))‖: points (N, K, 2) of pictures, and of the pictures that `deformation` sampled from them."""
    return (points - deformation.of(deformed)).abs().mean()


def equivariance_of_jacobians(
    jacobians: Tensor, deformed: Tensor, deformed_points: Tensor, deformation: Deformation
) -> Tensor:
    """‖1 − A⁻¹ B C‖, A = J(X), B = the deformation's own jacobian, C = J(T(X)); all (N, K, 2, 2)."""
    product = inverse(jacobians) @ deformation.jacobians(deformed_points) @ deformed
    return (torch.eye(2).to(product) - product).abs().mean()


def _normalised(features: Tensor) -> Tensor:
    return features / (features.pow(2).mean(1, keepdim=True).sqrt() + 0.1)


def _reduced(pictures: Tensor, scale: float) -> Tensor:
    channels, step = pictures.shape[1], int(1 / scale)
    kernel = blur_kernel(scale).to(pictures).repeat(channels, 1, 1, 1)
    blurred = F.conv2d(pictures, kernel, padding=kernel.shape[-1] // 2, groups=channels)
    return blurred[:, :, ::step, ::step]
