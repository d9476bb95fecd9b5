"""The trainer: losses fall, a checkpoint goes on to the step, broken steps leave no trace, stages follow the clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from puppet.errors import ConfigError
from puppet.training import face_trainer as trainer_module
from puppet.training.checkpoint import read_checkpoint, save_checkpoint
from puppet.training.data.face_clips import Clip
from puppet.training.data.face_pairs import Pair, collate
from puppet.training.face_trainer import Trainer
from puppet.training.losses.face import objective_of
from puppet.training.losses.face_terms import Vgg16
from puppet.training.recipe_schema.face import Recipe
from tests.support.made_training import Clock, one_stage

CPU = torch.device("cpu")


@torch.no_grad()
def loss_on_one_pair(trainer: Trainer, clip: Clip, vgg: Vgg16) -> float:
    pair = Pair(clip.frames[0], clip.frames[-1], clip.keypoints(0), clip.keypoints(-1), clip.silhouettes[0])
    terms = objective_of(trainer.stage, vgg).terms(trainer.model, collate([pair, pair]))
    return float(sum(terms.values()))


def wandering(clip: Clip) -> Clip:
    """The whole picture moves sideways: the mesh alone, which ends at the border, is not the answer."""
    frames = np.stack([np.roll(clip.frames[0], 12 * k, axis=1) for k in (0, 1)])
    points = np.stack([clip.points[0] + np.array([12 * k / 127.5, 0, 0], np.float32) for k in (0, 1)])
    return replace(clip, frames=frames, points=points, silhouettes=clip.silhouettes[:2])


@pytest.mark.parametrize(("objective", "learning_rate", "steps"), [("motion", 6e-3, 30), ("detail", 5e-3, 10)])
def test_a_short_training_lowers_the_loss(
    objective: str, learning_rate: float, steps: int, clip: Clip, vgg: Vgg16
) -> None:
    shown = wandering(clip) if objective == "motion" else clip
    trainer = Trainer(one_stage(objective, learning_rate=learning_rate), [shown], vgg, Clock(), CPU)
    before = loss_on_one_pair(trainer, shown, vgg)
    for _ in range(steps):
        trainer.step()
    assert loss_on_one_pair(trainer, shown, vgg) < 0.95 * before
    assert trainer.progress.skipped == 0


def test_a_resumed_training_makes_the_same_steps(clip: Clip, vgg: Vgg16, tmp_path: Path) -> None:
    clock = Clock()
    recipe = one_stage(adversarial=0.1)
    trainer = Trainer(recipe, [clip], vgg, clock, CPU)

    def steps(trainer: Trainer, count: int) -> list[dict[str, float]]:
        made = []
        for _ in range(count):
            clock.now_s += 60
            made.append(trainer.step())
        return made

    steps(trainer, 2)
    path = save_checkpoint(tmp_path, trainer.checkpoint())
    expected = steps(trainer, 2)
    clock.now_s = 10_000  # another day
    other = Trainer(recipe, [clip], vgg, clock, CPU)
    other.resume(read_checkpoint(path))
    assert other.progress.step == 2
    assert steps(other, 2) == expected
    for mine, theirs in zip(other.average.parameters(), trainer.average.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=0, rtol=0)


def test_a_resume_with_another_recipe_says_what_differs(clip: Clip, vgg: Vgg16) -> None:
    checkpoint = Trainer(one_stage(), [clip], vgg, Clock(), CPU).checkpoint()
    other = Trainer(one_stage(learning_rate=2e-3), [clip], vgg, Clock(), CPU)
    with pytest.raises(ConfigError, match=r"stages\[0\].learning_rate: 0.001 then, 0.002 now"):
        other.resume(checkpoint)
    Trainer(one_stage(minutes=90), [clip], vgg, Clock(), CPU).resume(checkpoint)  # longer is no difference


def test_a_step_that_is_not_finite_changes_nothing(clip: Clip, vgg: Vgg16, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(one_stage("motion"), [clip], vgg, Clock(), CPU)
    monkeypatch.setattr(trainer_module, "_MOST_SKIPPED", 2)
    good = trainer._objective.terms

    def bad(*arguments: object) -> dict[str, Tensor]:
        terms = good(*arguments)  # type: ignore[arg-type]
        return terms | {"colour": terms["colour"] * float("inf") * 0}

    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    monkeypatch.setattr(trainer._objective, "terms", bad)
    trainer.step()
    assert trainer.progress.skipped == 1
    for model in (trainer.model, trainer.average):
        for name, value in model.state_dict().items():
            torch.testing.assert_close(value, before[name], atol=0, rtol=0)
    with pytest.raises(ConfigError, match="lower learning_rate"):
        trainer.step()


def test_stages_follow_one_another_by_the_clock(clip: Clip, vgg: Vgg16) -> None:
    clock = Clock()
    recipe = Recipe((one_stage("detail").stages[0], one_stage("motion", minutes=1).stages[0]))
    trainer = Trainer(recipe, [clip], vgg, clock, CPU)
    clock.now_s = 3600
    trainer.step()
    assert trainer.stage.objective == "motion"
    torch.testing.assert_close(trainer.model.mouth.out.weight, trainer.average.mouth.out.weight)
    clock.now_s += 61
    trainer.step()
    assert trainer.finished
    assert trainer.progress.step == 2
