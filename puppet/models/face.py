"""The `face` model: explicit landmarks inside First Order Motion Model's structure (arXiv 2003.00196).

FOMM predicts keypoints and a local motion around each; here the landmark mesh gives both. What is kept is what comes
after: masks that choose between candidate motions at every place, a backward flow, and a generator for what no warp can
know. That is split in two: `MotionNetwork` (where does every pixel come from) and a `DetailNetwork` for the aligned
mouth and one for the eyes (interior of the mouth, teeth, lids). `encode` runs once per avatar, `render` once per frame.

Shapes: N batch, pictures (N, 3, 256, 256) in [0, 1]; the drawn maps are those of puppet.facemesh with a batch axis.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 256
FEATURES = 16
"""Channels of the source features; channel 0 is trained to be the logit of the person's silhouette."""
MOTIONS = 3
"""Candidate motions: the mesh, the head, the still background."""
_FLOW_BOUND = 0.15  # how far the predicted residual flow may go, normalised: 19 px of 256


class FaceMaps(NamedTuple):
    """puppet.facemesh.Maps as tensors with a batch axis."""

    mesh: Tensor
    head: Tensor
    shape: Tensor
    mouth: Tensor
    mouth_lips: Tensor
    eyes: Tensor
    eye_lids: Tensor


class FaceCode(NamedTuple):
    """What is kept of an avatar.

    Attributes:
        picture: (N, 3, 511, 511): enlarged, see `enlarge`.
        background: (N, 3, 256, 256): the picture with the person painted over from around, for what is uncovered.
        features: (N, 16, 64, 64).
        mouth: (N, 5, 64, 64): its own aligned mouth crop and lips.
        eyes: (N, 2, 5, 48, 48): its own aligned eye crops and lids.
    """

    picture: Tensor
    background: Tensor
    features: Tensor
    mouth: Tensor
    eyes: Tensor


@dataclass(frozen=True, slots=True)
class FaceMotion:
    """What MotionNetwork says.

    Attributes:
        grid: (N, 256, 256, 2): where to sample the source.
        flow: (N, 2, 128, 128): the same as a displacement.
        masks: (N, 3, 64, 64): shares of the candidate motions.
        residual: (N, 2, 64, 64): flow added to their mixture.
        occlusion: (N, 1, 64, 64) in [0, 1], FOMM's sense: how much of a place the source shows; the rest is background.
    """

    grid: Tensor
    flow: Tensor
    masks: Tensor
    residual: Tensor
    occlusion: Tensor


class FaceModel(nn.Module):
    """All networks of the pack."""

    def __init__(self) -> None:
        """Random weights."""
        super().__init__()
        self.encoder = SourceEncoder()
        self.motion = MotionNetwork()
        self.mouth = DetailNetwork()
        self.eyes = DetailNetwork()

    def encode(self, picture: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor) -> FaceCode:
        """Analyse a source picture; the other arguments are its own `facemesh.Details`."""
        own_mouth = torch.cat([crop(picture, mouth, mouth_lips.shape[-1]), mouth_lips], 1)
        own_eyes = [torch.cat([crop(picture, eyes[:, i], eye_lids.shape[-1]), eye_lids[:, i]], 1) for i in range(2)]
        features = self.encoder(picture)
        background = paint_over(picture, features)
        return FaceCode(enlarge(picture), background, features, own_mouth, torch.stack(own_eyes, 1))

    def render(self, code: FaceCode, maps: FaceMaps) -> Tensor:
        """The moved picture (N, 3, 256, 256)."""
        motion = self.motion(code.features, maps.mesh, maps.head, maps.shape)
        return self.add_details(move(code.picture, code.background, motion), code, maps)

    def add_details(self, warped: Tensor, code: FaceCode, maps: FaceMaps) -> Tensor:
        """Let the detail networks correct the warped picture inside their crops."""
        mouth = self.mouth(crop(warped, maps.mouth, maps.mouth_lips.shape[-1]), code.mouth, maps.mouth_lips)
        # The left eye is shown to the network mirrored, so that one network learns from both.
        side = maps.eye_lids.shape[-1]
        right, left = crop(warped, maps.eyes[:, 0], side), crop(warped, maps.eyes[:, 1], side).flip(3)
        own, lids = (torch.cat([eyes[:, 0], eyes[:, 1].flip(3)]) for eyes in (code.eyes, maps.eye_lids))
        right, left = self.eyes(torch.cat([right, left]), own, lids).chunk(2)
        # The mouth's window may overlap an eye's, so it is added by itself.
        eyes = paste([right, left.flip(3)], [maps.eyes[:, 0], maps.eyes[:, 1]])
        return (warped + paste([mouth], [maps.mouth]) + eyes).clamp(0, 1)


