"""The `face` model: the First Order Motion Model (arXiv 2003.00196) driven by face landmarks.

FOMM predicts keypoints and a local motion around each; here both come from the landmark mesh. As in FOMM, masks choose
between candidate motions at every pixel, the source is warped backward, and a generator adds what no warp can show.
`MotionNetwork` computes the warp; one `DetailNetwork` for the aligned mouth and one for the eyes correct the warped
picture (inside of the mouth, teeth, lids). `BodyDetector` finds keypoints of shoulders, hair and background, which have
no landmarks. `encode` runs once per portrait, everything else once per frame.

Shapes: N is the batch, pictures are (N, 3, 256, 256) in [0, 1]; the maps of puppet.geometry.face_mesh have a batch axis
here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.domain import BODY_KEYPOINTS
from puppet.models.blocks import Hourglass, HourglassConfig, expected_points, gaussians, heatmaps_from, layer_outputs
from puppet.models.sampling import crop, displaced, enlarge, identity_grid, paste, sample

SIZE = 256
FEATURES = 16
"""Channels of the source features; channel 0 is trained as the logit of the person's silhouette."""
MOTIONS = 4
"""Candidate motions: the mesh, the head, the body, the still background."""
_HOMES = (
    *((0.0, -0.78), (-0.45, -0.5), (0.45, -0.5)),  # hair
    *((-0.38, 0.42), (0.38, 0.42), (-0.7, 0.72), (0.7, 0.72), (0.0, 0.8)),  # neck, shoulders, chest
    *((-0.78, -0.35), (0.78, -0.35)),  # what is behind
)
"""Initial position of each body keypoint, in a square that frames a face."""
_HOME_REACH = 0.3  # standard deviation of a keypoint's distance from its initial position
_TEMPERATURE = 0.1  # of the heatmaps' softmax
_EXCLUDED = 1e3  # subtracted from logits inside the face
_BODY_REACH = 0.25  # standard deviation of the region that follows a body keypoint, normalised
_BODY_VARIANCE = 0.01  # of the Gaussians that the motion network takes, as in FOMM
_OUTPUTS = (MOTIONS, 2, 1, BODY_KEYPOINTS)
"""Channels of the motion network's output: masks, residual flow, occlusion, weights of the body keypoints."""
_MAX_RESIDUAL = 0.15  # bound of the residual flow, normalised: 19 px of 256


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
    """Body keypoints (N, BODY_KEYPOINTS, 2) in the source and in the driving picture, normalised.

    Unknown keypoints are equal in both; the networks were trained with such input, too.
    """

    source: Tensor
    driving: Tensor


class FaceCode(NamedTuple):
    """Precomputed tensors of a portrait.

    Attributes:
        picture: (N, 3, 511, 511), enlarged; see `enlarge`.
        background: (N, 3, 256, 256), the picture with the person painted over, shown where the person moves away.
        features: (N, 16, 64, 64), from SourceEncoder.
        mouth: (N, 5, 64, 64), the portrait's aligned mouth crop and lips.
        eyes: (N, 2, 5, 48, 48), the portrait's aligned eye crops and lids.
    """

    picture: Tensor
    background: Tensor
    features: Tensor
    mouth: Tensor
    eyes: Tensor


@dataclass(frozen=True, slots=True)
class FaceMotion:
    """Output of MotionNetwork.

    Attributes:
        grid: (N, 256, 256, 2), the source coordinates of every pixel.
        flow: (N, 2, 128, 128), the same as a displacement.
        masks: (N, 4, 64, 64), weights of the candidate motions.
        residual: (N, 2, 64, 64), flow added to their blend.
        occlusion: (N, 1, 64, 64) in [0, 1], FOMM's sense: share of a pixel that the source shows; the rest shows the
            background.
    """

    grid: Tensor
    flow: Tensor
    masks: Tensor
    residual: Tensor
    occlusion: Tensor


