"""The training loop's one step, and everything that has to be kept to go on with it exactly.

A `Trainer` belongs to one thread. It trains a FaceModel through a recipe's stages: bfloat16 where that is safe, Adam
with a clipped gradient, an exponential average of the weights, a learning rate that follows the clock. A step whose
loss or gradient is not finite changes nothing.
"""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import torch
from torch import Tensor, nn

from puppet.errors import ConfigError
from puppet.models.face import FaceModel
from puppet.training.checkpoint import AVERAGED, Checkpoint
from puppet.training.data.face_clips import Clip
from puppet.training.data.face_pairs import PairSampler
from puppet.training.losses.face import objective_of
from puppet.training.losses.face_terms import Vgg16
from puppet.training.optimiser import differences
from puppet.training.recipe_schema.face import Recipe, StageRecipe

log = logging.getLogger(__name__)

GRADIENT_NORM = 5.0
"""Gradients are scaled down to this norm."""

_WARM_UP_STEPS = 200
_LAST_RATE = 0.02  # of the learning rate
_AVERAGE = 0.999
_DISCRIMINATOR_RATE = 5e-4
_MOST_SKIPPED = 50  # in a row


@dataclass(slots=True)
class Progress:
    """Where a training is.

    Attributes:
        stage: index of the stage.
        step: steps made, of all stages.
        stage_step: steps made of this stage.
        elapsed_s: seconds spent on this stage.
        skipped: steps left out because they were not finite.
    """

    stage: int = 0
    step: int = 0
    stage_step: int = 0
    elapsed_s: float = 0.0
    skipped: int = 0


