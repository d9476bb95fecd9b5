"""Objectives of the `face` model's stages.

`MotionObjective` trains the source encoder, the body detector and the motion network on whole pictures.
`DetailObjective` trains the mouth and eye networks on aligned crops of the source as the motion network, left as it is,
warps it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import Dataset
from typing_extensions import override

from puppet.geometry.face_mesh import EYE_SIZE, MOUTH_SIZE
from puppet.models.face import SIZE, FaceBody, FaceModel, FaceMotion, move, paint_over, right_eyes
from puppet.models.face_details import DetailNetwork, fine_crop
from puppet.models.sampling import displaced, enlarge, sample
from puppet.training.data.face_pairs import PATCH, PairBatch, PooledBatch, PooledBatches
from puppet.training.losses.papers import (
    discriminator_gan,
    equivariance_of_points,
    feature_matching,
    generator_gan,
    perceptual,
)
from puppet.training.losses.random_deformation import Deformation
from puppet.training.losses.vgg import Vgg
from puppet.training.objective import Losses, Objective
from puppet.training.recipe_schema.face import StageRecipe

VGG_FEATURES = ("relu1_2", "relu2_2", "relu3_2")
"""Features of VGG16 that these losses compare."""

Rendered: TypeAlias = tuple[Tensor, Tensor, Tensor]
"""Rendered crops, the true ones, and the shapes drawn into them: input of a discriminator."""

_HIDDEN = 0.12  # probability that the body is hidden from the motion network, which has to do without it then
_COMPARED = 0.63  # side of the part of a crop that the perceptual loss compares, as a share of the crop's
_NEAR = 0.1  # distance, normalised, below which keypoints of the body keep away from one another
_PERSON = 0.02  # silhouette from which a place is not the background
_LEAST_SHARE = 0.6  # the person's share of a flow is not divided by less, as in puppet.compositing.layers
_INSIDE = -0.35  # signed distance from which a place counts as within lips or lids, an edge's width around them


@dataclass(frozen=True, slots=True)
class MotionWeights:
    """Weights of the terms of a motion stage.

    Attributes:
        silhouette: cross-entropy of the features' first channel with the person's silhouette.
        colour: absolute difference of the warped and the driving picture.
        coarse: the same at an eighth of the size, which reaches farther.
        perceptual: difference of VGG16's features (relu 1_2 and 2_2).
        smooth: absolute differences of the residual flow's neighbours.
        united: the same of the masks, so that neighbouring places choose the same candidate motion.
        equivariance: keypoints of the body follow random deformations of the picture.
        apart: keypoints of the body do not gather in one place.
    """

    silhouette: float = 0.05
    colour: float = 4.0
    coarse: float = 4.0
    perceptual: float = 0.8
    smooth: float = 4.0
    united: float = 0.01
    equivariance: float = 0.5
    apart: float = 0.02


@dataclass(frozen=True, slots=True)
class DetailWeights:
    """Weights of the terms of a stage on mouth and eyes.

    Attributes:
        colour: absolute difference, weighted.
        perceptual: difference of VGG16's features (relu 2_2 and 3_2), weighted.
        matching: of the discriminator's features, times the stage's adversarial weight.
        around: weight of the skin around lips and lids.
        inside: added within lips and lids.
        between_lips: added within the inner lips: teeth and tongue.
    """

    colour: float = 6.0
    perceptual: float = 0.7
    matching: float = 2.0
    around: float = 0.4
    inside: float = 1.6
    between_lips: float = 0.0


RECONSTRUCTION = DetailWeights()
POLISH = DetailWeights(colour=3.0, perceptual=1.2, between_lips=3.0)
"""With discriminators: texture has more weight than exact colours."""


class FaceObjective(Objective[FaceModel]):
    """Objective of one stage, computed in bfloat16 where that is safe."""

    parts: tuple[str, ...]
    """Names of the parts of the model that are trained."""

    def __init__(self, model: FaceModel, stage: StageRecipe, batches: Dataset[Any], vgg: Vgg) -> None:
        """Prepare a model for the stage: the other parts stay as they are, their running statistics too."""
        self.batches, self._vgg, self._adversarial = batches, vgg, stage.adversarial
        self.networks = nn.ModuleList([PatchDiscriminator() for _ in self.parts if stage.adversarial])
        self.discriminators = list(self.networks)
        self.trained = [getattr(model, name) for name in self.parts]
        model.eval()
        for part in self.trained:
            part.train()

    @override
    def losses(self, model: FaceModel, batch: PairBatch | PooledBatch, step: int) -> Losses:
        with torch.autocast(next(model.parameters()).device.type, torch.bfloat16):
            terms, rendered = self._terms(model, batch)
        return Losses(terms, partial(self._discriminator_loss, rendered))

    @abstractmethod
    def _terms(self, model: FaceModel, batch: Any) -> tuple[dict[str, Tensor], list[Rendered]]:
        """Return the weighted terms by name, and the input of each discriminator."""

    def _discriminator_loss(self, rendered: list[Rendered]) -> Tensor:
        losses = []
        with torch.autocast(rendered[0][0].device.type, torch.bfloat16):
            for discriminator, (made, true, shape) in zip(self.discriminators, rendered, strict=True):
                real, found = discriminator(true, shape)[0], discriminator(made.detach(), shape)[0]
                losses.append(discriminator_gan(real, found))
        return torch.stack(losses).sum()


class MotionObjective(FaceObjective):
    """Losses between the warped and the driving picture, and between the features' first channel and the silhouette."""

    parts = ("encoder", "motion", "body")

    @override
    def _terms(self, model: FaceModel, batch: PairBatch) -> tuple[dict[str, Tensor], list[Rendered]]:
        random, weights = torch.Generator().manual_seed(batch.seed), MotionWeights()
        features = model.encoder(batch.source.contiguous(memory_format=torch.channels_last))
        body = model.find_body((batch.source, batch.driving), batch.faces)
        motion = model.motion(features, batch.maps, _sometimes_hidden(body, random))
        # The silhouette is learned from its own term alone: painting over must not bend it.
        background = paint_over(batch.source, features.detach())
        # Half of the steps compare what is shown at larger sizes, the others the model's square.
        if batch.seed % 2:
            warped = layered(batch.source, batch.silhouette, background, motion)
        else:
            warped = move(enlarge(batch.source), background, motion)
        silhouette = F.binary_cross_entropy_with_logits(features[:, :1].float(), batch.silhouette)
        coarse = (F.avg_pool2d(warped, 8) - F.avg_pool2d(batch.driving, 8)).abs().mean()
        patches = _patch(warped, batch.patch), _patch(batch.driving, batch.patch)
        compared = perceptual(self._vgg, *patches, dict.fromkeys(VGG_FEATURES[:2], 1.0), normalised=True)
        terms = {
            "silhouette": weights.silhouette * silhouette,
            "colour": weights.colour * (warped - batch.driving).abs().mean(),
            "coarse": weights.coarse * coarse,
            "perceptual": weights.perceptual * compared,
            "smooth": weights.smooth * _roughness(motion.residual),
            "united": weights.united * _roughness(motion.masks),
            "equivariance": weights.equivariance * _equivariance_error(model, batch, body.driving, random),
            "apart": weights.apart * _crowding(body.driving),
        }
        return terms, []


