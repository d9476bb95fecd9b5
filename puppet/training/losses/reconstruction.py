"""Losses that Monkey-Net, FOMM and co-part segmentation minimise in one step, built of `puppet.training.losses.papers`.

A driving frame is rebuilt from a source frame of the same clip by the motion between them. `Reconstruction` computes
the weighted terms that the recipe names; the family decides how keypoints are found and what a discriminator sees.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from puppet.models.base import KeypointTensors, MotionModel
from puppet.models.fomm import FirstOrderMotionModel
from puppet.models.monkeynet import MonkeyNet
from puppet.training.data.frame_batches import FrameBatch
from puppet.training.losses.auxiliary import Aids
from puppet.training.losses.deformation import Deformation
from puppet.training.losses.papers import (
    discriminator_gan,
    equivariance_of_jacobians,
    equivariance_of_points,
    feature_matching,
    generator_gan,
    perceptual,
    pyramid,
)
from puppet.training.losses.perceptual import Features
from puppet.training.recipe_schema.learned import LossRecipe

Precision = Callable[[], AbstractContextManager[object]]
"""Where convolutions may be computed at a lower precision."""
Judged = list[list[Tensor]]
"""The discriminator's maps, its verdict last, scale by scale."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One step's pictures and what was found in them.

    Attributes:
        source: keypoints of the source frames.
        driving: keypoints of the driving frames, T in a row for each source.
        code: of the sources.
        prediction: (N·T, 3, S, S).
        batch: what was given.
    """

    source: KeypointTensors
    driving: KeypointTensors
    code: object
    prediction: Tensor
    batch: FrameBatch


class Reconstruction:
    """The loss of a recipe.

    Attributes:
        aids: networks that are trained along for optional terms, and are no part of the model.
    """

    def __init__(self, losses: LossRecipe, features: Features | None, aids: Aids, lower_precision: Precision) -> None:
        """`features`: None when no term needs them."""
        self.aids = aids
        self._losses, self._features, self._lower = losses, features, lower_precision

    def terms(
        self, model: MotionModel, batch: FrameBatch, random: torch.Generator
    ) -> tuple[dict[str, Tensor], Rebuilt]:
        """The weighted terms by name, whose sum is minimised, and what they were computed from."""
        losses, made = self._losses, self._rebuilt(model, batch)
        terms = self._appearance(made, random)
        if losses.equivariance_value or losses.equivariance_jacobian:
            terms |= self._equivariance(model, made, random)
        if losses.needs_discriminator:
            terms |= self._adversarial(model, made)
        terms |= self.aids.terms(model, made.source, made.driving, made.code, batch, self._features)
        return terms, made

    def judgement(self, model: MotionModel, made: Rebuilt) -> Tensor:
        """The discriminator's own loss on what `terms` made."""
        with self._lower():
            found = judged(model, made.prediction.detach(), made)
            real = judged(model, made.batch.driving, made)
        losses = [discriminator_gan(b[-1].float(), a[-1].float()) for a, b in zip(found, real, strict=True)]
        return self._losses.discriminator_gan * torch.stack(losses).sum()

    def _rebuilt(self, model: MotionModel, batch: FrameBatch) -> Rebuilt:
        source, driving = detected(model, batch)
        with self._lower():
            code = model.encode(batch.source)
            prediction = model.render(code, source, driving)
        return Rebuilt(source, driving, code, prediction.float(), batch)

    def _appearance(self, made: Rebuilt, random: torch.Generator) -> dict[str, Tensor]:
        losses, terms = self._losses, {}
        if losses.colour:
            terms["colour"] = losses.colour * (made.prediction - made.batch.driving).abs().mean()
        if any(losses.perceptual):
            assert self._features is not None
            found, real = (pyramid(pictures, losses.scales) for pictures in (made.prediction, made.batch.driving))
            if losses.patch and 1.0 in found:
                found[1.0], real[1.0] = _same_patch(found[1.0], real[1.0], losses.patch, random)
            with self._lower():
                terms["perceptual"] = perceptual(found, real, self._features, losses.perceptual)
        return terms

    def _equivariance(self, model: MotionModel, made: Rebuilt, random: torch.Generator) -> dict[str, Tensor]:
        losses, pictures = self._losses, made.batch.driving
        tps = Deformation.drawn(len(pictures), losses.sigma_affine, losses.sigma_tps, losses.points_tps, random).to(
            pictures.device
        )
        # FOMM's own, and what the other two do; see docs/models.md.
        padding = "reflection" if isinstance(model, FirstOrderMotionModel) else "border"
        deformed = model.detect(tps.pictures(pictures, padding))
        points = equivariance_of_points(made.driving.points, deformed.points, tps)
        terms = {"equivariance_value": losses.equivariance_value * points}
        if losses.equivariance_jacobian and made.driving.jacobians is not None and deformed.jacobians is not None:
            jacobians = equivariance_of_jacobians(made.driving.jacobians, deformed.jacobians, deformed.points, tps)
            terms["equivariance_jacobian"] = losses.equivariance_jacobian * jacobians
        return terms

    def _adversarial(self, model: MotionModel, made: Rebuilt) -> dict[str, Tensor]:
        losses = self._losses
        with self._lower():
            found = judged(model, made.prediction, made)
            with torch.no_grad():
                real = judged(model, made.batch.driving, made)
        terms: dict[str, list[Tensor]] = {}
        for ours, theirs in zip(found, real, strict=True):
            if losses.generator_gan:
                terms.setdefault("generator_gan", []).append(losses.generator_gan * generator_gan(ours[-1].float()))
            weights = losses.feature_matching or losses.reconstruction
            if any(weights):
                name = "feature_matching" if losses.feature_matching else "reconstruction"
                terms.setdefault(name, []).append(feature_matching(ours[:-1], theirs[:-1], weights))
        return {name: torch.stack(values).sum() for name, values in terms.items()}