class FaceModel(nn.Module):
    """All networks of the pack."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = SourceEncoder()
        self.motion = MotionNetwork()
        self.body = BodyDetector()
        self.mouth = DetailNetwork()
        self.eyes = DetailNetwork()

    def encode(self, picture: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor) -> FaceCode:
        """Precompute the tensors of a source picture; the other arguments are its own face_mesh.Details."""
        own_mouth = torch.cat([crop(picture, mouth, mouth_lips.shape[-1]), mouth_lips], 1)
        own_eyes = [torch.cat([crop(picture, eyes[:, i], eye_lids.shape[-1]), eye_lids[:, i]], 1) for i in range(2)]
        features = self.encoder(picture)
        background = paint_over(picture, features)
        return FaceCode(enlarge(picture), background, features, own_mouth, torch.stack(own_eyes, 1))

    def find_body(self, pictures: tuple[Tensor, Tensor], faces: tuple[Tensor, Tensor]) -> FaceBody:
        """Detect the body keypoints of two pictures.

        Args:
            pictures: source and driving, (N, 3, 256, 256).
            faces: region of the face in each, (N, 1, 64, 64): puppet.geometry.face_mesh.region.
        """
        source_body, driving_body = self.body(torch.cat(pictures), torch.cat(faces)).chunk(2)
        return FaceBody(source_body, driving_body)

    def render(self, code: FaceCode, maps: FaceMaps, body: FaceBody) -> Tensor:
        """Render the portrait moved: (N, 3, 256, 256)."""
        motion = self.motion(code.features, maps, body)
        return self.add_details(move(code.picture, code.background, motion), code, maps)

    def add_details(self, warped: Tensor, code: FaceCode, maps: FaceMaps) -> Tensor:
        """Correct the warped picture with the detail networks, inside their crops."""
        mouth = self.mouth(crop(warped, maps.mouth, maps.mouth_lips.shape[-1]), code.mouth, maps.mouth_lips)
        # The network takes the left eye mirrored, so that it learns from both eyes.
        side = maps.eye_lids.shape[-1]
        right, left = crop(warped, maps.eyes[:, 0], side), crop(warped, maps.eyes[:, 1], side).flip(3)
        own, lids = (torch.cat([eyes[:, 0], eyes[:, 1].flip(3)]) for eyes in (code.eyes, maps.eye_lids))
        right, left = self.eyes(torch.cat([right, left]), own, lids).chunk(2)
        # The mouth's window may overlap an eye's, so it is pasted separately.
        eyes = paste([right, left.flip(3)], [maps.eyes[:, 0], maps.eyes[:, 1]], SIZE)
        return (warped + paste([mouth], [maps.mouth], SIZE) + eyes).clamp(0, 1)


class UNet(nn.Module):
    """Base of the U-Nets: layers that halve the size, layers whose output is upsampled and joined to the skip.

    Args:
        stem: first layer.
        down: layers that halve the size.
        up: layers before each upsampling, coarsest level first.
        mix: layers after the concatenation with the skip, coarsest level first; without them the skip is added.
    """

    def __init__(
        self, stem: nn.Module, down: list[nn.Module], up: list[nn.Module], mix: Sequence[nn.Module] = ()
    ) -> None:
        super().__init__()
        self.stem, self.down, self.up = stem, nn.ModuleList(down), nn.ModuleList(up)
        self.mix = nn.ModuleList(mix) if mix else None

    def features(self, x: Tensor) -> Tensor:
        """Return the finest level's features."""
        *skips, x = layer_outputs(self.down, self.stem(x))
        for level, layer in enumerate(self.up):
            skip, x = skips.pop(), F.interpolate(layer(x), scale_factor=2.0)
            x = skip + x if self.mix is None else self.mix[level](torch.cat([skip, x], 1))
        return x