def layered(source: Tensor, silhouette: Tensor, background: Tensor, motion: FaceMotion) -> Tensor:
    """Return the moved person over the background, as puppet.compositing.layers composes them: (N, 3, 256, 256).

    Args:
        source: (N, 3, 256, 256).
        silhouette: (N, 1, h, h) in [0, 1]: the person in it.
        background: (N, 3, 256, 256), from `paint_over`.
        motion: of the whole picture.
    """
    matte = F.interpolate(silhouette, size=SIZE, mode="bilinear", align_corners=True)
    shown, behind = matte > _PERSON, torch.where(matte > _PERSON, background, source)
    # The person is no darker than black: the background keeps no more light than the picture has.
    least = 1 - (source / behind.clamp(min=1e-3)).amin(1, keepdim=True)
    matte = torch.where(shown, torch.maximum(matte, least), matte)
    person = torch.cat([source - (1 - matte) * behind, matte], 1)
    still = F.interpolate(motion.masks[:, 3:], size=motion.flow.shape[-1], mode="bilinear", align_corners=True)
    flow = motion.flow / (1 - still).clamp(min=_LEAST_SHARE)
    grid = displaced(F.interpolate(flow, size=SIZE, mode="bilinear", align_corners=True))
    moved = sample(enlarge(person), grid)
    return moved[:, :3] + (1 - moved[:, 3:]) * behind


