"""The losses of each stage: what is trained, on which parts of a pair, against what.

`MotionObjective` trains the source encoder and the motion network on whole pictures; `DetailObjective` then the mouth
and eye networks on their aligned crops of what those two, left as they are, make of the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from puppet.geometry.face_mesh import EYE_SIZE, MOUTH_SIZE
from puppet.models.face import DetailNetwork, FaceBody, FaceModel, move, paint_over
from puppet.models.sampling import crop, enlarge
from puppet.training.data.face_pairs import PATCH, Batch
from puppet.training.losses.deformation import Deformation
from puppet.training.losses.face_terms import (
    POLISH,
    RECONSTRUCTION,
    MotionWeights,
    PatchDiscriminator,
    Vgg16,
    adversarial,
    judgement,
    perceptual,
)
from puppet.training.recipe_schema.face import StageRecipe

_UNSEEN = 0.12  # how often the body is hidden from the motion network, which has to do without it then
_APART = 0.1  # keypoints of the body nearer to each other than this, normalised, keep away from one another
_INSIDE = -0.35  # signed distance from which a place counts as within lips or lids, an edge's width around them


class Objective(Protocol):
    """What a stage minimises.

    Attributes:
        parts: names of the model's parts it trains.
        discriminators: trained against them; empty without adversarial loss.
    """

    discriminators: nn.ModuleList

    @property
    def parts(self) -> tuple[str, ...]:
        """See above."""

    def terms(self, model: FaceModel, batch: Batch) -> dict[str, Tensor]:
        """The weighted terms of the loss by name; their sum is minimised."""

    def judgement(self) -> Tensor:
        """The discriminators' own loss on what `terms` last made."""


def objective_of(stage: StageRecipe, vgg: Vgg16) -> Objective:
    """The objective a stage names."""
    if stage.objective == "motion":
        return MotionObjective(vgg)
    parts = ("mouth", "eyes") if stage.objective == "detail" else (stage.objective,)
    return DetailObjective(vgg, parts, stage.adversarial)


class MotionObjective:
    """The warped picture has to become the driving one; the features have to know the person."""

    parts = ("encoder", "motion", "body")

    def __init__(self, vgg: Vgg16) -> None:
        """`vgg`: the perceptual loss's features."""
        self.discriminators = nn.ModuleList()
        self._vgg, self._weights = vgg, MotionWeights()

    def terms(self, model: FaceModel, batch: Batch) -> dict[str, Tensor]:
        """See Objective."""
        random = torch.Generator().manual_seed(batch.seed)
        features = model.encoder(batch.source.contiguous(memory_format=torch.channels_last))
        body = model.find_body((batch.source, batch.driving), batch.faces)
        motion = model.motion(features, batch.maps, _sometimes_unseen(body, random))
        # The silhouette is learned from its own term alone: painting over must not bend it.
        background = paint_over(batch.source, features.detach())
        warped, weights = move(enlarge(batch.source), background, motion), self._weights
        silhouette = F.binary_cross_entropy_with_logits(features[:, :1].float(), batch.silhouette)
        coarse = (F.avg_pool2d(warped, 8) - F.avg_pool2d(batch.driving, 8)).abs().mean()
        seen = perceptual(self._vgg, _patch(warped, batch.patch), _patch(batch.driving, batch.patch), (1, 3))
        return {
            "silhouette": weights.silhouette * silhouette,
            "colour": weights.colour * (warped - batch.driving).abs().mean(),
            "coarse": weights.coarse * coarse,
            "perceptual": weights.perceptual * seen,
            "smooth": weights.smooth * _roughness(motion.residual),
            "united": weights.united * _roughness(motion.masks),
            "equivariance": weights.equivariance * _inequivariance(model, batch, body.driving, random),
            "apart": weights.apart * _crowding(body.driving),
        }

    def judgement(self) -> Tensor:
        """There are no discriminators."""
        return torch.zeros(())


class DetailObjective:
    """The corrected crops have to become the driving picture's."""

    def __init__(self, vgg: Vgg16, parts: tuple[str, ...], adversarial_weight: float) -> None:
        """Make the discriminators.

        Args:
            vgg: the perceptual loss's features.
            parts: "mouth", "eyes" or both.
            adversarial_weight: of the discriminators' verdict; 0: there are none.
        """
        self.parts = parts
        self.discriminators = nn.ModuleList([PatchDiscriminator() for _ in parts if adversarial_weight])
        self._vgg, self._adversarial = vgg, adversarial_weight
        self._weights = POLISH if adversarial_weight else RECONSTRUCTION
        self._made: list[tuple[Tensor, Tensor, Tensor]] = []

    def terms(self, model: FaceModel, batch: Batch) -> dict[str, Tensor]:
        """See Objective."""
        terms, weights = {}, self._weights
        self._made = []
        for index, view in enumerate(view for view in _views(model, batch) if view.name in self.parts):
            made = view.warped + view.network(view.warped, view.own, view.shape)
            weight = self._weight(view)
            seen = perceptual(self._vgg, made, view.target, (3, 5), weight)
            terms[f"{view.name} colour"] = weights.colour * ((made - view.target).abs() * weight).mean()
            terms[f"{view.name} perceptual"] = weights.perceptual * seen
            if self._adversarial:
                judge = self.discriminators[index]
                assert isinstance(judge, PatchDiscriminator)
                fooled, matched = adversarial(judge, made, view.target, view.shape)
                terms[f"{view.name} adversarial"] = self._adversarial * fooled
                terms[f"{view.name} matching"] = self._adversarial * weights.matching * matched
                self._made.append((made.detach(), view.target, view.shape))
        return terms

    def _weight(self, view: _View) -> Tensor:
        """(N, 1, s, s): where an error counts how much."""
        weight = self._weights.around + self._weights.inside * (view.opening > _INSIDE)
        if view.name == "mouth":
            weight = weight + self._weights.between_lips * (view.opening > 0)
        return _falling_to_edges(view.shape) * weight

    def judgement(self) -> Tensor:
        """See Objective."""
        losses = []
        for judge, (made, true, shape) in zip(self.discriminators, self._made, strict=True):
            assert isinstance(judge, PatchDiscriminator)
            losses.append(judgement(judge, made, true, shape))
        return torch.stack(losses).sum()


