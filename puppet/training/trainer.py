"""One step of a training, and the state that is needed to continue it exactly; for every family.

A step depends on the weights, the optimisers, its number and, where a stage is measured in minutes, the time spent on
it. A `Trainer` belongs to one thread.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Generic

import torch
from torch import nn

from puppet.errors import ConfigError
from puppet.training.checkpoint import AVERAGED, Checkpoint
from puppet.training.data.batch_loader import load_batches
from puppet.training.data.clips import Clip
from puppet.training.distributed import ALONE, Process, average, largest, synchronise_batch_norm
from puppet.training.objective import Family, ModelT
from puppet.training.optimiser import OptimiserStep, update_ema, use_channels_last
from puppet.training.recipe_schema.common import decisive
from puppet.training.recipe_schema.reader import Stage

_MAX_NAMED = 5  # differences in one message


@dataclass(slots=True)
class Progress:
    """Position of a training.

    Attributes:
        stage: index of the stage; the number of stages when all are over.
        step: steps made in all stages.
        stage_step: steps made in this stage.
        elapsed_s: seconds spent on this stage.
        skipped: steps that were skipped because they were not finite.
    """

    stage: int = 0
    step: int = 0
    stage_step: int = 0
    elapsed_s: float = 0.0
    skipped: int = 0


class Trainer(Generic[ModelT]):
    """Trains one model.

    Attributes:
        model: is trained.
        averaged: exponential moving average of its weights: the result.
        progress: position of the training.
        objective: of the present stage.
        device: computes.
    """

    def __init__(
        self,
        family: Family[ModelT],
        clips: Sequence[Clip],
        device: torch.device,
        clock: Callable[[], float],
        process: Process = ALONE,
    ) -> None:
        """Build the model and its first stage.

        Args:
            family: model, stages and objectives.
            clips: to train on.
            device: computes.
            clock: seconds, for stages that are measured in minutes.
            process: index of this process, and number of processes.

        Raises:
            ConfigError: the clips do not suffice.
        """
        torch.manual_seed(family.recipe.seed)
        self._family, self._clips, self._clock, self._process = family, clips, clock, process
        self.device, self.progress = device, Progress()
        self.model = family.build()
        self.model.to(device)
        use_channels_last(self.model)
        self.averaged = copy.deepcopy(self.model)
        self.averaged.eval().requires_grad_(False)
        synchronise_batch_norm(self.model, device)
        self._begin_stage()

    @property
    def stage(self) -> Stage:
        """The present stage; the last one when all are over."""
        return self._family.stages[min(self.progress.stage, len(self._family.stages) - 1)]

    @property
    def finished(self) -> bool:
        """True when every stage is over."""
        return self.progress.stage >= len(self._family.stages)

    @property
    def amount(self) -> tuple[int, int, str]:
        """Amount of training that is done, the amount in all, and the unit."""
        progress = self.progress
        return self._family.recipe.amount(progress.stage, progress.step, progress.elapsed_s)

    @property
    def place(self) -> str:
        """Stage and time spent on it, for the log."""
        return f"{self.stage.name} {self.progress.elapsed_s / 60:.1f} min"

    def start_from(self, fill: Callable[[ModelT], None]) -> None:
        """Replace the random weights, before the first step."""
        fill(self.model)
        self.averaged.load_state_dict(self.model.state_dict())

    def step(self) -> dict[str, float]:
        """Train on one batch; return the terms of the loss by name. Raises ConfigError: too many steps were skipped."""
        progress, stage, number = self.progress, self.stage, self.progress.stage_step
        rate, discriminator_rate = stage.rates(number, progress.elapsed_s)
        batch = next(self._batches).to(self.device)
        before = self._optimiser.snapshot()
        losses = self.objective.losses(self.model, batch, number)
        terms = losses.terms
        if self._optimiser.apply(torch.stack(list(terms.values())).sum(), rate, before):
            if self._discriminator is not None:
                before = self._discriminator.snapshot()
                terms["discriminator_gan"] = losses.discriminator()
                self._discriminator.apply(terms["discriminator_gan"], discriminator_rate, before)
            update_ema(self.averaged, self.model, stage.ema(number))
        else:
            progress.skipped += 1
        progress.step += 1
        progress.stage_step += 1
        progress.elapsed_s = largest(self._clock() - self._started_s)
        if stage.is_over(progress.stage_step, progress.elapsed_s):
            self._end_stage()
        return {name: float(value.detach()) for name, value in terms.items()}

    def checkpoint(self) -> Checkpoint:
        """Return everything that continuing needs. Called by every process: they share their running statistics."""
        self._share_statistics()
        weights = {
            prefix + name: value
            for prefix, module in self._modules().items()
            for name, value in module.state_dict().items()
        }
        optimisers = {name: optimiser.adam.state_dict() for name, optimiser in self._optimisers().items()}
        training = {"configuration": self.configuration(), "progress": asdict(self.progress), "optimisers": optimisers}
        return Checkpoint(self.progress.step, weights, training)

    def resume(self, checkpoint: Checkpoint) -> None:
        """Continue exactly after the step at which a checkpoint was made.

        Raises:
            ConfigError: it was made with another recipe or other data; names the differences.
        """
        then, now = decisive(checkpoint.training["configuration"]), self.configuration()
        if then != now:
            raise ConfigError(
                f"The checkpoint was made with another configuration ({differences(then, now)}); give the same, or "
                "another --out"
            )
        self.progress = Progress(**checkpoint.training["progress"])
        self.progress.stage = min(self.progress.stage, len(self._family.stages) - 1)
        self._begin_stage()
        for prefix, module in self._modules().items():
            weights = {k.removeprefix(prefix): v for k, v in checkpoint.weights.items() if k.startswith(prefix)}
            module.load_state_dict(weights)
        for name, optimiser in self._optimisers().items():
            optimiser.adam.load_state_dict(checkpoint.training["optimisers"][name])
        if self.stage.is_over(self.progress.stage_step, self.progress.elapsed_s):  # unless the recipe got longer
            self._end_stage()

    def configuration(self) -> dict[str, str]:
        """Return what a step depends on besides the checkpoint: the recipe, the clips and the number of processes."""
        clips = {f"clip {clip.name}": f"{clip.length} frames" for clip in self._clips}
        return {**self._family.recipe.settings(), **clips, "processes": str(self._process.count)}

    def _begin_stage(self) -> None:
        index = self.progress.stage
        if index:
            # Random weights of its own: the same whether or not the training was resumed before.
            torch.manual_seed(self._family.recipe.seed + index)
            # A later stage continues from the averaged weights, which are the better ones.
            self._share_statistics()
            self.model.load_state_dict(self.averaged.state_dict())
        self.objective = self._family.objective(index, self.model, self._clips, self._process)
        self.objective.networks.to(self.device)
        settings, of_discriminator = self.stage.optimisers
        self._optimiser = OptimiserStep(self.objective.trained, settings)
        discriminators = self.objective.discriminators
        self._discriminator = OptimiserStep(discriminators, of_discriminator) if discriminators else None
        self._batches = load_batches(self.objective.batches, self.progress.stage_step, self._family.recipe.workers)
        self._started_s = self._clock() - self.progress.elapsed_s

    def _end_stage(self) -> None:
        self.progress.stage += 1
        if not self.finished:
            self.progress.stage_step, self.progress.elapsed_s = 0, 0.0
            self._begin_stage()

    def _share_statistics(self) -> None:
        """Average batch norm's running statistics over all processes, each of which has seen other batches."""
        buffers = (buffer for model in (self.model, self.averaged) for buffer in model.buffers())
        average(buffer for buffer in buffers if buffer.is_floating_point())

    def _modules(self) -> dict[str, nn.Module]:
        return {"model.": self.model, AVERAGED: self.averaged, "objective.": self.objective.networks}

    def _optimisers(self) -> dict[str, OptimiserStep]:
        both = {"model": self._optimiser, "discriminator": self._discriminator}
        return {name: optimiser for name, optimiser in both.items() if optimiser is not None}


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return the first few differences between two configurations in words."""
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    told = [f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now" for name in names[:_MAX_NAMED]]
    return "; ".join(told + ([f"and {len(names) - _MAX_NAMED} more"] if len(names) > _MAX_NAMED else []))