class SourceEncoder(nn.Module):
    """Features of the source that tell head, hair, body and background apart. Runs once per avatar."""

    def __init__(self) -> None:
        """Random weights."""
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 24, 5, 2), _conv(24, 40, 3, 2))
        self.down = nn.ModuleList([_conv(40, 64, 3, 2), _conv(64, 96, 3, 2), _conv(96, 128, 3, 2)])
        self.up = nn.ModuleList([_conv(128, 96, 3), _conv(96, 64, 3), _conv(64, 40, 3)])
        self.out = nn.Conv2d(40, FEATURES, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, 256, 256) in [0, 1] -> (N, 16, 64, 64)."""
        x = self.stem(picture - 0.5)
        skips = []
        for layer in self.down:
            skips.append(x)
            x = layer(x)
        for layer, skip in zip(self.up, reversed(skips), strict=True):
            x = skip + F.interpolate(layer(x), scale_factor=2.0)
        features: Tensor = self.out(x)
        return features


class MotionNetwork(nn.Module):
    """FOMM's dense motion network (eq. 4) over explicit candidates: masks, a bounded residual flow, occlusion."""

    def __init__(self, widths: tuple[int, ...] = (48, 64, 96, 128)) -> None:
        """`widths`: channels at sides 64, 32, 16 and 8."""
        super().__init__()
        self.stem = _conv(MOTIONS * FEATURES + 4 + 2, widths[0], 3)
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList([nn.Sequential(_conv(a, b, 3, 2), _conv(b, b, 3)) for a, b in pairs])
        self.up = nn.ModuleList([_conv(b, a, 3) for a, b in reversed(pairs)])
        self.out = nn.Conv2d(widths[0], MOTIONS + 2 + 1, 3, padding=1)
        # Training starts from the plain mesh, which is already a good picture.
        self.out.weight = nn.Parameter(torch.zeros_like(self.out.weight))
        self.out.bias = nn.Parameter(torch.tensor([3.0, 0.0, 0.0, 0.0, 0.0, 3.0]))

    def forward(self, features: Tensor, mesh: Tensor, head: Tensor, shape: Tensor) -> FaceMotion:
        """Choose the motion everywhere; see `FaceMotion`."""
        side = features.shape[-1]
        small = [F.interpolate(m, size=side, mode="bilinear", align_corners=True) for m in (mesh, head, shape)]
        seen = [features, sample(features, _move(small[0])), sample(features, _move(small[1]))]
        x = self.stem(torch.cat([*seen, 5 * small[0], 5 * small[1], small[2]], 1))
        skips = []
        for layer in self.down:
            skips.append(x)
            x = layer(x)
        for layer, skip in zip(self.up, reversed(skips), strict=True):
            x = skip + F.interpolate(layer(x), scale_factor=2.0)
        out = self.out(x).float()
        # Without motion nothing is corrected and nothing uncovered: the picture is copied exactly.
        moving = (25 * small[1].abs().mean((1, 2, 3), keepdim=True)).clamp(0, 1)
        # Where the mesh draws the face nothing stands still and no background shows, whatever the networks believe.
        outside = F.max_pool2d(1 - small[2][:, :1], 3, 1, 1)
        masks = out[:, :MOTIONS].softmax(1)
        masks = torch.cat([masks[:, :2], masks[:, 2:] * outside], 1)
        masks = masks / masks.sum(1, keepdim=True)
        residual = _FLOW_BOUND * moving * out[:, MOTIONS : MOTIONS + 2].tanh()
        occlusion = 1 - moving * outside * (-out[:, -1:]).sigmoid()
        flow = self._flow(masks, residual, mesh, head)
        grid = _move(F.interpolate(flow, size=SIZE, mode="bilinear", align_corners=True))
        return FaceMotion(grid, flow, masks, residual, occlusion)

    def _flow(self, masks: Tensor, residual: Tensor, mesh: Tensor, head: Tensor) -> Tensor:
        shares = torch.cat([masks[:, :2], residual], 1)
        large = F.interpolate(shares, size=mesh.shape[-1], mode="bilinear", align_corners=True)
        return large[:, 0:1] * mesh + large[:, 1:2] * head + large[:, 2:]


