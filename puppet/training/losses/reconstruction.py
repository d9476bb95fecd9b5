"""Objective of Monkey-Net, FOMM and co-part segmentation, built from `puppet.training.losses.papers`.

A driving frame is reconstructed from a source frame of the same clip by the motion between them. The recipe names the
terms and their weights; the family decides how keypoints are detected and what a discriminator is given.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset
from typing_extensions import override

from puppet.models.base import KeypointTensors, MotionModel
from puppet.models.coseg import CosegConfig
from puppet.models.fomm import FirstOrderMotionModel
from puppet.models.monkeynet import MonkeyNet
from puppet.training.data.frame_batches import FrameBatch
from puppet.training.losses.auxiliary import AuxiliaryLosses
from puppet.training.losses.papers import (
    discriminator_gan,
    equivariance_of_jacobians,
    equivariance_of_points,
    feature_matching,
    generator_gan,
    perceptual,
    pyramid,
)
from puppet.training.losses.random_deformation import Deformation
from puppet.training.losses.vgg import FIRST_RELUS, Vgg
from puppet.training.objective import Losses, Objective
from puppet.training.optimiser import freeze_batch_norm
from puppet.training.recipe_schema.learned import LearnedRecipe

Maps: TypeAlias = list[list[Tensor]]
"""Maps of the discriminator, its score last, scale by scale."""


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Pictures of one step and the keypoints found in them.

    Attributes:
        source: keypoints of the source frames.
        driving: keypoints of the driving frames, T in a row for each source.
        code: of the sources, by `MotionModel.encode`.
        prediction: (N·T, 3, S, S): rendered driving frames.
        batch: source and driving frames.
    """

    source: KeypointTensors
    driving: KeypointTensors
    code: object
    prediction: Tensor
    batch: FrameBatch


class ReconstructionObjective(Objective[MotionModel]):
    """Objective of a recipe, which has one stage."""

    def __init__(
        self,
        model: MotionModel,
        recipe: LearnedRecipe,
        batches: Dataset[FrameBatch],
        vgg: Vgg | None = None,
        rank: int = 0,
    ) -> None:
        """Prepare a model for training.

        Args:
            model: of the recipe's architecture.
            recipe: losses and their weights.
            batches: see Objective.
            vgg: None when no loss needs it.
            rank: of this process; random deformations differ between processes.
        """
        self.batches, self._recipe, self._losses = batches, recipe, recipe.losses
        self._vgg, self._rank, self._device = vgg, rank, next(model.parameters()).device.type
        config = recipe.model
        keypoints = config.num_segments if isinstance(config, CosegConfig) else config.num_kp
        self.networks = self._auxiliary = AuxiliaryLosses(recipe.losses, keypoints)
        discriminator = getattr(model, "discriminator", None)
        self.trained = [*(child for child in model.children() if child is not discriminator), self.networks]
        self.discriminators: list[nn.Module] = []
        if recipe.losses.discriminator_gan > 0 and discriminator is not None:
            self.discriminators.append(discriminator)
        model.train()

    @override
    def losses(self, model: MotionModel, batch: FrameBatch, step: int) -> Losses:
        if self._recipe.identity_init or 0 < self._recipe.optimiser.norms_fixed_after <= step:
            freeze_batch_norm(model)
        losses, random = self._losses, generator_of(self._recipe.seed, self._rank, step)
        made = self._reconstruct(model, batch)
        terms = self._appearance(made, random)
        if losses.equivariance_value or losses.equivariance_jacobian:
            terms |= self._equivariance(model, made, random)
        if losses.needs_discriminator:
            terms |= self._adversarial(model, made)
        terms |= self._auxiliary.terms(model, made.source, made.driving, made.code, batch, self._vgg)
        return Losses(terms, partial(self._discriminator_loss, model, made))

    def _discriminator_loss(self, model: MotionModel, made: Reconstruction) -> Tensor:
        with self._lower_precision():
            found = discriminator_maps(model, made.prediction.detach(), made)
            real = discriminator_maps(model, made.batch.driving, made)
        losses = [discriminator_gan(b[-1].float(), a[-1].float()) for a, b in zip(found, real, strict=True)]
        return self._losses.discriminator_gan * torch.stack(losses).sum()

    def _lower_precision(self) -> AbstractContextManager[object]:
        if self._recipe.precision == "fp32":
            return nullcontext()
        return torch.autocast(self._device, torch.bfloat16)

    def _reconstruct(self, model: MotionModel, batch: FrameBatch) -> Reconstruction:
        source, driving = detect(model, batch)
        with self._lower_precision():
            code = model.encode(batch.source)
            prediction = model.render(code, source, driving)
        return Reconstruction(source, driving, code, prediction.float(), batch)

    def _appearance(self, made: Reconstruction, random: torch.Generator) -> dict[str, Tensor]:
        losses, terms = self._losses, {}
        if losses.colour:
            terms["colour"] = losses.colour * (made.prediction - made.batch.driving).abs().mean()
        if any(losses.perceptual):
            assert self._vgg is not None
            found, real = (pyramid(pictures, losses.scales) for pictures in (made.prediction, made.batch.driving))
            if losses.patch and 1.0 in found:
                found[1.0], real[1.0] = _same_patch(found[1.0], real[1.0], losses.patch, random)
            with self._lower_precision():
                weights = dict(zip(FIRST_RELUS, losses.perceptual, strict=False))
                distances = [perceptual(self._vgg, found[scale], real[scale], weights) for scale in found]
            terms["perceptual"] = torch.stack(distances).sum()
        return terms

    def _equivariance(self, model: MotionModel, made: Reconstruction, random: torch.Generator) -> dict[str, Tensor]:
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

    def _adversarial(self, model: MotionModel, made: Reconstruction) -> dict[str, Tensor]:
        losses = self._losses
        with self._lower_precision():
            found = discriminator_maps(model, made.prediction, made)
            with torch.no_grad():
                real = discriminator_maps(model, made.batch.driving, made)
        terms: dict[str, list[Tensor]] = {}
        for ours, theirs in zip(found, real, strict=True):
            if losses.generator_gan:
                terms.setdefault("generator_gan", []).append(losses.generator_gan * generator_gan(ours[-1].float()))
            weights = losses.feature_matching or losses.reconstruction
            if any(weights):
                name = "feature_matching" if losses.feature_matching else "reconstruction"
                terms.setdefault(name, []).append(feature_matching(ours[:-1], theirs[:-1], weights))
        return {name: torch.stack(values).sum() for name, values in terms.items()}


def detect(model: MotionModel, batch: FrameBatch) -> tuple[KeypointTensors, KeypointTensors]:
    """Return keypoints of source and driving frames, always at full precision, which their coordinates need.

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


def discriminator_maps(model: MotionModel, pictures: Tensor, made: Reconstruction) -> Maps:
    """Return the discriminator's maps of rendered or real pictures (N·T, 3, S, S); no gradient reaches keypoints."""
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
    """Cut the same random square out of both."""
    room = max(1, found.shape[-1] - side + 1)
    top, left = (int(torch.randint(room, (), generator=random)) for _ in range(2))
    return found[..., top : top + side, left : left + side], real[..., top : top + side, left : left + side]


def generator_of(*numbers: int) -> torch.Generator:
    """Return a random generator that is the same whenever the numbers are."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(numbers).generate_state(1)[0]))
