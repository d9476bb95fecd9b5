"""The training loop's one step for Monkey-Net, FOMM and co-part segmentation, and all that goes on with it exactly.

What a step does depends on the weights, the optimisers and its number alone: batches and random deformations are drawn
anew from seed and number. A `LearnedTrainer` belongs to one thread.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import nn

from puppet.errors import ConfigError
from puppet.models.base import MotionModel
from puppet.models.checkpoints import build
from puppet.models.coseg import CosegConfig
from puppet.training.checkpoint import AVERAGED, Checkpoint
from puppet.training.data.clips import Clip
from puppet.training.data.frame_batches import Batches, FrameBatch, Process, stream
from puppet.training.distributed import average, join_statistics
from puppet.training.losses.auxiliary import Aids
from puppet.training.losses.perceptual import Features
from puppet.training.losses.reconstruction import Rebuilt, Reconstruction
from puppet.training.optimiser import Descent, differences, fix_norms, follow
from puppet.training.recipe_schema.learned import LearnedRecipe

Begin = Callable[[MotionModel], None]
"""Fills a new model with other weights than random ones."""


class LearnedTrainer:
    """Trains one model.

    Attributes:
        model: what is trained.
        averaged: the exponential average of its weights: the result.
        done: steps made, those of earlier runs too.
        device: where it computes.
    """

    def __init__(
        self,
        recipe: LearnedRecipe,
        clips: Sequence[Clip],
        features: Features | None,
        device: torch.device,
        process: Process | None = None,
    ) -> None:
        """`features`: VGG, None when no loss looks at it."""
        torch.manual_seed(recipe.seed)
        self.recipe, self.done = recipe, 0
        self._clips, self.device, self._process = clips, device, process or Process()
        self.model = build(recipe.model).to(device)
        lay_out(self.model)
        keypoints = recipe.model.num_segments if isinstance(recipe.model, CosegConfig) else recipe.model.num_kp
        aids = Aids(recipe.losses, keypoints).to(device)
        features = None if features is None else features.to(device)
        self._loss = Reconstruction(recipe.losses, features, aids, self._lower_precision)
        self.averaged = copy.deepcopy(self.model).eval().requires_grad_(False)
        join_statistics(self.model, device)
        self.model.train()
        self._prepare()

    @property
    def finished(self) -> bool:
        """Whether every step was made."""
        return self.done >= self.recipe.steps

    def start_from(self, begin: Begin) -> None:
        """Begin with other weights than random ones; before the first step."""
        begin(self.model)
        self.averaged.load_state_dict(self.model.state_dict())

    def pictures(self, batches: int) -> Iterator[torch.Tensor]:
        """The sources of so many batches as training sees them, the same for every process."""
        drawn = Batches(self._clips, self.recipe, Process())
        return (drawn[step].source.to(self.device) for step in range(batches))

    def step(self) -> dict[str, float]:
        """Train on one batch; returns the loss's terms by name. Raises ConfigError when nothing is finite any more."""
        if self.recipe.copying or 0 < self.recipe.optimiser.norms_fixed_after <= self.done:
            fix_norms(self.model)
        batch = next(self._batches).to(self.device)
        random = generator_of(self.recipe.seed, self._process.rank, self.done)
        before = self._descent.buffers()
        terms, made = self._loss.terms(self.model, batch, random)
        if self._descent.step(torch.stack(list(terms.values())).sum(), self.done, before):
            if self._judging is not None:
                terms["discriminator_gan"] = self._judge(self._judging, made)
            follow(self.averaged, self.model, self.recipe.optimiser.average, self.done)
        self.done += 1
        return {name: float(value.detach()) for name, value in terms.items()}

    def checkpoint(self) -> Checkpoint:
        """Everything, to go on later."""
        average(buffer for buffer in self.model.buffers() if buffer.is_floating_point())
        weights = {
            prefix + name: value
            for prefix, module in self._kept().items()
            for name, value in module.state_dict().items()
        }
        optimisers = {name: descent.optimiser.state_dict() for name, descent in self._descents().items()}
        skipped = self._descent.skipped
        training = {"configuration": self.configuration(), "optimisers": optimisers, "skipped": skipped}
        return Checkpoint(self.done, weights, training)

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
        for prefix, module in self._kept().items():
            weights = {k.removeprefix(prefix): v for k, v in checkpoint.weights.items() if k.startswith(prefix)}
            module.load_state_dict(weights)
        for name, descent in self._descents().items():
            descent.optimiser.load_state_dict(checkpoint.training["optimisers"][name])
        self._descent.skipped = checkpoint.training["skipped"]
        self.done = checkpoint.step
        self._batches = self._stream()

    def configuration(self) -> dict[str, str]:
        """What a step depends on besides the checkpoint: the recipe, the clips and the number of processes."""
        clips = {f"clip {clip.name}": f"{clip.length} frames" for clip in self._clips}
        return {**self.recipe.settings(), **clips, "processes": str(self._process.count)}

    def _prepare(self) -> None:
        """Optimisers and batches."""
        recipe = self.recipe.optimiser
        judge = getattr(self.model, "discriminator", None)
        trained = [module for name, module in self.model.named_children() if name != "discriminator"]
        self._descent = Descent([*trained, self._loss.aids], recipe.learning_rate, recipe)
        wanted = self.recipe.losses.discriminator_gan > 0
        self._judging = Descent([judge], recipe.discriminator_rate, recipe) if judge is not None and wanted else None
        self._batches = self._stream()

    def _stream(self) -> Iterator[FrameBatch]:
        batches = Batches(self._clips, self.recipe, self._process)
        return stream(batches, self.done, self.recipe.steps, self.recipe.workers)

    def _judge(self, judging: Descent, made: Rebuilt) -> torch.Tensor:
        before = judging.buffers()
        loss = self._loss.judgement(self.model, made)
        judging.step(loss, self.done, before)
        return loss

    def _kept(self) -> dict[str, nn.Module]:
        return {"model.": self.model, AVERAGED: self.averaged, "aids.": self._loss.aids}

    def _descents(self) -> dict[str, Descent]:
        both = {"model": self._descent, "discriminator": self._judging}
        return {name: descent for name, descent in both.items() if descent is not None}

    def _lower_precision(self) -> AbstractContextManager[object]:
        if self.recipe.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


def lay_out(module: nn.Module) -> None:
    """Kernels of pictures with their channels last, which CPUs and GPUs convolve faster; those of clips as they are."""
    for weight in module.parameters():
        if weight.dim() == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)


def generator_of(*numbers: int) -> torch.Generator:
    """A random generator that is the same whenever the numbers are."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence(numbers).generate_state(1)[0]))