class SourceEncoder(UNet):
    """Features of the source that separate head, hair, body and background. Runs once per portrait."""

    def __init__(self) -> None:
        stem = nn.Sequential(_conv(3, 24, 5, 2), _conv(24, 40, 3, 2))
        down: list[nn.Module] = [_conv(40, 64, 3, 2), _conv(64, 96, 3, 2), _conv(96, 128, 3, 2)]
        super().__init__(stem, down, [_conv(128, 96, 3), _conv(96, 64, 3), _conv(64, 40, 3)])
        self.out = nn.Conv2d(40, FEATURES, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, 256, 256) in [0, 1] -> (N, 16, 64, 64)."""
        features: Tensor = self.out(self.features(picture - 0.5))
        return features


class BodyDetector(nn.Module):
    """FOMM's keypoint detector on small pictures; each keypoint stays near its initial position and outside the face.

    It is trained through `MotionNetwork` alone. Unconstrained, its keypoints gather in the face, which the mesh moves
    better.
    """

    def __init__(self) -> None:
        """Zero the last layer: training starts from keypoints at their initial positions."""
        super().__init__()
        self.predictor = Hourglass(3, HourglassConfig(block_expansion=12, max_features=96, num_blocks=4))
        self.kp = nn.Conv2d(self.predictor.channels, BODY_KEYPOINTS, 7, padding=3)
        for weights in self.kp.parameters():
            nn.init.zeros_(weights)

    def forward(self, picture: Tensor, face: Tensor) -> Tensor:
        """Return keypoints (N, BODY_KEYPOINTS, 2), normalised.

        Args:
            picture: (N, 3, 256, 256) in [0, 1], or smaller, down to 64.
            face: (N, 1, 64, 64), from puppet.geometry.face_mesh.region.
        """
        small = F.avg_pool2d(picture, picture.shape[-1] // face.shape[-1])
        logits = self.kp(self.predictor(small)).float()
        away = _around(logits.new_tensor(_HOMES)[None], logits.shape[-1], _HOME_REACH)
        # The penalty is small within _HOME_REACH and grows with the fourth power of the distance.
        allowed = -2 * away**2 - _EXCLUDED * face
        return expected_points(heatmaps_from(logits + _TEMPERATURE * allowed, _TEMPERATURE))


class MotionNetwork(UNet):
    """FOMM's dense motion network (eq. 4) on explicit candidates: masks, a bounded residual flow, occlusion."""

    def __init__(self, widths: tuple[int, ...] = (48, 64, 96, 128)) -> None:
        """`widths` are the channels at sides 64, 32, 16 and 8."""
        stem = _conv(MOTIONS * FEATURES + 2 * (MOTIONS - 1) + 2 + BODY_KEYPOINTS, widths[0], 3)
        super().__init__(stem, _down(widths), _up(widths))
        self.out = nn.Conv2d(widths[0], sum(_OUTPUTS), 3, padding=1)
        # Training starts from the plain mesh, which is already a good picture.
        self.out.weight = nn.Parameter(torch.zeros_like(self.out.weight))
        bias = torch.zeros(sum(_OUTPUTS))
        bias[0] = bias[MOTIONS + 2] = 3.0  # the mesh's mask; occlusion
        self.out.bias = nn.Parameter(bias)

    def forward(self, features: Tensor, maps: FaceMaps, body: FaceBody) -> FaceMotion:
        """Estimate the motion of every pixel."""
        side = features.shape[-1]
        mesh, head, shape = (
            F.interpolate(field, size=side, mode="bilinear", align_corners=True)
            for field in (maps.mesh, maps.head, maps.shape)
        )
        around, shifts = _around(body.driving, side, _BODY_REACH), body.source - body.driving
        nearest = _shifted(around, shifts)
        candidates = [features, *(sample(features, displaced(motion)) for motion in (mesh, head, nearest))]
        driving, source = (gaussians(points, side, side, _BODY_VARIANCE) for points in (body.driving, body.source))
        x = self.features(torch.cat([*candidates, 5 * mesh, 5 * head, 5 * nearest, shape, driving - source], 1))
        choice, correction, shows, belongs = self.out(x).float().split(_OUTPUTS, 1)
        # Without motion there is no residual and no occlusion: the picture is copied exactly.
        moving = (25 * (head.abs() + nearest.abs()).mean((1, 2, 3), keepdim=True)).clamp(0, 1)
        # Inside the drawn face the background mask and occlusion are off, whatever the network predicts.
        outside = F.max_pool2d(1 - shape[:, :1], 3, 1, 1)
        masks = choice.softmax(1)
        masks = torch.cat([masks[:, :2], masks[:, 2:] * outside], 1)
        masks = masks / masks.sum(1, keepdim=True)
        residual = _MAX_RESIDUAL * moving * correction.tanh()
        occlusion = 1 - moving * outside * (-shows).sigmoid()
        smooth = residual + masks[:, 2:3] * _shifted(around + belongs, shifts)
        flow = self._flow(masks, smooth, maps.mesh, maps.head)
        grid = displaced(F.interpolate(flow, size=SIZE, mode="bilinear", align_corners=True))
        return FaceMotion(grid, flow, masks, residual, occlusion)

    def _flow(self, masks: Tensor, smooth: Tensor, mesh: Tensor, head: Tensor) -> Tensor:
        shares = torch.cat([masks[:, :2], smooth], 1)
        large = F.interpolate(shares, size=mesh.shape[-1], mode="bilinear", align_corners=True)
        return large[:, 0:1] * mesh + large[:, 1:2] * head + large[:, 2:]