def detected(model: MotionModel, batch: FrameBatch) -> tuple[KeypointTensors, KeypointTensors]:
    """Keypoints of source and driving frames, always at full precision: their coordinates need it.

    Monkey-Net's batch norm sees both together, each source before its driving frames; the others' one after the other.
    """
    if not isinstance(model, MonkeyNet):
        return model.detect(batch.source), model.detect(batch.driving)
    count = len(batch.source)
    shape = batch.source.shape[1:]
    joined = torch.cat([batch.source[:, None], batch.driving.view(count, -1, *shape)], 1)
    found = model.detect(joined.flatten(0, 1))
    first = torch.arange(len(found.points), device=batch.source.device) % joined.shape[1] == 0
    return _taken(found, first), _taken(found, ~first)


def judged(model: MotionModel, pictures: Tensor, made: Rebuilt) -> Judged:
    """What the family's discriminator says of pictures (N·T, 3, S, S), made or real; it never moves keypoints."""
    driving = KeypointTensors(*(None if x is None else x.detach() for x in made.driving))  # type: ignore[arg-type]
    if isinstance(model, MonkeyNet):
        assert model.discriminator is not None
        source = KeypointTensors(*(None if x is None else x.detach() for x in made.source))  # type: ignore[arg-type]
        clips = pictures.view(len(source.points), -1, *pictures.shape[1:]).transpose(1, 2)
        return [model.discriminator(clips, source, driving)]
    assert isinstance(model, FirstOrderMotionModel)
    assert model.discriminator is not None
    scales = pyramid(pictures, model.discriminator.scales)
    return list(model.discriminator(scales, driving.points).values())


def _taken(keypoints: KeypointTensors, which: Tensor) -> KeypointTensors:
    return KeypointTensors(*(None if x is None else x[which] for x in keypoints))  # type: ignore[arg-type]


def _same_patch(found: Tensor, real: Tensor, side: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """The same random square of both."""
    room = max(1, found.shape[-1] - side + 1)
    top, left = (int(torch.randint(room, (), generator=random)) for _ in range(2))
    return found[..., top : top + side, left : left + side], real[..., top : top + side, left : left + side]
