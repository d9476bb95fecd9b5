"""The `face` model: explicit landmarks inside First Order Motion Model's structure (arXiv 2003.00196).

FOMM predicts keypoints and a local motion around each; here the landmark mesh gives both. What is kept is what comes
after: masks that choose between candidate motions at every place, a backward flow, and a generator for what no warp can
know. That is split in two: `MotionNetwork` (where does every pixel come from) and a `DetailNetwork` for the aligned
mouth and one for the eyes (interior of the mouth, teeth, lids). What landmarks do not tell of shoulders, hair and a
moving camera, a `BodyDetector` sees by itself. `encode` runs once per portrait, the rest once per frame.

Shapes: N batch, pictures (N, 3, 256, 256) in [0, 1]; the rasterised maps are those of puppet.geometry.face_mesh,
with a batch axis.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.domain import BODY_KEYPOINTS
from puppet.models.blocks import Hourglass, HourglassConfig, expected_points, gaussians, heatmaps_from
from puppet.models.sampling import crop, displaced, enlarge, identity_grid, paste, sample

SIZE = 256
FEATURES = 16
"""Channels of the source features; channel 0 is trained to be the logit of the person's silhouette."""
MOTIONS = 4
"""Candidate motions: the mesh, the head, the body, the still background."""
_HOMES = (
    *((0.0, -0.78), (-0.45, -0.5), (0.45, -0.5)),  # hair
    *((-0.38, 0.42), (0.38, 0.42), (-0.7, 0.72), (0.7, 0.72), (0.0, 0.8)),  # neck, shoulders, chest
    *((-0.78, -0.35), (0.78, -0.35)),  # what is behind
)
"""Where each of the body's keypoints is looked for first, in a square that frames a face."""
_HOME_REACH, _TEMPERATURE, _NEVER = 0.3, 0.1, 1e3
_BODY_REACH = 0.25  # standard deviation of how far around itself a keypoint of the body counts, normalised
_BODY_VARIANCE = 0.01  # of the gaussians that show where it is, as in FOMM
_ANSWERS = (MOTIONS, 2, 1, BODY_KEYPOINTS)
"""Channels of the motion network's answer: masks, residual flow, occlusion, which of the body's keypoints counts."""
_FLOW_BOUND = 0.15  # how far the predicted residual flow may go, normalised: 19 px of 256


class FaceMaps(NamedTuple):
    """puppet.geometry.face_mesh.Maps as tensors with a batch axis."""

    mesh: Tensor
    head: Tensor
    shape: Tensor
    mouth: Tensor
    mouth_lips: Tensor
    eyes: Tensor
    eye_lids: Tensor


class FaceBody(NamedTuple):
    """The body's keypoints (N, BODY_KEYPOINTS, 2) in the source and in the driving picture, normalised.

    Where nothing is known of them both are the same: the networks were trained for that, too.
    """

    source: Tensor
    driving: Tensor


