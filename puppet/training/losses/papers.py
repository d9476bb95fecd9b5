"""What the three papers minimise, as functions of what their networks say; weights are the original YAML's.

Reconstruction: distances of perceptual features on a pyramid (FOMM and co-part segmentation), or of a discriminator's
features (Monkey-Net). Adversarial: least squares. Motion: equivariance under a known deformation, of FOMM's points
and jacobians, and the same of co-part segmentation's shift and affine part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.blocks import blur_kernel, inverse
from puppet.training.losses.deformation import Deformation


def pyramid(pictures: Tensor, scales: Iterable[float]) -> dict[float, Tensor]:
    """Pictures (N, C, H, W) at several scales, blurred before pixels are left out."""
    return {scale: pictures if scale == 1 else _reduced(pictures, scale) for scale in scales}


def perceptual(
    found: dict[float, Tensor],
    real: dict[float, Tensor],
    features: Callable[[Tensor], Sequence[Tensor]],
    weights: Sequence[float],
) -> Tensor:
    """Mean distances of features, summed over the scales of two pyramids and, weighted, over layers."""
    total = torch.zeros(())
    for scale, pictures in found.items():
        with torch.no_grad():
            wanted = features(real[scale])
        for weight, ours, theirs in zip(weights, features(pictures), wanted, strict=True):
            total = total + weight * (ours - theirs).abs().mean()
    return total


def feature_matching(found: Sequence[Tensor], real: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    """Weighted mean distances of a discriminator's maps of made and of real pictures."""
    distances = [weight * (a - b).abs().mean() for weight, a, b in zip(weights, found, real, strict=True)]
    return torch.stack(distances).sum()


def generator_gan(prediction: Tensor) -> Tensor:
    """Least squares: what was made should be taken for real, 1."""
    return ((1 - prediction) ** 2).mean()


def discriminator_gan(real: Tensor, found: Tensor) -> Tensor:
    """Least squares: the real is 1, what was made is 0."""
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


def _reduced(pictures: Tensor, scale: float) -> Tensor:
    channels, step = pictures.shape[1], int(1 / scale)
    kernel = blur_kernel(scale).to(pictures).repeat(channels, 1, 1, 1)
    blurred = F.conv2d(pictures, kernel, padding=kernel.shape[-1] // 2, groups=channels)
    return blurred[:, :, ::step, ::step]
