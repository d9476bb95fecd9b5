"""The trainer: losses fall, checkpoints continue to the bit, skipped steps leave no trace, stages follow the clock."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from puppet.errors import ConfigError
from puppet.training import optimiser
from puppet.training.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from puppet.training.data.clips import Clip
from puppet.training.data.face_pairs import Pair, PairBatch, collate
from puppet.training.data.frame_batches import FrameBatches
from puppet.training.objective import Losses
from puppet.training.recipe_schema.face import FaceRecipe, StageRecipe
from puppet.training.trainer import Trainer
from tests.support.made_learned import STILL, made_clips, made_recipe, trainer
from tests.support.made_training import Clock, cached_clip, face_trainer, one_stage

ROOT = Path(__file__).parents[2]
AUXILIARY = "colour = 1\ndiversity = 0.01\ncycle = 10\nkeypoint_image = 1\n"
FAMILIES = ["fomm", "monkeynet", "coseg", "face"]
STAGES = FaceRecipe(stages=(StageRecipe("motion", 2, 2, 1e-3), StageRecipe("mouth", 9, 2, 1e-3, 0.1)))


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return made_clips(tmp_path_factory.mktemp("clips"))


class Maker:
    """Makes trainers of a family, the same each time."""

    def __init__(self, family: str, clips: list[Clip], clip: Clip, folder: Path) -> None:
        self.family, self.clips, self.clip, self.folder = family, clips, clip, folder

    def __call__(self) -> Trainer[Any]:
        if self.family == "face":
            return face_trainer(STAGES, [self.clip], Clock(tick_s=60))
        data = "clip_length = 2" if self.family == "monkeynet" else ""
        return trainer(made_recipe(self.folder, self.family, data=data), self.clips)


@pytest.fixture(params=FAMILIES)
def make(request: pytest.FixtureRequest, clips: list[Clip], clip: Clip, tmp_path: Path) -> Maker:
    return Maker(request.param, clips, clip, tmp_path)


def assert_same(ours: Trainer[Any], theirs: Trainer[Any]) -> None:
    for mine, other in ((ours.model, theirs.model), (ours.averaged, theirs.averaged)):
        torch.testing.assert_close(mine.state_dict(), other.state_dict(), atol=0, rtol=0)


@pytest.mark.parametrize("after", [1, 3])
def test_a_killed_training_continues_as_if_it_had_not_been(make: Maker, after: int, tmp_path: Path) -> None:
    whole = make()
    curve = [whole.step() for _ in range(6)]
    begun = make()
    for _ in range(after):
        begun.step()
    path = save_checkpoint(tmp_path / "checkpoints", begun.checkpoint())
    resumed = make()
    resumed.resume(read_checkpoint(path))
    assert resumed.progress.step == after
    assert [resumed.step() for _ in range(6 - after)] == curve[after:]
    assert_same(resumed, whole)
    assert (resumed.stage.name, resumed.finished) == (whole.stage.name, whole.finished)


def test_a_finished_training_continues_when_its_recipe_gets_longer(
    clips: list[Clip], clip: Clip, tmp_path: Path
) -> None:
    recipe = made_recipe(tmp_path, "fomm")
    steps = trainer(replace(recipe, steps=1), clips)
    steps.step()
    assert steps.finished
    again, longer, shorter = (trainer(replace(recipe, steps=n), clips) for n in (1, 2, 1))
    for other in (again, longer, shorter):
        other.resume(steps.checkpoint())
    assert (again.finished, longer.finished) == (True, False)
    longer.step()
    assert longer.finished
    shorter.resume(longer.checkpoint())
    assert shorter.finished
    face = face_trainer(one_stage(minutes=1), [clip], Clock(tick_s=60))
    face.step()
    more = face_trainer(one_stage(minutes=3), [clip], Clock(tick_s=60))
    more.resume(face.checkpoint())
    assert (face.finished, more.finished, more.progress.elapsed_s) == (True, False, 60)


def test_time_between_two_runs_does_not_count(clip: Clip, tmp_path: Path) -> None:
    clock = Clock()
    steps = face_trainer(one_stage(adversarial=0.1), [clip], clock)

    def made(steps: Trainer[Any], count: int) -> list[dict[str, float]]:
        found = []
        for _ in range(count):
            clock.now_s += 60
            found.append(steps.step())
        return found

    made(steps, 2)
    path = save_checkpoint(tmp_path, steps.checkpoint())
    expected = made(steps, 2)
    clock.now_s = 10_000  # another day
    other = face_trainer(one_stage(adversarial=0.1), [clip], clock)
    other.resume(read_checkpoint(path))
    assert made(other, 2) == expected
    assert_same(other, steps)


def as_written_before(checkpoint: Checkpoint) -> Checkpoint:
    """The same in the format of the trainers that each family once had."""
    training = dict(checkpoint.training)
    configuration = dict(training["configuration"])
    optimisers, progress = training.pop("optimisers"), training.pop("progress")
    face = "identity_init" not in configuration
    if face:
        del configuration["processes"]
        training |= {"progress": progress, "sampler": "{}", "optimiser": optimisers["model"]}
        training["discriminator_optimiser"] = optimisers.get("discriminator", {})
    else:
        configuration["copying"] = configuration.pop("identity_init")
        training |= {"optimisers": optimisers, "skipped": progress["skipped"]}
    configuration["family"] = "'any'"
    names = {name: name.replace("objective.", "discriminators." if face else "aids.") for name in checkpoint.weights}
    weights = {names[name].replace("score.", "verdict."): value for name, value in checkpoint.weights.items()}
    return Checkpoint(checkpoint.step, weights, training | {"configuration": configuration})


def test_checkpoints_of_earlier_versions_continue(make: Maker, tmp_path: Path) -> None:
    whole = make()
    for _ in range(3):
        whole.step()
    path = save_checkpoint(tmp_path / "checkpoints", as_written_before(whole.checkpoint()))
    resumed = make()
    resumed.resume(read_checkpoint(path))
    assert [resumed.step() for _ in range(2)] == [whole.step() for _ in range(2)]
    assert_same(resumed, whole)


@pytest.mark.parametrize("family", ["fomm", "monkeynet", "coseg"])
def test_a_short_training_lowers_the_loss(family: str, clips: list[Clip], tmp_path: Path) -> None:
    losses = "reconstruction = [10, 0, 0]" if family == "monkeynet" else "colour = 10"
    recipe = replace(made_recipe(tmp_path, family, losses), augmentation=STILL, steps=30)
    steps = trainer(replace(recipe, optimiser=replace(recipe.optimiser, learning_rate=1e-2, milestones=())), clips)
    batch = FrameBatches(clips, recipe)[0]

    def loss() -> float:
        with torch.no_grad():
            return float(sum(steps.objective.losses(steps.model, batch, 0).terms.values()))

    before = loss()
    for _ in range(30):
        steps.step()
    assert loss() < 0.8 * before


@torch.no_grad()
def loss_on_one_pair(steps: Trainer[Any], batch: PairBatch) -> float:
    return float(sum(steps.objective.losses(steps.model, batch, 0).terms.values()))


def wandering(clip: Clip, folder: Path) -> Clip:
    """The whole picture moves sideways: the mesh alone, which ends at the border, is not the answer."""
    frames = np.stack([np.roll(clip.frames[0], 12 * k, axis=1) for k in (0, 1)])
    points = np.stack([clip.points[0] + np.array([12 * k / 127.5, 0, 0], np.float32) for k in (0, 1)])
    return cached_clip("wandering", frames, points, folder)


@pytest.mark.parametrize(("objective", "learning_rate", "steps"), [("motion", 6e-3, 30), ("detail", 5e-3, 20)])
def test_a_short_training_of_a_face_lowers_the_loss(
    objective: Literal["motion", "detail"], learning_rate: float, steps: int, clip: Clip, tmp_path: Path
) -> None:
    shown = wandering(clip, tmp_path) if objective == "motion" else clip
    pair = Pair(shown.frames[0], shown.frames[-1], shown.keypoints(0), shown.keypoints(-1), shown.silhouettes[0])
    batch = collate([pair, pair])
    made = face_trainer(one_stage(objective, learning_rate=learning_rate), [shown], Clock())
    before = loss_on_one_pair(made, batch)
    for _ in range(steps):
        made.step()
    assert loss_on_one_pair(made, batch) < 0.95 * before
    assert made.progress.skipped == 0


def test_batch_norm_keeps_to_its_statistics_when_the_recipe_says(clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "coseg")
    steps = trainer(replace(recipe, optimiser=replace(recipe.optimiser, norms_fixed_after=2)), clips)
    name = "segmentation_module.predictor.encoder.down_blocks.0.norm.running_mean"
    seen = []
    for _ in range(4):
        steps.step()
        seen.append(steps.model.state_dict()[name].clone())
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(seen[1], seen[3])


def test_auxiliary_losses_train_their_own_networks_along(clips: list[Clip], tmp_path: Path) -> None:
    steps = trainer(made_recipe(tmp_path, "fomm", AUXILIARY), clips)
    before = {name: value.clone() for name, value in steps.checkpoint().weights.items()}
    terms = steps.step()
    assert set(terms) == {"colour", "diversity", "cycle", "keypoint_image"}
    after = steps.checkpoint()
    moved = [name for name, value in after.weights.items() if not torch.equal(value, before[name])]
    assert any(name.startswith("objective.image.out") for name in moved)
    assert not any("image.out" in name for name in steps.averaged.state_dict())


def test_a_weighed_foreground_shrinks(clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "coseg", "colour = 1\nforeground = 100\n")
    steps = trainer(replace(recipe, optimiser=replace(recipe.optimiser, learning_rate=0.01)), clips)
    shares = [steps.step()["foreground"] for _ in range(6)]
    assert shares[-1] < 0.9 * shares[0]


def test_a_resume_with_another_recipe_says_what_differs(clips: list[Clip], clip: Clip, tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "coseg")
    checkpoint = trainer(recipe, clips).checkpoint()
    with pytest.raises(ConfigError, match="batch: 2 then, 3 now"):
        trainer(replace(recipe, batch=3), clips).resume(checkpoint)
    with pytest.raises(ConfigError, match=r"clip2\.png: 4 frames then, none now"):
        trainer(recipe, clips[:2]).resume(checkpoint)
    trainer(replace(recipe, steps=900), clips).resume(checkpoint)  # longer is no difference
    checkpoint = face_trainer(one_stage(), [clip], Clock()).checkpoint()
    with pytest.raises(ConfigError, match=r"stages\[0\].learning_rate: 0.001 then, 0.002 now"):
        face_trainer(one_stage(learning_rate=2e-3), [clip], Clock()).resume(checkpoint)
    face_trainer(one_stage(minutes=90), [clip], Clock()).resume(checkpoint)


def test_a_step_that_is_not_finite_changes_nothing(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimiser, "MAX_SKIPPED", 2)
    steps = face_trainer(one_stage("motion"), [make.clip], Clock()) if make.family == "face" else make()
    steps.step()
    before = {name: value.clone() for name, value in steps.checkpoint().weights.items()}
    good = steps.objective.losses

    def bad(*arguments: Any) -> Losses:
        losses = good(*arguments)
        terms: dict[str, Tensor] = losses.terms
        name = next(iter(terms))
        return replace(losses, terms={**terms, name: terms[name] * float("inf") * 0})

    monkeypatch.setattr(steps.objective, "losses", bad)
    steps.step()
    assert steps.progress.skipped == 1
    after = steps.checkpoint().weights
    changed = [name for name, value in before.items() if not torch.equal(after[name], value)]
    assert not [name for name in changed if "discriminator" not in name]
    with pytest.raises(ConfigError, match=r"lower learning_rate than 0\.001"):
        steps.step()


def test_stages_follow_one_another_by_the_clock(clip: Clip) -> None:
    clock = Clock()
    stages = (one_stage("detail").stages[0], one_stage("motion", minutes=1).stages[0])
    steps = face_trainer(FaceRecipe(stages=stages), [clip], clock)
    clock.now_s = 3600
    steps.step()
    assert steps.stage.name == "motion"
    torch.testing.assert_close(steps.model.mouth.out.weight, steps.averaged.mouth.out.weight)
    clock.now_s += 61
    steps.step()
    assert steps.finished
    assert steps.progress.step == 2
    assert steps.amount == (61, 61, "minutes")


def test_two_processes_stay_alike_and_resume_exactly(clips: list[Clip], clip: Clip, tmp_path: Path) -> None:
    made_recipe(tmp_path, "fomm", "colour = 10")
    (tmp_path / "clips.pickle").write_bytes(pickle.dumps((clips, clip)))
    first, second = run_processes(tmp_path, 2)
    for family, (whole, *resumed) in first.items():
        learned = [name for name, value in whole.items() if value.is_floating_point() and "running" not in name]
        other, *resumed_other = second[family]
        torch.testing.assert_close({n: other[n] for n in learned}, {n: whole[n] for n in learned}, atol=0, rtol=0)
        torch.testing.assert_close(resumed[1], whole, atol=0, rtol=0)
        torch.testing.assert_close(resumed_other[1], other, atol=0, rtol=0)
        torch.testing.assert_close({n: resumed[0][n] for n in learned}, {n: whole[n] for n in learned}, atol=0, rtol=0)
    alone = trainer(made_recipe(tmp_path, "fomm", "colour = 10"), clips)
    for _ in range(5):
        alone.step()
    assert not torch.equal(alone.model.state_dict()["kp_detector.kp.weight"], first["fomm"][0]["kp_detector.kp.weight"])


def run_processes(folder: Path, count: int) -> list[dict[str, list[dict[str, Tensor]]]]:
    """By process and family, the weights; processes find one another by the variables that torchrun sets."""
    script = Path(__file__).parents[1] / "support" / "one_process.py"
    port = str(20000 + os.getpid() % 20000)
    common = {**os.environ, "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    common |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(folder)]
    running = [subprocess.Popen(command, env={**common, "RANK": str(rank)}) for rank in range(count)]
    assert [process.wait(120) for process in running] == [0] * count
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(count)]
