"""Random deformations of pictures for the equivariance loss: a small affine motion and a thin-plate spline.

FOMM (arXiv 2003.00196): keypoints of a deformed picture must be the deformed keypoints.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from puppet.models.blocks import coordinate_grid

_EPSILON = 1e-6  # keeps the spline's logarithm finite at its control points


@dataclass(frozen=True, slots=True)
class Deformation:
    """One deformation for each picture of a batch: z ↦ A z + t + Σ_i w_i r_i² log(r_i), the same sum for x and y.

    r_i is the city-block distance to the i-th of side² control points, as in the released code; a true thin-plate
    spline has the Euclidean one.

    Attributes:
        affine: (N, 2, 3): A and t.
        weights: (N, side²): w, row by row.
        side: of the square of control points, which spans [-1, 1]².
    """

    affine: Tensor
    weights: Tensor
    side: int

    @classmethod
    def drawn(
        cls, count: int, sigma_affine: float, sigma_tps: float, points_tps: int, random: torch.Generator | None = None
    ) -> Deformation:
        """Draw deformations around the identity; the sigmas are `transform_params` of the original YAML."""
        affine = torch.eye(2, 3) + sigma_affine * torch.randn(count, 2, 3, generator=random)
        return cls(affine, sigma_tps * torch.randn(count, points_tps**2, generator=random), points_tps)

    def to(self, device: torch.device) -> Deformation:
        """Return it on another device. It is drawn on the CPU, where the same seed always gives the same numbers."""
        return Deformation(self.affine.to(device), self.weights.to(device), self.side)

    def of(self, points: Tensor) -> Tensor:
        """Return points (N, P, 2), deformed."""
        straight = points @ self.affine[:, :, :2].transpose(1, 2) + self.affine[:, None, :, 2]
        distances = self._offsets(points).abs().sum(-1)
        bend = (self.weights[:, None] * distances**2 * torch.log(distances + _EPSILON)).sum(-1, keepdim=True)
        return straight + bend

    def jacobians(self, points: Tensor) -> Tensor:
        """Return the deformation's jacobians at points (N, P, 2): (N, P, 2, 2)."""
        offsets = self._offsets(points)
        r = offsets.abs().sum(-1)
        slope = self.weights[:, None] * (2 * r * torch.log(r + _EPSILON) + r**2 / (r + _EPSILON))
        bend = (slope[..., None] * offsets.sign()).sum(2)
        return self.affine[:, None, :, :2] + bend[:, :, None]

    def pictures(self, pictures: Tensor, padding: str) -> Tensor:
        """Sample pictures (N, C, H, W) at the deformed grid; `padding`: "reflection" (FOMM) or "border"."""
        height, width = pictures.shape[2:]
        grid = coordinate_grid(height, width, pictures).flatten(0, 1)
        places = self.of(grid.expand(len(pictures), -1, -1)).view(-1, height, width, 2)
        return F.grid_sample(pictures, places, padding_mode=padding, align_corners=True)

    def _offsets(self, points: Tensor) -> Tensor:
        """(N, P, side², 2): from every control point."""
        return points[:, :, None] - coordinate_grid(self.side, self.side, points).flatten(0, 1)
