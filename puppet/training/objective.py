"""Interfaces of the training loop: the objective of a stage, and a family of models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from puppet.domain import Picture
from puppet.models.base import MotionModel
from puppet.models.face import FaceModel
from puppet.training.data.clips import Clip, ClipSet
from puppet.training.distributed import Process
from puppet.training.recipe_schema.reader import Recipe, Stage

ModelT = TypeVar("ModelT", bound=FaceModel | MotionModel)


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of one batch.

    Attributes:
        terms: weighted terms by name; the model minimises their sum.
        discriminator: computes the discriminators' loss on the pictures that were rendered.
    """

    terms: dict[str, Tensor]
    discriminator: Callable[[], Tensor]


class Objective(ABC, Generic[ModelT]):
    """Losses and batches of one stage, and the parameters that they train.

    Attributes:
        trained: modules that minimise the terms: parts of the model, and of `networks`.
        discriminators: modules that minimise the discriminators' loss; empty: there are none.
        networks: modules that are trained along and kept in checkpoints, but are no part of the model.
        batches: step of the stage -> batch; a function of the step alone.
    """

    trained: Sequence[nn.Module]
    discriminators: Sequence[nn.Module]
    networks: nn.Module
    batches: Dataset[Any]

    @abstractmethod
    def losses(self, model: ModelT, batch: Any, step: int) -> Losses:
        """Compute the losses of the batch of a step of the stage, with gradients."""


class Family(ABC, Generic[ModelT]):
    """Everything in which the training of one family of models differs from that of another.

    Attributes:
        recipe: of the training.
        stages: schedules of the stages, in order.
    """

    recipe: Recipe
    stages: Sequence[Stage]

    @abstractmethod
    def read_clips(self, cache: Path) -> ClipSet:
        """Read the clips of the recipe, from the cache where they are in it. Raises ConfigError, MediaError."""

    @abstractmethod
    def build(self) -> ModelT:
        """Build the model with random weights."""

    @abstractmethod
    def initialise(self, model: ModelT, clips: Sequence[Clip], path: Path | None) -> None:
        """Fill a new model with the weights in `path`, and as the recipe says. Raises CheckpointError."""

    @abstractmethod
    def objective(self, stage: int, model: ModelT, clips: Sequence[Clip], process: Process) -> Objective[ModelT]:
        """Return the objective of a stage and prepare the model for it. Raises ConfigError: clips do not suffice."""

    @abstractmethod
    def sheet(self, model: ModelT, clips: Sequence[Clip], device: torch.device) -> Picture:
        """Draw a contact sheet: rows of source, driving frame and rendered pictures."""

    def finish(self, model: ModelT, clips: Sequence[Clip]) -> None:
        """Adjust the averaged model after training, in place."""
        return

    def evaluate(self, model: ModelT, held_out: Sequence[Clip], out: Path) -> dict[str, float]:
        """Score the averaged model on held-out clips; return scores for the pack's card, by name."""
        return {}