class DetailNetwork(nn.Module):
    """A small U-Net on one aligned crop: a gated correction to the warped picture, none where no shape changed."""

    def __init__(self, widths: tuple[int, ...] = (32, 48, 80, 112)) -> None:
        """`widths`: channels at the crop's side, half of it, and so on."""
        super().__init__()
        self.stem = _conv(3 + 5 + 2, widths[0], 3)
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList([nn.Sequential(_conv(a, b, 3, 2), _conv(b, b, 3)) for a, b in pairs])
        self.up = nn.ModuleList([_conv(b, a, 3) for a, b in reversed(pairs)])
        self.mix = nn.ModuleList([_conv(2 * a, a, 3) for a, _ in reversed(pairs)])
        self.out = nn.Conv2d(widths[0], 4, 3, padding=1)
        nn.init.normal_(self.out.weight, std=1e-3)
        self.out.bias = nn.Parameter(torch.zeros(4))

    def forward(self, warped: Tensor, own: Tensor, shape: Tensor) -> Tensor:
        """The correction (N, 3, s, s).

        Args:
            warped: (N, 3, s, s) the crop of the warped picture.
            own: (N, 5, s, s) the source's own crop and its drawn shape.
            shape: (N, 2, s, s) the drawn shape to reach.
        """
        x = self.stem(torch.cat([warped - 0.5, own[:, :3] - 0.5, own[:, 3:], shape], 1))
        skips = []
        for layer in self.down:
            skips.append(x)
            x = layer(x)
        for up, mix, skip in zip(self.up, self.mix, reversed(skips), strict=True):
            x = mix(torch.cat([skip, F.interpolate(up(x), scale_factor=2.0)], 1))
        out = self.out(x).float()
        gate = out[:, 3:].sigmoid() * _fade(own[:, 3:], shape) * _window(shape)
        correction: Tensor = out[:, :3] * gate
        return correction


def sample(picture: Tensor, grid: Tensor) -> Tensor:
    """Backward warp with replicated border: picture (N, C, H, W), grid (N, h, w, 2) -> (N, C, h, w)."""
    return _grid_sample(picture, grid.clamp(-1, 1))


def enlarge(picture: Tensor) -> Tensor:
    """The picture with a new pixel between each two: (N, 3, 256, 256) -> (N, 3, 511, 511).

    Sampled bilinearly, a cubic enlargement keeps texture that the picture itself would lose, at no cost per frame.
    """
    large = F.interpolate(picture.float(), size=2 * picture.shape[-1] - 1, mode="bicubic", align_corners=True)
    return large.clamp(0, 1)  # cubic interpolation overshoots


def paint_over(picture: Tensor, features: Tensor) -> Tensor:
    """The picture without the person, filled from around by a pyramid (push and pull): (N, 3, 256, 256).

    Args:
        picture: (N, 3, 256, 256).
        features: (N, 16, 64, 64) of SourceEncoder; the first tells the silhouette.
    """
    person = F.max_pool2d(features[:, :1].float().sigmoid(), 5, 1, 2)
    keep = (1 - 3 * F.interpolate(person, size=SIZE, mode="bilinear", align_corners=True)).clamp(0, 1)
    levels = [torch.cat([picture * keep, keep], 1)]
    while levels[-1].shape[-1] > 1:
        levels.append(F.avg_pool2d(levels[-1], 2))
    filled = _colour(levels.pop())
    for level in reversed(levels):
        coarse = F.interpolate(filled, scale_factor=2.0, mode="bilinear", align_corners=False)
        filled = coarse + (8 * level[:, 3:]).clamp(0, 1) * (_colour(level) - coarse)
    return filled