@dataclass(frozen=True, slots=True)
class _View:
    """Aligned crops for one detail network.

    Attributes:
        name: of the term.
        network: what corrects them.
        warped: (N, 3, s, s): what the mesh makes of the source.
        own: (N, 5, s, s): the source's own crop and shape.
        shape: (N, 2, s, s): the shape to reach.
        target: (N, 3, s, s): the driving picture's.
        opening: (N, 1, s, s): signed distance into the mouth or the eye.
    """

    name: str
    network: DetailNetwork
    warped: Tensor
    own: Tensor
    shape: Tensor
    target: Tensor
    opening: Tensor


def _views(model: FaceModel, batch: Batch) -> Iterator[_View]:
    maps, own = batch.maps, batch.own
    with torch.no_grad():
        features = model.encoder(batch.source.contiguous(memory_format=torch.channels_last))
        body = model.find_body((batch.source, batch.driving), batch.faces)
        motion = model.motion(features, maps, body)
        warped = move(enlarge(batch.source), paint_over(batch.source, features), motion)
    mouth = torch.cat([crop(batch.source, own.mouth, MOUTH_SIZE), own.mouth_lips], 1)
    at, lips = maps.mouth, maps.mouth_lips
    pictures = [crop(picture, at, MOUTH_SIZE) for picture in (warped, batch.driving)]
    yield _View("mouth", model.mouth, pictures[0], mouth, lips, pictures[1], lips[:, 1:])
    # As in FaceModel: the left eye mirrored.
    eyes = torch.cat([_eyes(batch.source, own.eyes), _right_eyes(own.eye_lids)], 1)
    lids = _right_eyes(maps.eye_lids)
    pictures = [_eyes(picture, maps.eyes) for picture in (warped, batch.driving)]
    yield _View("eyes", model.eyes, pictures[0], eyes, lids, pictures[1], lids[:, :1])


def _eyes(picture: Tensor, theta: Tensor) -> Tensor:
    """Both eyes' crops as right ones: (2N, 3, 48, 48)."""
    return _right_eyes(torch.stack([crop(picture, theta[:, eye], EYE_SIZE) for eye in (0, 1)], 1))


def _right_eyes(pair: Tensor) -> Tensor:
    """(N, 2, C, s, s), right and left -> (2N, C, s, s), the left ones mirrored."""
    return torch.cat([pair[:, 0], pair[:, 1].flip(3)])


def _patch(picture: Tensor, corner: tuple[int, int]) -> Tensor:
    top, left = corner
    return picture[:, :, top : top + PATCH, left : left + PATCH]


def _sometimes_unseen(body: FaceBody, random: torch.Generator) -> FaceBody:
    unseen = (torch.rand(len(body.driving), 1, 1, generator=random) < _UNSEEN).to(body.driving.device)
    return FaceBody(body.source, torch.where(unseen, body.source, body.driving))


def _inequivariance(model: FaceModel, batch: Batch, found: Tensor, random: torch.Generator) -> Tensor:
    """FOMM's constraint: a deformed driving picture's keypoints, put back, are the picture's own (`found`)."""
    pictures, face = F.avg_pool2d(batch.driving, 4), batch.faces[1]  # as small as the detector makes them
    deformation = Deformation.drawn(len(pictures), 0.05, 0.005, 5, random).to(pictures.device)
    deformed = model.body(deformation.pictures(pictures, "reflection"), deformation.pictures(face, "border"))
    return (found - deformation.of(deformed)).abs().mean()


def _crowding(points: Tensor) -> Tensor:
    """How much points (N, K, 2) lie on top of one another."""
    away: Tensor = ((points[:, :, None] - points[:, None]) ** 2).sum(-1)
    return torch.exp(-away / (2 * _APART**2)).mean()


def _roughness(field: Tensor) -> Tensor:
    across, down = field[..., 1:] - field[..., :-1], field[:, :, 1:] - field[:, :, :-1]
    return across.abs().mean() + down.abs().mean()


def _falling_to_edges(like: Tensor) -> Tensor:
    """(1, 1, s, s): 1 inside, 0 at the crop's edge, where the networks may change nothing."""
    line = torch.linspace(-1, 1, like.shape[-1], device=like.device)
    edge = ((1 - line.abs()) * 4).clamp(0, 1)
    return (edge[:, None] * edge[None, :])[None, None]