class Trainer:
    """Trains one model.

    Attributes:
        model: what is trained.
        average: the exponential average of its weights: the result.
        progress: where the training is.
    """

    def __init__(
        self, recipe: Recipe, clips: Sequence[Clip], vgg: Vgg16, clock: Callable[[], float], device: torch.device
    ) -> None:
        """`clock`: seconds, for the schedule. Raises ConfigError when the clips do not suffice."""
        torch.manual_seed(recipe.seed)
        self._recipe, self._clips, self._vgg = recipe, clips, vgg.to(device)
        self._clock, self._device = clock, device
        self.model = FaceModel().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.progress = Progress()
        self._skipped_in_a_row = 0
        self._begin_stage()

    @property
    def stage(self) -> StageRecipe:
        """The present stage; the last one when all are done."""
        return self._recipe.stages[min(self.progress.stage, len(self._recipe.stages) - 1)]

    @property
    def finished(self) -> bool:
        """Whether every stage had its time."""
        return self.progress.stage >= len(self._recipe.stages)

    def start_from(self, fill: Callable[[nn.Module], None]) -> None:
        """Begin with other weights than random ones; before the first step."""
        fill(self.average)
        self.model.load_state_dict(self.average.state_dict())

    def step(self) -> dict[str, float]:
        """Train on one batch; returns the loss's terms by name. Raises ConfigError when nothing is finite any more."""
        self._set_rate()
        terms = self._descend()
        self.progress.step += 1
        self.progress.stage_step += 1
        self.progress.elapsed_s = self._clock() - self._started_s
        if self.progress.elapsed_s >= 60 * self.stage.minutes:
            self._end_stage()
        return terms

    def checkpoint(self) -> Checkpoint:
        """Everything, to go on later."""
        weights = {
            prefix + name: value
            for prefix, module in self._modules().items()
            for name, value in module.state_dict().items()
        }
        training = {
            "configuration": self.configuration(),
            "progress": asdict(self.progress),
            "sampler": self._sampler.state,
            "optimiser": self._optimiser.state_dict(),
            "discriminator_optimiser": self._judges.state_dict() if self._judges else {},
        }
        return Checkpoint(self.progress.step, weights, training)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on exactly where a checkpoint was made.

        Raises:
            ConfigError: it was made with another recipe or other data; says what differs.
        """
        then, now = checkpoint.training["configuration"], self.configuration()
        if then != now:
            raise ConfigError(
                f"the checkpoint was made with another configuration ({differences(then, now)}): give the same, or "
                "another --out."
            )
        self.progress = Progress(**checkpoint.training["progress"])
        self._begin_stage()
        for prefix, module in self._modules().items():
            weights = {k.removeprefix(prefix): v for k, v in checkpoint.weights.items() if k.startswith(prefix)}
            module.load_state_dict(weights)
        self._sampler.state = checkpoint.training["sampler"]
        self._optimiser.load_state_dict(checkpoint.training["optimiser"])
        if self._judges:
            self._judges.load_state_dict(checkpoint.training["discriminator_optimiser"])

    def configuration(self) -> dict[str, str]:
        """What a step depends on besides the checkpoint: the recipe and the clips."""
        frames = {f"clip {clip.name}": f"{len(clip.points)} frames" for clip in self._clips}
        return {**self._recipe.settings(), **frames}

    def _modules(self) -> dict[str, nn.Module]:
        return {"model.": self.model, AVERAGED: self.average, "discriminators.": self._objective.discriminators}

    def _begin_stage(self) -> None:
        stage = self.stage
        # From the averaged weights: they are the better ones.
        self.model.load_state_dict(self.average.state_dict())
        self._objective = objective_of(stage, self._vgg)
        self._objective.discriminators.to(self._device)
        self._parts = [getattr(self.model, name) for name in self._objective.parts]
        self.model.eval()  # what is not trained stays as it is, its statistics too
        for part in self._parts:
            part.train()
        self._parameters = list(chain.from_iterable(part.parameters() for part in self._parts))
        # A discriminator moves the goal: less momentum follows it better.
        betas = (0.5 if stage.adversarial else 0.9, 0.99)
        self._optimiser = torch.optim.Adam(self._parameters, lr=stage.learning_rate, betas=betas)
        judges = list(self._objective.discriminators.parameters())
        self._judges = torch.optim.Adam(judges, lr=_DISCRIMINATOR_RATE, betas=(0.5, 0.99)) if judges else None
        self._sampler = PairSampler(
            self._clips,
            stage.objective,
            self._recipe.data.folder_weights,
            self._recipe.seed + self.progress.stage,
            stage.batch,
        )
        self._started_s = self._clock() - self.progress.elapsed_s

    def _end_stage(self) -> None:
        self.progress.stage += 1
        if not self.finished:
            self.progress.stage_step, self.progress.elapsed_s = 0, 0.0
            self._begin_stage()

    def _set_rate(self) -> None:
        warm_up = min(1.0, (self.progress.stage_step + 1) / _WARM_UP_STEPS)
        done = min(1.0, self.progress.elapsed_s / (60 * self.stage.minutes))
        cosine = _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))
        for group in self._optimiser.param_groups:
            group["lr"] = self.stage.learning_rate * warm_up * cosine

    def _descend(self) -> dict[str, float]:
        batch = self._sampler.next().to(self._device)
        buffers = [(buffer, buffer.clone()) for part in self._parts for buffer in part.buffers()]
        with self._lower_precision():
            terms = self._objective.terms(self.model, batch)
        loss = torch.stack(list(terms.values())).sum()
        self._optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self._parameters, GRADIENT_NORM)
        if bool(torch.isfinite(loss) & torch.isfinite(norm)):
            self._skipped_in_a_row = 0
            self._optimiser.step()
            self._follow()
            if self._judges:
                terms["discriminators"] = self._train_judges(self._judges)
        else:
            self._skip(buffers)
        return {name: float(value.detach()) for name, value in terms.items()}

    def _train_judges(self, judges: torch.optim.Optimizer) -> Tensor:
        with self._lower_precision():
            loss = self._objective.judgement()
        judges.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        judges.step()
        return loss

    def _lower_precision(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16)

    @torch.no_grad()
    def _follow(self) -> None:
        """Let the average follow the trained parts: closely at first, then over a thousand steps."""
        keep = min(_AVERAGE, (self.progress.stage_step + 2) / (self.progress.stage_step + 21))
        averages = (getattr(self.average, name) for name in self._objective.parts)
        for part, average in zip(self._parts, averages, strict=True):
            for value, mean in zip(part.state_dict().values(), average.state_dict().values(), strict=True):
                if value.is_floating_point():
                    mean.lerp_(value, 1 - keep)
                else:
                    mean.copy_(value)

    def _skip(self, buffers: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Leave the step out: batch normalisation's running statistics saw it, and forget it again."""
        for buffer, before in buffers:
            buffer.copy_(before)
        self.progress.skipped += 1
        self._skipped_in_a_row += 1
        log.warning("step %d left out: its loss or gradient is not finite", self.progress.step)
        if self._skipped_in_a_row >= _MOST_SKIPPED:
            raise ConfigError(
                f"{_MOST_SKIPPED} steps in a row were not finite: start again from the last checkpoint's weights "
                f"(--init) with a lower learning_rate than {self.stage.learning_rate:g}."
            )