def _colour(level: Tensor) -> Tensor:
    return level[:, :3] / (level[:, 3:] + 1e-6)


def move(picture: Tensor, background: Tensor, motion: FaceMotion) -> Tensor:
    """What the motion makes of an enlarged picture, in front of the background it uncovers: (N, 3, 256, 256)."""
    visible = F.interpolate(motion.occlusion, size=SIZE, mode="bilinear", align_corners=True)
    return background + visible * (sample(picture, motion.grid) - background)


def warp_by_mesh(picture: Tensor, mesh: Tensor) -> Tensor:
    """What the plain mesh makes of a picture, without any network: picture (N, C, 256, 256), mesh (N, 2, 128, 128)."""
    return sample(picture, _move(F.interpolate(mesh, size=SIZE, mode="bilinear", align_corners=True)))


def crop(picture: Tensor, theta: Tensor, side: int) -> Tensor:
    """The aligned crop (N, C, side, side) that `theta` (N, 2, 3) maps into the picture."""
    return sample(picture, _affine_grid(theta, side))


def paste(patches: list[Tensor], windows: list[Tensor]) -> Tensor:
    """The inverse of `crop` for several patches at once: each at its place in an otherwise zero (N, C, 256, 256).

    The patches are stacked into one picture, so that one sampling serves all; where windows overlap, a place belongs to
    the one whose middle is nearer.

    Args:
        patches: (N, C, s, s) each, zero at their edges.
        windows: (N, 2, 3) each: where `crop` cut them.
    """
    height = sum(patch.shape[-1] for patch in patches)
    stacked = torch.cat([F.pad(patch, (0, height - patch.shape[-1])) for patch in patches], 2)
    grid = torch.cat([_identity_grid(SIZE, stacked), stacked.new_ones(1, SIZE, SIZE, 1)], 3)
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
    rows = torch.cat([*inverses, *places], 1) @ grid.reshape(SIZE * SIZE, 3).T
    count = len(patches)
    distance = [rows[:, 2 * i : 2 * i + 2].abs().amax(1, keepdim=True) for i in range(count)]
    place, nearest = rows[:, 2 * count : 2 * count + 2], distance[0]
    for i in range(1, count):
        place = torch.where(distance[i] < nearest, rows[:, 2 * (count + i) : 2 * (count + i) + 2], place)
        nearest = torch.minimum(distance[i], nearest)
    place = torch.where(nearest <= 1, place, 3.0)
    return _grid_sample(stacked, place.transpose(1, 2).reshape(-1, SIZE, SIZE, 2))


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


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _identity_grid(side: int, like: Tensor) -> Tensor:
    line = torch.linspace(-1, 1, side, device=like.device)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y], -1)[None]


def _move(displacement: Tensor) -> Tensor:
    return _identity_grid(displacement.shape[-1], displacement) + displacement.float().permute(0, 2, 3, 1)


def _affine_grid(theta: Tensor, side: int) -> Tensor:
    grid = _identity_grid(side, theta).reshape(1, side * side, 2)
    homogeneous = torch.cat([grid, torch.ones_like(grid[..., :1])], 2)
    return (homogeneous @ theta.transpose(1, 2)).reshape(-1, side, side, 2)


def _fade(own: Tensor, shape: Tensor) -> Tensor:
    """0 where the drawn shape did not change, so that a still face is copied exactly; 1 from a clear change on."""
    change = (own - shape).abs().mean((1, 2, 3), keepdim=True)
    return (25 * change - 0.1).clamp(0, 1)


def _window(like: Tensor) -> Tensor:
    """1 inside, falling to 0 at the crop's edge, so that no seam can show."""
    line = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    edge = ((1 - line.abs()) * 4).clamp(0, 1)
    return (edge[:, None] * edge[None, :])[None, None]
