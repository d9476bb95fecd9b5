"""Trains a model of any family: from clips to averaged weights, in stages, resumable to the step.

In --out: `checkpoints/`, `sheet.png` (held-out clips), `curves/` for TensorBoard, `train.log`, and at the end
`weights.safetensors` and, for `face`, `evaluation.json`. The same command continues a training that was stopped. Every
process of torchrun runs this; the first one writes.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeAlias

import torch

from puppet.concurrency.signals import stop_on_signals
from puppet.errors import ConfigError, PuppetError
from puppet.media.pictures import write_picture
from puppet.models.base import MotionModel
from puppet.models.face import FaceModel
from puppet.training.checkpoint import WEIGHTS, newest_checkpoint, read_checkpoint, save_checkpoint, save_weights
from puppet.training.data.clips import Clip
from puppet.training.distributed import largest, processes
from puppet.training.families import FaceFamily, LearnedFamily
from puppet.training.objective import Family, ModelT
from puppet.training.recipe_schema.face import FaceRecipe
from puppet.training.recipe_schema.reader import Recipe
from puppet.training.trainer import Trainer
from puppet.training.training_log import Report

log = logging.getLogger(__name__)

Advance: TypeAlias = Callable[[int, int | None], None]
Clock: TypeAlias = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Order:
    """A training to carry out.

    Attributes:
        recipe: model, data, losses and duration.
        out: folder for everything that is written.
        cache: folder of decoded clips.
        init: initial weights; None: random ones.
        minutes: duration of this run, which ends with a checkpoint; None: until the recipe's end.
        lpips: weights of LPIPS, for the final scores of `face`; None: LPIPS is not measured.
    """

    recipe: Recipe
    out: Path
    cache: Path
    init: Path | None = None
    minutes: float | None = None
    lpips: Path | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """Result of a training.

    Attributes:
        model: with the averaged weights, in eval mode, on the CPU.
        amount: amount done, amount in all, and its unit.
        finished: True when every stage is over.
        data: summary of the clips.
        first: True in the process that writes files.
        scores: on held-out clips, by name; empty: none were measured.
        stopped_by: number of the signal that stopped it after a checkpoint; 0: none did.
    """

    model: FaceModel | MotionModel
    amount: tuple[int, int, str]
    finished: bool
    data: str
    first: bool = True
    scores: dict[str, float] = field(default_factory=dict)
    stopped_by: int = 0


def train(order: Order, advance: Advance = lambda done, total: None, clock: Clock = time.monotonic) -> Trained:
    """Read the clips, train or continue a training, evaluate.

    Args:
        order: the training.
        advance: called after each step with the amount that is done and the amount in all.
        clock: seconds.

    Raises:
        ConfigError: the order cannot be carried out, or a checkpoint in `out` belongs to another training.
        CheckpointError: weights or a checkpoint cannot be read, or the last checkpoint cannot be written.
        MediaError: the cache or a picture cannot be written.
        TrackingError: faces or people have to be found, and MediaPipe is missing.
    """
    if isinstance(order.recipe, FaceRecipe):
        return _train(order, FaceFamily(order.recipe, order.lpips), advance, clock)
    return _train(order, LearnedFamily(order.recipe), advance, clock)


def _train(order: Order, family: Family[ModelT], advance: Advance, clock: Clock) -> Trained:
    found = family.read_clips(order.cache)
    log.info("%s", found.summary())
    clips, held_out = found.split(order.recipe.data.held_out)
    if not clips:
        raise ConfigError(f"Key data.held_out is {order.recipe.data.held_out}; it leaves no clip to train on")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with processes() as process:
        trainer = Trainer(family, clips, device, clock, process)
        _begin(trainer, family, clips, order)
        report = Report(order.out / "curves") if process.rank == 0 else None
        with closing(report) if report else nullcontext():
            stopped_by = _Run(trainer, family, order, held_out or clips, report, advance).until_end(clock)
        model = trainer.averaged
        model.cpu().eval()
    scores = {}
    if process.rank == 0 and not stopped_by:
        family.finish(model, clips)
        save_weights(model, order.out / WEIGHTS)
        scores = family.evaluate(model, held_out, order.out)
    amount = trainer.amount
    return Trained(model, amount, trainer.finished, found.summary(), process.rank == 0, scores, stopped_by)


def _begin(trainer: Trainer[ModelT], family: Family[ModelT], clips: Sequence[Clip], order: Order) -> None:
    """Continue from the newest checkpoint in --out, else start from --init, else from random weights."""
    if (newest := newest_checkpoint(order.out / "checkpoints")) is not None:
        trainer.resume(read_checkpoint(newest))
        log.info("continuing after step %d, from %s", trainer.progress.step, newest)
    else:
        trainer.start_from(lambda model: family.initialise(model, clips, order.init))


@dataclass(frozen=True, slots=True)
class _Run(Generic[ModelT]):
    """One run of a training: to its end, or until its time is over."""

    trainer: Trainer[ModelT]
    family: Family[ModelT]
    order: Order
    shown: list[Clip]
    report: Report | None
    advance: Advance

    def until_end(self, clock: Clock) -> int:
        """Train, write the last checkpoint, and return the number of the signal that stopped it, or 0."""
        trainer, interval_s = self.trainer, 60 * self.order.recipe.checkpoint_minutes
        begun_s, due_s = clock(), interval_s
        end_s = math.inf if self.order.minutes is None else 60 * self.order.minutes
        with stop_on_signals() as stop:
            while not trainer.finished:
                self._step()
                elapsed_s = largest(math.inf if stop.number else clock() - begun_s)
                if elapsed_s >= end_s:
                    break
                if elapsed_s >= due_s:
                    self._keep()
                    due_s = elapsed_s + interval_s
        self._write()
        return stop.number

    def _step(self) -> None:
        trainer, stage, place = self.trainer, self.trainer.stage, self.trainer.place
        terms = trainer.step()
        self.advance(*trainer.amount[:2])
        if self.report:
            self.report.add(trainer.progress.step, terms, place)
            if trainer.stage is not stage:
                self.report.end_line()

    def _keep(self) -> None:
        """Write a checkpoint on the way; a full disk does not end the training."""
        try:
            self._write()
        except PuppetError as error:
            log.error("%s; the training continues, and the previous checkpoint is kept", error)

    def _write(self) -> None:
        checkpoint = self.trainer.checkpoint()  # by every process
        if self.report is None:
            return
        save_checkpoint(self.order.out / "checkpoints", checkpoint)
        sheet = self.family.sheet(self.trainer.averaged, self.shown, self.trainer.device)
        write_picture(self.order.out / "sheet.png", sheet, overwrite=True)
        self.report.show(self.trainer.progress.step, sheet)
