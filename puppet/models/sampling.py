"""Sampling square pictures: warps, aligned crops and their way back, kept to what every runtime computes quickly.

Coordinates are normalised, [-1, 1] from the first pixel's centre to the last one's (align_corners), x then y.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def sample(picture: Tensor, grid: Tensor) -> Tensor:
    """Backward warp with replicated border: picture (N, C, H, W), grid (N, h, w, 2) -> (N, C, h, w)."""
    return _grid_sample(picture, grid.clamp(-1, 1))


def enlarge(picture: Tensor) -> Tensor:
    """The picture with a new pixel between each two: (N, 3, 256, 256) -> (N, 3, 511, 511).

    Sampled bilinearly, a cubic enlargement keeps texture that the picture itself would lose, at no cost per frame.
    """
    large = F.interpolate(picture.float(), size=2 * picture.shape[-1] - 1, mode="bicubic", align_corners=True)
    return large.clamp(0, 1)  # cubic interpolation overshoots


def crop(picture: Tensor, theta: Tensor, side: int) -> Tensor:
    """The aligned crop (N, C, side, side) that `theta` (N, 2, 3) maps into the picture."""
    return sample(picture, _affine_grid(theta, side))


def paste(patches: list[Tensor], windows: list[Tensor], size: int) -> Tensor:
    """The inverse of `crop` for several patches at once: each at its place in an otherwise zero (N, C, size, size).

    The patches are stacked into one picture, so that one sampling serves all; where windows overlap, a place belongs to
    the one whose middle is nearer.

    Args:
        patches: (N, C, s, s) each, zero at their edges.
        windows: (N, 2, 3) each: where `crop` cut them.
        size: of the picture.
    """
    height = sum(patch.shape[-1] for patch in patches)
    stacked = torch.cat([F.pad(patch, (0, height - patch.shape[-1])) for patch in patches], 2)
    grid = torch.cat([identity_grid(size, stacked), stacked.new_ones(1, size, size, 1)], 3)
    inverses, places, top = [], [], 0
    for patch, window in zip(patches, windows, strict=True):
        side = patch.shape[-1]
        inverse = _inverse(window)
        inverses.append(inverse)
        # From the patch's [-1, 1]² to where it lies in the stack's.
        shrink, shift = (side - 1) / (height - 1), 2 * top / (height - 1)
        corner = stacked.new_tensor([[0.0, 0.0, shrink - 1], [0.0, 0.0, shrink - 1 + shift]])
        places.append(shrink * inverse + corner)
        top += side
    # Rows of one product, each contiguous: elementwise work on interleaved coordinates would cost more than sampling.
    rows = torch.cat([*inverses, *places], 1) @ grid.reshape(size * size, 3).T
    count = len(patches)
    distance = [rows[:, 2 * i : 2 * i + 2].abs().amax(1, keepdim=True) for i in range(count)]
    place, nearest = rows[:, 2 * count : 2 * count + 2], distance[0]
    for i in range(1, count):
        place = torch.where(distance[i] < nearest, rows[:, 2 * (count + i) : 2 * (count + i) + 2], place)
        nearest = torch.minimum(distance[i], nearest)
    place = torch.where(nearest <= 1, place, 3.0)
    return _grid_sample(stacked, place.transpose(1, 2).reshape(-1, size, size, 2))


def _inverse(affine: Tensor) -> Tensor:
    """The inverse (N, 2, 3) of affine maps of the plane."""
    a, b, c, d = affine[:, 0, 0], affine[:, 0, 1], affine[:, 1, 0], affine[:, 1, 1]
    adjugate = torch.stack([torch.stack([d, -b], 1), torch.stack([-c, a], 1)], 1)
    matrix = adjugate / (a * d - b * c)[:, None, None]
    return torch.cat([matrix, -(matrix @ affine[:, :, 2:])], 2)


def _grid_sample(picture: Tensor, grid: Tensor) -> Tensor:
    """grid_sample(align_corners=True) of a square, zeros outside; as False, at which ONNX Runtime is 3 times faster."""
    scale = (picture.shape[-1] - 1) / picture.shape[-1]
    return F.grid_sample(picture, (grid * scale).to(picture.dtype), padding_mode="zeros", align_corners=False)


def identity_grid(side: int, like: Tensor) -> Tensor:
    """(1, side, side, 2): every place's own coordinates, on the device of `like`."""
    line = torch.linspace(-1, 1, side, device=like.device)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1)[None]


def displaced(displacement: Tensor) -> Tensor:
    """The grid (N, s, s, 2) that samples at a displacement (N, 2, s, s) from every place."""
    return identity_grid(displacement.shape[-1], displacement) + displacement.float().permute(0, 2, 3, 1)


def _affine_grid(theta: Tensor, side: int) -> Tensor:
    grid = identity_grid(side, theta).reshape(1, side * side, 2)
    homogeneous = torch.cat([grid, torch.ones_like(grid[..., :1])], 2)
    return (homogeneous @ theta.transpose(1, 2)).reshape(-1, side, side, 2)
