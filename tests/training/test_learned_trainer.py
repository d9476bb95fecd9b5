"""The trainer of the three families: losses fall, a checkpoint goes on to the bit, broken steps leave no trace."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from puppet.errors import CheckpointError, ConfigError
from puppet.training import optimiser
from puppet.training.checkpoint import read_checkpoint, save_checkpoint
from puppet.training.data.clips import Clip
from puppet.training.data.frame_batches import Batches, Process
from puppet.training.initial_weights import fill
from puppet.training.learned_trainer import LearnedTrainer
from puppet.training.losses.perceptual import Features
from puppet.training.losses.vgg import Vgg19
from puppet.training.recipe_schema.learned import LearnedRecipe
from tests.support.made_learned import STILL, made_clips, made_recipe

CPU = torch.device("cpu")
ROOT = Path(__file__).parents[2]
AIDS = "colour = 1\ndiversity = 0.01\ncycle = 10\nkeypoint_image = 1\n"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return made_clips(tmp_path_factory.mktemp("clips"))


def trainer(recipe: LearnedRecipe, clips: list[Clip]) -> LearnedTrainer:
    return LearnedTrainer(recipe, clips, None, CPU)


def assert_same(ours: LearnedTrainer, theirs: LearnedTrainer) -> None:
    for mine, other in ((ours.model, theirs.model), (ours.averaged, theirs.averaged)):
        torch.testing.assert_close(mine.state_dict(), other.state_dict(), atol=0, rtol=0)


@pytest.mark.parametrize("family", ["fomm", "monkeynet", "coseg"])
def test_a_killed_training_goes_on_as_if_it_had_not_been(family: str, clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, family, data="clip_length = 2" if family == "monkeynet" else "")
    whole = trainer(recipe, clips)
    curve = [whole.step() for _ in range(6)]
    assert whole.finished
    begun = trainer(recipe, clips)
    for _ in range(3):
        begun.step()
    path = save_checkpoint(tmp_path / "checkpoints", begun.checkpoint())
    resumed = trainer(recipe, clips)
    resumed.resume(read_checkpoint(path))
    assert resumed.done == 3
    assert [resumed.step() for _ in range(3)] == curve[3:]
    assert_same(resumed, whole)


@pytest.mark.parametrize("family", ["fomm", "monkeynet", "coseg"])
def test_a_short_training_lowers_the_loss(family: str, clips: list[Clip], tmp_path: Path) -> None:
    losses = "reconstruction = [10, 0, 0]" if family == "monkeynet" else "colour = 10"
    recipe = replace(made_recipe(tmp_path, family, losses), augmentation=STILL, steps=30)
    steps = trainer(replace(recipe, optimiser=replace(recipe.optimiser, learning_rate=1e-2, milestones=())), clips)
    batch = Batches(clips, recipe, Process())[0]

    def loss() -> float:
        with torch.no_grad():
            return float(sum(steps._loss.terms(steps.model, batch, torch.Generator())[0].values()))

    before = loss()
    for _ in range(30):
        steps.step()
    assert loss() < 0.8 * before


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


def test_optional_terms_train_their_own_networks_along(clips: list[Clip], tmp_path: Path) -> None:
    steps = trainer(made_recipe(tmp_path, "fomm", AIDS), clips)
    before = {name: value.clone() for name, value in steps.checkpoint().weights.items()}
    terms = steps.step()
    assert set(terms) == {"colour", "diversity", "cycle", "keypoint_image"}
    after = steps.checkpoint()
    moved = [name for name, value in after.weights.items() if not torch.equal(value, before[name])]
    assert any(name.startswith("aids.image.out") for name in moved)
    assert not any(name.startswith(("averaged.aids", "model.aids")) for name in after.weights)


def test_a_weighed_foreground_shrinks(clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "coseg", "colour = 1\nforeground = 100\n")
    steps = trainer(replace(recipe, optimiser=replace(recipe.optimiser, learning_rate=0.01)), clips)
    shares = [steps.step()["foreground"] for _ in range(6)]
    assert shares[-1] < 0.9 * shares[0]


def test_a_resume_with_another_recipe_says_what_differs(clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "coseg")
    checkpoint = trainer(recipe, clips).checkpoint()
    with pytest.raises(ConfigError, match="batch: 2 then, 3 now"):
        trainer(replace(recipe, batch=3), clips).resume(checkpoint)
    with pytest.raises(ConfigError, match=r"clip2\.png: 4 frames then, none now"):
        trainer(recipe, clips[:2]).resume(checkpoint)
    trainer(replace(recipe, steps=900), clips).resume(checkpoint)  # longer is no difference


def test_a_step_that_is_not_finite_changes_nothing(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimiser, "MOST_SKIPPED", 2)
    steps = trainer(made_recipe(tmp_path, "fomm"), clips)
    steps.step()
    before = {name: value.clone() for name, value in steps.checkpoint().weights.items()}
    good = steps._loss.terms

    def bad(*arguments: object) -> object:
        terms, made = good(*arguments)  # type: ignore[arg-type]
        return {**terms, "colour": terms["colour"] * float("inf") * 0}, made

    monkeypatch.setattr(steps._loss, "terms", bad)
    steps.step()
    assert steps.checkpoint().training["skipped"] == 1
    after = steps.checkpoint().weights
    changed = [name for name, value in before.items() if not torch.equal(after[name], value)]
    assert not [name for name in changed if "discriminator" not in name]
    with pytest.raises(ConfigError, match=r"lower learning_rate than 0\.001"):
        steps.step()


def test_coseg_begins_with_fomms_motion(clips: list[Clip], tmp_path: Path) -> None:
    fomm = trainer(made_recipe(tmp_path, "fomm"), clips)
    fomm.step()
    save_checkpoint(tmp_path / "out" / "checkpoints", fomm.checkpoint())
    coseg = trainer(made_recipe(tmp_path, "coseg"), clips)
    head = coseg.model.state_dict()["segmentation_module.segmentation.weight"].clone()
    coseg.start_from(lambda model: fill(model, tmp_path / "out"))
    found, given = coseg.averaged.state_dict(), fomm.averaged.state_dict()
    for ours, theirs in (
        ("segmentation_module.shift.weight", "kp_detector.kp.weight"),
        ("segmentation_module.affine.bias", "kp_detector.jacobian.bias"),
        (
            "segmentation_module.predictor.decoder.up_blocks.0.norm.bias",
            "kp_detector.predictor.decoder.up_blocks.0.norm.bias",
        ),
        ("reconstruction_module.final.weight", "generator.final.weight"),
    ):
        torch.testing.assert_close(found[ours], given[theirs], atol=0, rtol=0)
    torch.testing.assert_close(found["segmentation_module.segmentation.weight"], head, atol=0, rtol=0)
    assert set(coseg.step()) == {"colour", "equivariance_value", "equivariance_jacobian"}


def test_weights_of_another_model_are_refused_by_name(clips: list[Clip], tmp_path: Path) -> None:
    monkey = trainer(made_recipe(tmp_path, "monkeynet"), clips)
    save_checkpoint(tmp_path / "out" / "checkpoints", monkey.checkpoint())
    with pytest.raises(CheckpointError, match=r"another model: .*kp_detector"):
        fill(trainer(made_recipe(tmp_path, "fomm"), clips).model, tmp_path / "out")
    with pytest.raises(CheckpointError, match="cannot be read"):
        fill(monkey.model, tmp_path / "nowhere.safetensors")


def test_the_perceptual_loss_sees_a_patch_of_the_finest_scale(clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "fomm", "perceptual = [1, 1]\nscales = [1.0, 0.5]\npatch = 16")
    torch.manual_seed(1)
    features = Features(Vgg19(), 2)
    seen: list[tuple[int, ...]] = []
    features.register_forward_pre_hook(lambda _, given: seen.append(tuple(given[0].shape[2:])))
    terms = LearnedTrainer(recipe, clips, features, CPU).step()
    assert set(terms) == {"perceptual"}
    assert set(seen) == {(16, 16)}


def test_two_processes_stay_alike_and_differ_from_one(clips: list[Clip], tmp_path: Path) -> None:
    weights = run_processes(tmp_path, 2)
    torch.testing.assert_close(weights[0], weights[1], atol=0, rtol=0)
    recipe = made_recipe(tmp_path, "fomm", "colour = 10")
    alone = trainer(recipe, clips)
    alone.step()
    assert not torch.equal(alone.model.state_dict()["kp_detector.kp.weight"], weights[0])


def run_processes(folder: Path, count: int) -> list[Tensor]:
    """One weight after two steps in each of some processes, which find one another by torchrun's variables."""
    made_clips(folder)
    made_recipe(folder, "fomm", "colour = 10")
    script = Path(__file__).parents[1] / "support" / "one_process.py"
    port = str(20000 + os.getpid() % 20000)
    common = {**os.environ, "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    common |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(folder)]
    running = [subprocess.Popen(command, env={**common, "RANK": str(rank)}) for rank in range(count)]
    assert [process.wait(120) for process in running] == [0] * count
    return [torch.load(folder / f"rank{rank}.pt", weights_only=True) for rank in range(count)]