class DetailNetwork(UNet):
    """Small U-Net on one aligned crop: a gated correction to the warped picture, zero where no shape changed."""

    def __init__(self, widths: tuple[int, ...] = (32, 48, 80, 112)) -> None:
        """`widths` are the channels at the crop's side, half of it, and so on."""
        stem, down, up = _conv(3 + 5 + 2, widths[0], 3), _down(widths), _up(widths)
        super().__init__(stem, down, up, [_conv(2 * width, width, 3) for width in reversed(widths[:-1])])
        self.out = nn.Conv2d(widths[0], 4, 3, padding=1)
        nn.init.normal_(self.out.weight, std=1e-3)
        self.out.bias = nn.Parameter(torch.zeros(4))

    def forward(self, warped: Tensor, own: Tensor, shape: Tensor) -> Tensor:
        """Return the correction (N, 3, s, s).

        Args:
            warped: (N, 3, s, s), the crop of the warped picture.
            own: (N, 5, s, s), the portrait's crop and its drawn shape.
            shape: (N, 2, s, s), the drawn driving shape.
        """
        out = self.out(self.features(torch.cat([warped - 0.5, own[:, :3] - 0.5, own[:, 3:], shape], 1))).float()
        gate = out[:, 3:].sigmoid() * _fade(own[:, 3:], shape) * _window(shape)
        correction: Tensor = out[:, :3] * gate
        return correction


def paint_over(picture: Tensor, features: Tensor) -> Tensor:
    """Paint over the person from the surroundings with a pyramid (push-pull): (N, 3, 256, 256).

    Args:
        picture: (N, 3, 256, 256).
        features: (N, 16, 64, 64) of SourceEncoder; channel 0 is the silhouette's logit.
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
    """Return the mean colour of the pixels that are kept, from a pyramid level."""
    return level[:, :3] / (level[:, 3:] + 1e-6)


def move(picture: Tensor, background: Tensor, motion: FaceMotion) -> Tensor:
    """Warp an enlarged picture and show the background where it is uncovered: (N, 3, 256, 256)."""
    visible = F.interpolate(motion.occlusion, size=SIZE, mode="bilinear", align_corners=True)
    return background + visible * (sample(picture, motion.grid) - background)


def warp_by_mesh(picture: Tensor, mesh: Tensor) -> Tensor:
    """Warp a picture (N, C, 256, 256) by the mesh's displacement (N, 2, 128, 128) alone, without any network."""
    return sample(picture, displaced(F.interpolate(mesh, size=SIZE, mode="bilinear", align_corners=True)))


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _down(widths: Sequence[int]) -> list[nn.Module]:
    """Return layers that halve the size, from each width to the next."""
    return [nn.Sequential(_conv(a, b, 3, 2), _conv(b, b, 3)) for a, b in itertools.pairwise(widths)]


def _up(widths: Sequence[int]) -> list[nn.Module]:
    """Return the layers before each upsampling, coarsest level first."""
    return [_conv(b, a, 3) for a, b in reversed(list(itertools.pairwise(widths)))]


def _around(points: Tensor, side: int, reach: float) -> Tensor:
    """Return log Gaussians (N, K, side, side) around points (N, K, 2) with standard deviation `reach`."""
    away = identity_grid(side, points)[:, None] - points[:, :, None, None]
    return -(away**2).sum(-1) / (2 * reach**2)


def _shifted(logits: Tensor, shifts: Tensor) -> Tensor:
    """Return the displacement (N, 2, h, w) that weights shifts (N, K, 2) by the softmax of logits (N, K, h, w)."""
    shares = logits.softmax(1).flatten(2).transpose(1, 2)
    return (shares @ shifts).transpose(1, 2).reshape(-1, 2, *logits.shape[2:])


def _fade(own: Tensor, shape: Tensor) -> Tensor:
    """Return 0 where the drawn shape did not change, so that a still face is copied exactly, up to 1 where it did."""
    change = (own - shape).abs().mean((1, 2, 3), keepdim=True)
    return (25 * change - 0.1).clamp(0, 1)


def _window(like: Tensor) -> Tensor:
    """Return a window that is 1 inside and falls to 0 at the crop's edge, to avoid seams."""
    line = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    edge = ((1 - line.abs()) * 4).clamp(0, 1)
    return (edge[:, None] * edge[None, :])[None, None]
