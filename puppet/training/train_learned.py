"""Trains Monkey-Net, FOMM or co-part segmentation: from footage to averaged weights, resumable to the step.

In --out: `checkpoints/`, `sheet.png` (clips never trained on), `curves/` for TensorBoard, `train.log`, and at the end
`weights.safetensors`. The same command goes on with a training that was stopped. Every process of torchrun runs this;
the first one writes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from puppet.errors import CheckpointError, ConfigError, PuppetError
from puppet.media.files import whole_file
from puppet.media.pictures import write_picture
from puppet.models.base import MotionModel
from puppet.models.coseg import CoSegmentationModel
from puppet.training.background_bias import weigh_background
from puppet.training.checkpoint import WEIGHTS, newest_checkpoint, read_checkpoint, save_checkpoint
from puppet.training.data.clips import Clip, find_people, gather
from puppet.training.data.frame_batches import Process
from puppet.training.distributed import agreed, processes
from puppet.training.initial_weights import copy_at_first, fill, teach_keypoints
from puppet.training.learned_trainer import LearnedTrainer
from puppet.training.losses.perceptual import Features, read_features
from puppet.training.recipe_schema.learned import LearnedRecipe
from puppet.training.reporting import Journal, learned_sheet

log = logging.getLogger(__name__)

_LESSONS = 800  # batches on which Monkey-Net's detector learns FOMM's keypoints

Advance = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class LearnedOrder:
    """A training as it was asked for.

    Attributes:
        recipe: what to train and how long.
        out: where everything is written.
        cache: where decoded clips are kept.
        init: weights to begin with; None: random ones.
        minutes: stop cleanly after so long, with a checkpoint; None: when all steps are made.
    """

    recipe: LearnedRecipe
    out: Path
    cache: Path
    init: Path | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """What came out.

    Attributes:
        model: with the averaged weights, in eval mode.
        steps: made, of how many the recipe asks for.
        finished: whether all were.
        data: of what, in words.
        first: whether this is the process that writes.
    """

    model: MotionModel
    steps: int
    finished: bool
    data: str
    first: bool


def train_learned(order: LearnedOrder, advance: Advance, clock: Callable[[], float] = time.monotonic) -> LearnedModel:
    """Gather the clips, train or go on training.

    Raises:
        ConfigError: the order cannot be carried out, or a checkpoint in `out` belongs to another one.
        CheckpointError: weights or a checkpoint cannot be read, or the last checkpoint cannot be written.
        MediaError: the cache or a picture cannot be written.
        TrackingError: people have to be found, and MediaPipe is missing.
    """
    recipe = order.recipe
    features = _features(recipe)
    footage = gather(recipe.data, recipe.size, order.cache)
    log.info("%s", footage.summary())
    clips, held_out = footage.parted(recipe.data.held_out)
    if not clips:
        raise ConfigError(f"data.held_out: {recipe.data.held_out} leaves no clip to train on.")
    if recipe.augmentation.move_person:
        find_people(clips)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with processes() as process:
        trainer = LearnedTrainer(recipe, clips, features, device, process)
        _begin(trainer, order)
        _run(_Run(trainer, order, held_out or clips, process, clock), advance)
        model, first = trainer.averaged.cpu().eval(), process.rank == 0
        if first:
            if isinstance(model, CoSegmentationModel) and recipe.augmentation.move_person:
                weigh_background(model, clips)
            _save_weights(model, order.out / WEIGHTS)
        return LearnedModel(model, trainer.done, trainer.finished, footage.summary(), first)


def _features(recipe: LearnedRecipe) -> Features | None:
    if not recipe.losses.needs_vgg:
        return None
    if not recipe.vgg:
        raise ConfigError("losses.perceptual needs VGG's weights: name their file, by vgg in the recipe or by --vgg.")
    return read_features(Path(recipe.vgg), len(recipe.losses.perceptual), detector=recipe.losses.vgg_detector > 0)


def _begin(trainer: LearnedTrainer, order: LearnedOrder) -> None:
    """Go on with what is in --out, else with --init, else from nothing."""
    if (newest := newest_checkpoint(order.out / "checkpoints")) is not None:
        trainer.resume(read_checkpoint(newest))
        log.info("going on after step %d, from %s", trainer.done, newest)
        return
    if order.init is not None:
        trainer.start_from(partial(fill, path=order.init, anew=order.recipe.anew))
        trainer.start_from(partial(teach_keypoints, path=order.init, pictures=trainer.pictures(_LESSONS)))
    if order.recipe.copying:
        trainer.start_from(copy_at_first)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a training, from here to its end or until its time is over."""

    trainer: LearnedTrainer
    order: LearnedOrder
    shown: list[Clip]
    process: Process
    clock: Callable[[], float]


def _run(run: _Run, advance: Advance) -> None:
    trainer, recipe = run.trainer, run.order.recipe
    journal = Journal(run.order.out / "curves") if run.process.rank == 0 else None
    begun_s = run.clock()
    due_s = begun_s + 60 * recipe.checkpoint_minutes
    try:
        while not trainer.finished:
            terms = trainer.step()
            advance(trainer.done, recipe.steps)
            if journal:
                journal.note(trainer.done, terms)
            now_s = run.clock()
            if agreed(run.order.minutes is not None and now_s - begun_s >= 60 * run.order.minutes):
                break
            if agreed(now_s >= due_s):
                _keep(run, journal)
                due_s = now_s + 60 * recipe.checkpoint_minutes
        _write(run, journal)
    finally:
        if journal:
            journal.close()


def _keep(run: _Run, journal: Journal | None) -> None:
    """A checkpoint on the way; the training outlives a full disk."""
    try:
        _write(run, journal)
    except PuppetError as error:
        log.error("%s The training goes on; the checkpoint before is kept.", error)


def _write(run: _Run, journal: Journal | None) -> None:
    checkpoint = run.trainer.checkpoint()  # by every process: they average what they know
    if journal is None:
        return
    save_checkpoint(run.order.out / "checkpoints", checkpoint)
    sheet = learned_sheet(run.trainer.averaged, run.shown, run.trainer.device)
    write_picture(run.order.out / "sheet.png", sheet, overwrite=True)
    journal.show(run.trainer.done, sheet)


def _save_weights(model: MotionModel, path: Path) -> None:
    try:
        with whole_file(path) as part:
            save_file({name: value.cpu().contiguous() for name, value in model.state_dict().items()}, part)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be written ({error}).") from error
