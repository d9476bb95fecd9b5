"""Trains the `face` model: from folders of clips to weights, in stages, resumable to the step.

In the order's `out`: `checkpoints/`, `sheet.png` (a look at people never trained on), `train.log`, and at the end
`weights.safetensors` and `evaluation.json`. The same order goes on with a training that was stopped.
export/train_face.py makes a pack of what comes out.
"""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from puppet.errors import CheckpointError, ConfigError, PuppetError
from puppet.media.files import whole_file
from puppet.media.pictures import write_picture
from puppet.models.face import FaceModel
from puppet.training.checkpoint import WEIGHTS, load_weights, newest_checkpoint, read_checkpoint, save_checkpoint
from puppet.training.data.face_clips import Clip, is_held_out, prepare
from puppet.training.evaluation.face import contact_sheet, evaluate
from puppet.training.evaluation.metrics import Lpips
from puppet.training.evaluation.report import Evaluation, as_text
from puppet.training.face_trainer import Trainer
from puppet.training.losses.face_terms import load_vgg16
from puppet.training.recipe_schema.face import Recipe

log = logging.getLogger(__name__)

_STEPS_A_LINE = 100


@dataclass(frozen=True, slots=True)
class Order:
    """A training as it was asked for.

    Attributes:
        recipe: what to train and how long.
        data: folders of clips.
        vgg: VGG16's weights, for the perceptual loss.
        out: where everything is written.
        cache: where prepared clips are kept.
        init: weights to begin with: a pack or a checkpoint.
        lpips: the metric's weights; None: LPIPS is not measured.
        minutes: stop after so long, to go on another time; None: train to the recipe's end.
    """

    recipe: Recipe
    data: tuple[Path, ...]
    vgg: Path
    out: Path
    cache: Path
    init: Path | None = None
    lpips: Path | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Trained:
    """What came out.

    Attributes:
        model: the averaged one.
        evaluation: its scores on held-out people; None without any.
        data: what it was trained on, in words.
        finished: whether every stage had its time.
    """

    model: FaceModel
    evaluation: Evaluation | None
    data: str
    finished: bool = True


def train(order: Order, clock: Callable[[], float] = time.monotonic) -> Trained:
    """Prepare the clips, train or go on training, evaluate.

    Raises:
        ConfigError: the order cannot be carried out, or a checkpoint in `out` belongs to another one.
        CheckpointError: weights or a checkpoint cannot be read, or the last checkpoint cannot be written.
        MediaError: the cache or a picture cannot be written.
    """
    vgg = load_vgg16(order.vgg)
    lpips = Lpips(order.lpips) if order.lpips else None
    prepared = prepare(order.data, order.cache, order.recipe.data)
    log.info("%s", prepared.summary())
    held_out = [clip for clip in prepared.clips if is_held_out(clip.person, order.recipe.data.held_out)]
    clips = [clip for clip in prepared.clips if not is_held_out(clip.person, order.recipe.data.held_out)]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(order.recipe, clips, vgg, clock, device)
    _begin(trainer, order)
    _run(trainer, order, held_out or clips, clock)
    model = trainer.average.cpu()
    _save_weights(model, order.out / WEIGHTS)
    evaluation = evaluate(model, held_out, lpips) if any(clip.moving for clip in held_out) else None
    if evaluation is not None:
        log.info("on people held out:\n%s", as_text(evaluation.clip_table()))
        (order.out / "evaluation.json").write_text(evaluation.to_json() + "\n", "utf-8")
    return Trained(model, evaluation, prepared.summary(), trainer.finished)


def _begin(trainer: Trainer, order: Order) -> None:
    """Go on with what is in --out, else with --init, else from nothing."""
    if (newest := newest_checkpoint(order.out / "checkpoints")) is not None:
        trainer.resume(read_checkpoint(newest))
        log.info("going on after step %d, from %s", trainer.progress.step, newest)
    elif order.init is not None:
        trainer.start_from(partial(load_weights, path=order.init))
        log.info("beginning with the weights of %s", order.init)


def _run(trainer: Trainer, order: Order, shown: Sequence[Clip], clock: Callable[[], float]) -> None:
    """Train for `order.minutes` or to the end; logs every hundred steps, keeps checkpoints and sheets on the way."""
    every_s = 60 * order.recipe.checkpoint_minutes
    due_s = clock() + every_s
    until_s = math.inf if order.minutes is None else clock() + 60 * order.minutes
    terms: list[dict[str, float]] = []
    while not trainer.finished and clock() < until_s:
        stage, at = trainer.stage, f"{trainer.stage.objective} {trainer.progress.elapsed_s / 60:.1f} min"
        terms.append(trainer.step())
        if len(terms) == _STEPS_A_LINE or trainer.stage is not stage or trainer.finished:
            means = {name: sum(term.get(name, 0.0) for term in terms) / len(terms) for name in terms[0]}
            line = " ".join(f"{name} {value:.4f}" for name, value in means.items())
            log.info("%s, step %d: %s", at, trainer.progress.step, line)
            terms.clear()
        if clock() >= due_s:
            _keep(trainer, order, shown)
            due_s = clock() + every_s
    save_checkpoint(order.out / "checkpoints", trainer.checkpoint())
    _draw_sheet(trainer, order, shown)


def _keep(trainer: Trainer, order: Order, shown: Sequence[Clip]) -> None:
    """A checkpoint on the way; the training outlives a full disk."""
    try:
        save_checkpoint(order.out / "checkpoints", trainer.checkpoint())
        _draw_sheet(trainer, order, shown)
    except PuppetError as error:
        log.error("%s The training goes on; the checkpoint before is kept.", error)


def _draw_sheet(trainer: Trainer, order: Order, shown: Sequence[Clip]) -> None:
    model = FaceModel()
    model.load_state_dict(trainer.average.state_dict())
    write_picture(order.out / "sheet.png", contact_sheet(model, shown), overwrite=True)


def _save_weights(model: FaceModel, path: Path) -> None:
    try:
        with whole_file(path) as part:
            save_file({name: value.contiguous() for name, value in model.state_dict().items()}, part)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be written ({error}).") from error


def make_folder(out: Path) -> None:
    """The folder of a training. Raises ConfigError when it cannot be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{out}: cannot be made ({error.strerror}).") from error


@contextmanager
def logged_to(out: Path, *, echo: bool = True) -> Iterator[None]:
    """Write Puppet's log lines to `train.log` meanwhile, and with `echo` to stderr."""
    logger, level = logging.getLogger("puppet"), logging.getLogger("puppet").level
    with (out / "train.log").open("a", encoding="utf-8") as file:
        handlers = [logging.StreamHandler(stream) for stream in ((sys.stderr, file) if echo else (file,))]
        for handler in handlers:
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
            logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.setLevel(level)
            for handler in handlers:
                logger.removeHandler(handler)
