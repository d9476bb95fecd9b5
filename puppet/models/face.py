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

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.domain import BODY_KEYPOINTS
from puppet.models.blocks import Hourglass, HourglassConfig, expected_points, gaussians, heatmaps_from
from puppet.models.face_details import DetailNetwork, fine_crops, moved_crop
from puppet.models.sampling import displaced, enlarge, identity_grid, paste, sample
from puppet.models.unet import UNet, conv_block, down_layers, up_layers

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
        mouth: (N, 5, 128, 128), the portrait's aligned mouth crop and lips.
        eyes: (N, 2, 5, 96, 96), the portrait's aligned eye crops and lids.
        mouth_pixels: (N, 3, 384, 384), the enlarged surroundings of the mouth, aligned as the crop.
        mouth_place: (N, 2, 3), the affine from the picture's coordinates to those of `mouth_pixels`.
        eyes_pixels: (N, 2, 3, 288, 288), the same of the eyes.
        eyes_place: (N, 2, 2, 3).
    """

    picture: Tensor
    background: Tensor
    features: Tensor
    mouth: Tensor
    eyes: Tensor
    mouth_pixels: Tensor
    mouth_place: Tensor
    eyes_pixels: Tensor
    eyes_place: Tensor


class FaceCorrections(NamedTuple):
    """Corrections of the warped picture in the driving crops: mouth (N, 3, 128, 128), eyes (N, 2, 3, 96, 96)."""

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

    def encode(
        self, picture: Tensor, fine: Tensor, mouth: Tensor, mouth_lips: Tensor, eyes: Tensor, eye_lids: Tensor
    ) -> FaceCode:
        """Precompute the tensors of a source picture.

        Args:
            picture: (N, 3, 256, 256).
            fine: (N, 3, 512, 512), the same square, for the crops of mouth and eyes.
            mouth: the picture's own face_mesh.Details, as are the following.
            mouth_lips: see there.
            eyes: see there.
            eye_lids: see there.
        """
        features = self.encoder(picture)
        background = paint_over(picture, features)
        own = fine_crops(fine, mouth, mouth_lips, eyes, eye_lids)
        return FaceCode(enlarge(picture), background, features, *own)

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
        corrections = self.correct(code, maps, motion.flow)
        return self.add_details(move(code.picture, code.background, motion), maps, corrections)

    def correct(self, code: FaceCode, maps: FaceMaps, flow: Tensor) -> FaceCorrections:
        """Compute the corrections of mouth and eyes, moved by the flow (N, 2, 128, 128)."""
        mouth = self.mouth(warped_mouth(code, maps, flow), code.mouth, maps.mouth_lips)
        # The network takes the left eye mirrored, so that it learns from both eyes.
        own, lids = (right_eyes(eyes) for eyes in (code.eyes, maps.eye_lids))
        right, left = self.eyes(right_eyes(warped_eyes(code, maps, flow)), own, lids).chunk(2)
        return FaceCorrections(mouth, torch.stack([right, left.flip(3)], 1))

    def add_details(self, warped: Tensor, maps: FaceMaps, corrections: FaceCorrections) -> Tensor:
        """Add the corrections to the warped picture (N, 3, 256, 256), which is about half as fine."""
        mouth, eyes = F.avg_pool2d(corrections.mouth, 2), corrections.eyes
        # The mouth's window may overlap an eye's, so it is pasted separately.
        pair = [F.avg_pool2d(eyes[:, eye], 2) for eye in (0, 1)]
        eyes_added = paste(pair, [maps.eyes[:, 0], maps.eyes[:, 1]], SIZE)
        return (warped + paste([mouth], [maps.mouth], SIZE) + eyes_added).clamp(0, 1)


class SourceEncoder(UNet):
    """Features of the source that separate head, hair, body and background. Runs once per portrait."""

    def __init__(self) -> None:
        stem = nn.Sequential(conv_block(3, 24, 5, 2), conv_block(24, 40, 3, 2))
        down: list[nn.Module] = [conv_block(40, 64, 3, 2), conv_block(64, 96, 3, 2), conv_block(96, 128, 3, 2)]
        super().__init__(stem, down, [conv_block(128, 96, 3), conv_block(96, 64, 3), conv_block(64, 40, 3)])
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
        stem = conv_block(MOTIONS * FEATURES + 2 * (MOTIONS - 1) + 2 + BODY_KEYPOINTS, widths[0], 3)
        super().__init__(stem, down_layers(widths), up_layers(widths))
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


def warped_mouth(code: FaceCode, maps: FaceMaps, flow: Tensor) -> Tensor:
    """Return the source's mouth in the driving crop, moved by the flow (N, 2, 128, 128): (N, 3, 128, 128)."""
    return moved_crop(code.mouth_pixels, code.mouth_place, maps.mouth, flow, maps.mouth_lips.shape[-1])


def warped_eyes(code: FaceCode, maps: FaceMaps, flow: Tensor) -> Tensor:
    """Return the source's eyes in the driving crops, moved by the flow (N, 2, 128, 128): (N, 2, 3, 96, 96)."""
    side = maps.eye_lids.shape[-1]
    moved = [moved_crop(code.eyes_pixels[:, i], code.eyes_place[:, i], maps.eyes[:, i], flow, side) for i in (0, 1)]
    return torch.stack(moved, 1)


def right_eyes(pair: Tensor) -> Tensor:
    """(N, 2, C, s, s), right and left -> (2N, C, s, s), the left ones mirrored."""
    return torch.cat([pair[:, 0], pair[:, 1].flip(3)])


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


def _around(points: Tensor, side: int, reach: float) -> Tensor:
    """Return log Gaussians (N, K, side, side) around points (N, K, 2) with standard deviation `reach`."""
    away = identity_grid(side, points)[:, None] - points[:, :, None, None]
    return -(away**2).sum(-1) / (2 * reach**2)


def _shifted(logits: Tensor, shifts: Tensor) -> Tensor:
    """Return the displacement (N, 2, h, w) that weights shifts (N, K, 2) by the softmax of logits (N, K, h, w)."""
    shares = logits.softmax(1).flatten(2).transpose(1, 2)
    return (shares @ shifts).transpose(1, 2).reshape(-1, 2, *logits.shape[2:])