class DetailObjective(FaceObjective):
    """Losses between the corrected crops and those of the driving picture."""

    def __init__(self, model: FaceModel, stage: StageRecipe, batches: Dataset[PairBatch], vgg: Vgg) -> None:
        """See FaceObjective; the stage names the trained parts."""
        self.parts = ("mouth", "eyes") if stage.objective == "detail" else (stage.objective,)
        self._weights = POLISH if stage.adversarial else RECONSTRUCTION
        self._pool = dict[int, list[_View]]()
        super().__init__(model, stage, PooledBatches(batches, stage.pool) if stage.pool else batches, vgg)

    @override
    def _terms(self, model: FaceModel, batch: PairBatch | PooledBatch) -> tuple[dict[str, Tensor], list[Rendered]]:
        terms, weights, rendered = {}, self._weights, []
        if isinstance(batch, PairBatch):
            views, seed = _views(model, batch), batch.seed
        else:
            if batch.pairs is not None:
                self._pool[batch.index] = _views(model, batch.pairs)
            views, seed = self._pool[batch.index], batch.step * 0x9E3779B1
        for index, view in enumerate(view for view in views if view.name in self.parts):
            made = view.warped + view.network(view.warped, view.own, view.shape)
            weight = self._weight(view)
            features = dict.fromkeys(VGG_FEATURES[1:], 1.0)
            found, real, where = (_part(crops, seed) for crops in (made, view.target, weight))
            compared = perceptual(self._vgg, found, real, features, normalised=True, where=where)
            terms[f"{view.name} colour"] = weights.colour * ((made - view.target).abs() * weight).mean()
            terms[f"{view.name} perceptual"] = weights.perceptual * compared
            if self._adversarial:
                fooled, matched = _adversarial(self.discriminators[index], made, view.target, view.shape)
                terms[f"{view.name} adversarial"] = self._adversarial * fooled
                terms[f"{view.name} matching"] = self._adversarial * weights.matching * matched
                rendered.append((made, view.target, view.shape))
        return terms, rendered

    def _weight(self, view: _View) -> Tensor:
        """(N, 1, s, s): weight of an error at each place."""
        weight = self._weights.around + self._weights.inside * (view.opening > _INSIDE)
        if view.name == "mouth":
            weight = weight + self._weights.between_lips * (view.opening > 0)
        return _falling_to_edges(view.shape) * weight


