"""Detail networks of the `face` model, and the aligned crops of mouth and eyes that they correct.

Shapes and coordinates are those of puppet.models.face; a crop is finer than the model's square.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.geometry.crop import FINE_SIZE, MODEL_SIZE
from puppet.models.blocks import inverse
from puppet.models.sampling import affine_grid, sample, sample_cubic
from puppet.models.unet import UNet, conv_block, down_layers, up_layers

_TO_FINE = FINE_SIZE / (FINE_SIZE - 1) * (MODEL_SIZE - 1) / MODEL_SIZE  # -1 and 1 are the outermost pixels' centres
_AROUND = 1.5  # side of the pixels around a crop, in sides of the crop; a multiple of a half
_INPUTS = 3 + 5 + 2


class DetailNetwork(UNet):
    """Small U-Net on one aligned crop: a gated correction to the warped picture, zero where no shape changed.

    The U-Net works at half the crop's size; one more level gives the correction its fine detail, and takes the warped
    detail back where it is wrong.
    """

    def __init__(self, widths: tuple[int, ...] = (32, 48, 80, 112), fine: int = 16) -> None:
        """`widths` are the channels at half the crop's side, a quarter of it, and so on; `fine`: at the full side."""
        stem, down, up = conv_block(_INPUTS, widths[0], 3), down_layers(widths), up_layers(widths)
        super().__init__(stem, down, up, [conv_block(2 * width, width, 3) for width in reversed(widths[:-1])])
        self.out = nn.Conv2d(widths[0], 4, 3, padding=1)
        nn.init.normal_(self.out.weight, std=1e-3)
        self.out.bias = nn.Parameter(torch.zeros(4))
        self.fine_stem, self.fine_up = conv_block(_INPUTS, fine, 3), conv_block(widths[0], fine, 1)
        self.fine_mix = conv_block(fine, fine, 3)
        # Training starts from the U-Net's correction alone.
        self.fine_out = nn.Conv2d(fine, 5, 1)
        nn.init.zeros_(self.fine_out.weight)
        self.fine_out.bias = nn.Parameter(torch.tensor([0.0, 0.0, 0.0, 0.0, -4.0]))

    def forward(self, warped: Tensor, own: Tensor, shape: Tensor) -> Tensor:
        """Return the correction (N, 3, s, s).

        Args:
            warped: (N, 3, s, s), the crop of the warped picture.
            own: (N, 5, s, s), the portrait's crop and its drawn shape.
            shape: (N, 2, s, s), the drawn driving shape.
        """
        x = torch.cat([warped - 0.5, own[:, :3] - 0.5, own[:, 3:], shape], 1)
        half = self.features(F.avg_pool2d(x, 2))
        fine = self.fine_mix(self.fine_stem(x) + F.interpolate(self.fine_up(half), scale_factor=2.0))
        coarse, fine = self.out(half).float(), self.fine_out(fine).float()
        # Parted before it is enlarged, so that int8 leaves this head at fp32.
        added, gate = _twice(coarse[:, :3]) + fine[:, :3], (_twice(coarse[:, 3:]) + fine[:, 3:4]).sigmoid()
        taken = fine[:, 4:].sigmoid() * (_twice(F.avg_pool2d(warped, 2)) - warped)
        correction: Tensor = (gate * added + taken) * (_fade(own[:, 3:], shape) * _window(shape))
        return correction


def fine_crops(
    fine: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return the last six fields of FaceCode; the arguments are those of FaceModel.encode."""
    own = torch.cat([fine_crop(fine, mouth, mouth_lips.shape[-1]), mouth_lips], 1)
    pixels, place = _surroundings(fine, mouth, mouth_lips.shape[-1])
    side, both = eye_lids.shape[-1], (0, 1)
    own_eyes = [torch.cat([fine_crop(fine, eyes[:, eye], side), eye_lids[:, eye]], 1) for eye in both]
    around = [_surroundings(fine, eyes[:, eye], side) for eye in both]
    eyes_pixels, eyes_place = (torch.stack([found[i] for found in around], 1) for i in (0, 1))
    return own, torch.stack(own_eyes, 1), pixels, place, eyes_pixels, eyes_place


def fine_crop(fine: Tensor, theta: Tensor, side: int, flow: Tensor | None = None) -> Tensor:
    """Return a crop of a fine square, or of the square that a flow moves, sampled cubically: (N, 3, side, side).

    Args:
        fine: (N, 3, 512, 512).
        theta: (N, 2, 3): place of the crop, in coordinates of the square at 256 pixels.
        side: of the crop in pixels.
        flow: (N, 2, 128, 128): backward displacement of the square.
    """
    at = affine_grid(theta, side)
    if flow is not None:
        at = at + sample(flow, at).float().permute(0, 2, 3, 1)
    return sample_cubic(fine, at * _TO_FINE)


def moved_crop(pixels: Tensor, place: Tensor, theta: Tensor, flow: Tensor, side: int) -> Tensor:
    """Return what `fine_crop` does, from pixels (N, 3, w, w) at `place`, both of `fine_crops`."""
    grid = affine_grid(theta, side)
    at = grid + sample(flow, grid).float().permute(0, 2, 3, 1)
    rows = at.reshape(-1, side * side, 2) @ place[:, :, :2].transpose(1, 2) + place[:, :, 2][:, None]
    return sample(pixels, rows.reshape(-1, side, side, 2))


def _surroundings(fine: Tensor, theta: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """Return the pixels around an aligned crop, enlarged, and the affine from the picture's coordinates to theirs."""
    around = torch.cat([theta[:, :, :2] * _AROUND, theta[:, :, 2:]], 2)
    matrix = inverse(around[:, :, :2])
    place = torch.cat([matrix, -(matrix @ around[:, :, 2:])], 2)
    return fine_crop(fine, around, int(2 * _AROUND) * side), place


def _twice(maps: Tensor) -> Tensor:
    """Return maps of twice the size, interpolated; the inverse of averaging, but for detail."""
    return F.interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)


def _fade(own: Tensor, shape: Tensor) -> Tensor:
    """Return 0 where the drawn shape did not change, so that a still face is copied exactly, up to 1 where it did."""
    change = (own - shape).abs().mean((1, 2, 3), keepdim=True)
    return (25 * change - 0.1).clamp(0, 1)


def _window(like: Tensor) -> Tensor:
    """Return a window that is 1 inside and falls to 0 at the crop's edge, to avoid seams."""
    line = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    edge = ((1 - line.abs()) * 4).clamp(0, 1)
    return (edge[:, None] * edge[None, :])[None, None]