class FaceCode(NamedTuple):
    """What is kept of a portrait.

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
        masks: (N, 4, 64, 64): shares of the candidate motions.
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
        self.body = BodyDetector()
        self.mouth = DetailNetwork()
        self.eyes = DetailNetwork()

    def encode(self, picture: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor) -> FaceCode:
        """Analyse a source picture; the other arguments are its own `facemesh.Details`."""
        own_mouth = torch.cat([crop(picture, mouth, mouth_lips.shape[-1]), mouth_lips], 1)
        own_eyes = [torch.cat([crop(picture, eyes[:, i], eye_lids.shape[-1]), eye_lids[:, i]], 1) for i in range(2)]
        features = self.encoder(picture)
        background = paint_over(picture, features)
        return FaceCode(enlarge(picture), background, features, own_mouth, torch.stack(own_eyes, 1))

    def find_body(self, pictures: tuple[Tensor, Tensor], faces: tuple[Tensor, Tensor]) -> FaceBody:
        """What is seen besides the landmarks.

        Args:
            pictures: source and driving, (N, 3, 256, 256).
            faces: where the face is in each, (N, 1, 64, 64): puppet.geometry.face_mesh.region.
        """
        source_body, driving_body = self.body(torch.cat(pictures), torch.cat(faces)).chunk(2)
        return FaceBody(source_body, driving_body)

    def render(self, code: FaceCode, maps: FaceMaps, body: FaceBody) -> Tensor:
        """The moved picture (N, 3, 256, 256)."""
        motion = self.motion(code.features, maps, body)
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
        eyes = paste([right, left.flip(3)], [maps.eyes[:, 0], maps.eyes[:, 1]], SIZE)
        return (warped + paste([mouth], [maps.mouth], SIZE) + eyes).clamp(0, 1)


class SourceEncoder(nn.Module):
    """Features of the source that tell head, hair, body and background apart. Runs once per portrait."""

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


class BodyDetector(nn.Module):
    """FOMM's keypoint detector, on small pictures, with a home for every keypoint and none in the face.

    What it looks for it is taught by `MotionNetwork` alone. Left to itself it gathers in the face, which the mesh moves
    better; so no heatmap is warm there, and each only around its home.
    """

    def __init__(self) -> None:
        """Random weights, but for the last: training starts from keypoints at their homes, which nothing moves."""
        super().__init__()
        self.predictor = Hourglass(3, HourglassConfig(block_expansion=12, max_features=96, num_blocks=4))
        self.kp = nn.Conv2d(self.predictor.channels, BODY_KEYPOINTS, 7, padding=3)
        for weights in self.kp.parameters():
            nn.init.zeros_(weights)

    def forward(self, picture: Tensor, face: Tensor) -> Tensor:
        """Keypoints (N, BODY_KEYPOINTS, 2), normalised.

        Args:
            picture: (N, 3, 256, 256) in [0, 1], or a fraction of that size, down to 64.
            face: (N, 1, 64, 64): puppet.geometry.face_mesh.region.
        """
        small = F.avg_pool2d(picture, picture.shape[-1] // face.shape[-1])
        logits = self.kp(self.predictor(small)).float()
        away = _around(logits.new_tensor(_HOMES)[None], logits.shape[-1], _HOME_REACH)
        # Hardly anything near its home, and a wall twice as far out.
        allowed = -2 * away**2 - _NEVER * face
        return expected_points(heatmaps_from(logits + _TEMPERATURE * allowed, _TEMPERATURE))


class MotionNetwork(nn.Module):
    """FOMM's dense motion network (eq. 4) over explicit candidates: masks, a bounded residual flow, occlusion."""

    def __init__(self, widths: tuple[int, ...] = (48, 64, 96, 128)) -> None:
        """`widths`: channels at sides 64, 32, 16 and 8."""
        super().__init__()
        self.stem = _conv(MOTIONS * FEATURES + 2 * (MOTIONS - 1) + 2 + BODY_KEYPOINTS, widths[0], 3)
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList([nn.Sequential(_conv(a, b, 3, 2), _conv(b, b, 3)) for a, b in pairs])
        self.up = nn.ModuleList([_conv(b, a, 3) for a, b in reversed(pairs)])
        self.out = nn.Conv2d(widths[0], sum(_ANSWERS), 3, padding=1)
        # Training starts from the plain mesh, which is already a good picture.
        self.out.weight = nn.Parameter(torch.zeros_like(self.out.weight))
        bias = torch.zeros(sum(_ANSWERS))
        bias[0] = bias[MOTIONS + 2] = 3.0  # the mesh's mask; occlusion
        self.out.bias = nn.Parameter(bias)

    def forward(self, features: Tensor, maps: FaceMaps, body: FaceBody) -> FaceMotion:
        """Choose the motion everywhere; see `FaceMotion`."""
        side = features.shape[-1]
        mesh, head, shape = (
            F.interpolate(field, size=side, mode="bilinear", align_corners=True)
            for field in (maps.mesh, maps.head, maps.shape)
        )
        around, shifts = _around(body.driving, side, _BODY_REACH), body.source - body.driving
        nearest = _shifted(around, shifts)
        seen = [features, *(sample(features, displaced(motion)) for motion in (mesh, head, nearest))]
        shown = gaussians(body.driving, side, side, _BODY_VARIANCE) - gaussians(body.source, side, side, _BODY_VARIANCE)
        x = self.stem(torch.cat([*seen, 5 * mesh, 5 * head, 5 * nearest, shape, shown], 1))
        skips = []
        for layer in self.down:
            skips.append(x)
            x = layer(x)
        for layer, skip in zip(self.up, reversed(skips), strict=True):
            x = skip + F.interpolate(layer(x), scale_factor=2.0)
        choice, correction, shows, belongs = self.out(x).float().split(_ANSWERS, 1)
        # Without motion nothing is corrected and nothing uncovered: the picture is copied exactly.
        moving = (25 * (head.abs() + nearest.abs()).mean((1, 2, 3), keepdim=True)).clamp(0, 1)
        # Where the mesh draws the face nothing stands still and no background shows, whatever the networks believe.
        outside = F.max_pool2d(1 - shape[:, :1], 3, 1, 1)
        masks = choice.softmax(1)
        masks = torch.cat([masks[:, :2], masks[:, 2:] * outside], 1)
        masks = masks / masks.sum(1, keepdim=True)
        residual = _FLOW_BOUND * moving * correction.tanh()
        occlusion = 1 - moving * outside * (-shows).sigmoid()
        smooth = residual + masks[:, 2:3] * _shifted(around + belongs, shifts)
        flow = self._flow(masks, smooth, maps.mesh, maps.head)
        grid = displaced(F.interpolate(flow, size=SIZE, mode="bilinear", align_corners=True))
        return FaceMotion(grid, flow, masks, residual, occlusion)

    def _flow(self, masks: Tensor, smooth: Tensor, mesh: Tensor, head: Tensor) -> Tensor:
        shares = torch.cat([masks[:, :2], smooth], 1)
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
    return sample(picture, displaced(F.interpolate(mesh, size=SIZE, mode="bilinear", align_corners=True)))


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _around(points: Tensor, side: int, reach: float) -> Tensor:
    """Logarithms (N, K, side, side) of gaussians around points (N, K, 2), `reach` being their standard deviation."""
    away = identity_grid(side, points)[:, None] - points[:, :, None, None]
    return -(away**2).sum(-1) / (2 * reach**2)


def _shifted(logits: Tensor, shifts: Tensor) -> Tensor:
    """The displacement (N, 2, h, w) where every place takes the shifts (N, K, 2) by the shares of its logits."""
    shares = logits.softmax(1).flatten(2).transpose(1, 2)
    return (shares @ shifts).transpose(1, 2).reshape(-1, 2, *logits.shape[2:])


def _fade(own: Tensor, shape: Tensor) -> Tensor:
    """0 where the drawn shape did not change, so that a still face is copied exactly; 1 from a clear change on."""
    change = (own - shape).abs().mean((1, 2, 3), keepdim=True)
    return (25 * change - 0.1).clamp(0, 1)


def _window(like: Tensor) -> Tensor:
    """1 inside, falling to 0 at the crop's edge, so that no seam can show."""
    line = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    edge = ((1 - line.abs()) * 4).clamp(0, 1)
    return (edge[:, None] * edge[None, :])[None, None]