class PatchDiscriminator(nn.Module):
    """Classifies patches of a crop as real or rendered (PatchGAN, arXiv 1611.07004), given the shape drawn into it."""

    def __init__(self) -> None:
        """Initialise with random weights."""
        super().__init__()
        self.layers = nn.ModuleList([_halved(5, 48, False), _halved(48, 96, True), _halved(96, 128, True)])
        self.score = nn.Conv2d(128, 1, 3, 1, 1)

    def forward(self, crop: Tensor, shape: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Crop (N, 3, s, s) and shape (N, 2, s, s) -> scores (N, 1, s/8, s/8), 1 being real, and the features."""
        x, features = torch.cat([4 * crop - 2, shape], 1), []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        return self.score(x).float(), features


def _halved(inputs: int, outputs: int, normalised: bool) -> nn.Sequential:
    normalisation = [nn.InstanceNorm2d(outputs, affine=True)] if normalised else []
    return nn.Sequential(nn.Conv2d(inputs, outputs, 4, 2, 1), *normalisation, nn.LeakyReLU(0.2))


def _adversarial(discriminator: nn.Module, made: Tensor, true: Tensor, shape: Tensor) -> tuple[Tensor, Tensor]:
    """Return the generator's least-squares loss, and the distance of the discriminator's features."""
    score, features = discriminator(made, shape)
    with torch.no_grad():
        _, wanted = discriminator(true, shape)
    found, real = ([x.float() for x in maps] for maps in (features, wanted))
    return generator_gan(score), feature_matching(found, real, [1.0] * len(found))


@dataclass(frozen=True, slots=True)
class _View:
    """Aligned crops for one detail network.

    Attributes:
        name: of the term.
        network: corrects them.
        warped: (N, 3, s, s): the source, warped.
        own: (N, 5, s, s): the source's own crop and shape.
        shape: (N, 2, s, s): the driving shape.
        target: (N, 3, s, s): crops of the driving picture.
        opening: (N, 1, s, s): signed distance into the mouth or the eye.
    """

    name: str
    network: DetailNetwork
    warped: Tensor
    own: Tensor
    shape: Tensor
    target: Tensor
    opening: Tensor


def _views(model: FaceModel, batch: PairBatch) -> list[_View]:
    """Return the crops of the mouth and of both eyes, taken as FaceModel does."""
    maps, (source, driving) = batch.maps, batch.fine
    own, lips, lids = batch.own, maps.mouth_lips, right_eyes(maps.eye_lids)
    with torch.no_grad():
        features = model.encoder(batch.source.contiguous(memory_format=torch.channels_last))
        flow = model.motion(features, maps, model.find_body((batch.source, batch.driving), batch.faces)).flow
        mouths = [fine_crop(source, own.mouth, MOUTH_SIZE), fine_crop(source, maps.mouth, MOUTH_SIZE, flow)]
        mouths.append(fine_crop(driving, maps.mouth, MOUTH_SIZE))
        eyes = [_eyes(source, own.eyes), _eyes(source, maps.eyes, flow), _eyes(driving, maps.eyes)]
    mouth, own_lids = torch.cat([mouths[0], own.mouth_lips], 1), right_eyes(own.eye_lids)
    eye = torch.cat([eyes[0], own_lids], 1)
    return [
        _View("mouth", model.mouth, mouths[1], mouth, lips, mouths[2], lips[:, 1:]),
        _View("eyes", model.eyes, eyes[1], eye, lids, eyes[2], lids[:, :1]),
    ]


def _eyes(fine: Tensor, theta: Tensor, flow: Tensor | None = None) -> Tensor:
    """Both eyes' crops as right ones: (2N, 3, 96, 96)."""
    return right_eyes(torch.stack([fine_crop(fine, theta[:, eye], EYE_SIZE, flow) for eye in (0, 1)], 1))


def _patch(picture: Tensor, corner: tuple[int, int]) -> Tensor:
    top, left = corner
    return picture[:, :, top : top + PATCH, left : left + PATCH]


def _part(crops: Tensor, seed: int) -> Tensor:
    """Return a part of crops that contains their middle, at less than half of the perceptual loss's cost."""
    side, kept = crops.shape[-1], 16 * round(crops.shape[-1] * _COMPARED / 16)
    top, left = (index % (side - kept + 1) for index in (seed >> 4, seed >> 16))
    return crops[:, :, top : top + kept, left : left + kept]


def _sometimes_hidden(body: FaceBody, random: torch.Generator) -> FaceBody:
    hidden = (torch.rand(len(body.driving), 1, 1, generator=random) < _HIDDEN).to(body.driving.device)
    return FaceBody(body.source, torch.where(hidden, body.source, body.driving))


def _equivariance_error(model: FaceModel, batch: PairBatch, found: Tensor, random: torch.Generator) -> Tensor:
    """FOMM's constraint: keypoints of a deformed driving picture, put back, are those of the picture (`found`)."""
    pictures, face = F.avg_pool2d(batch.driving, 4), batch.faces[1]  # as small as the detector makes them
    deformation = Deformation.drawn(len(pictures), 0.05, 0.005, 5, random).to(pictures.device)
    deformed = model.body(deformation.pictures(pictures, "reflection"), deformation.pictures(face, "border"))
    return equivariance_of_points(found, deformed, deformation)


def _crowding(points: Tensor) -> Tensor:
    """Mean closeness of points (N, K, 2)."""
    squares: Tensor = ((points[:, :, None] - points[:, None]) ** 2).sum(-1)
    return torch.exp(-squares / (2 * _NEAR**2)).mean()


def _roughness(field: Tensor) -> Tensor:
    across, down = field[..., 1:] - field[..., :-1], field[:, :, 1:] - field[:, :, :-1]
    return across.abs().mean() + down.abs().mean()


def _falling_to_edges(like: Tensor) -> Tensor:
    """(1, 1, s, s): 1 inside, 0 at the crop's edge, where the networks may change nothing."""
    line = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    edge = ((1 - line.abs()) * 4).clamp(0, 1)
    return (edge[:, None] * edge[None, :])[None, None]
