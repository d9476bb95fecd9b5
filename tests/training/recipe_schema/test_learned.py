"""Recipes of the three families: the shipped ones are valid, every mistake is named by its key."""

from __future__ import annotations

from pathlib import Path

import pytest

import puppet
from puppet.errors import ConfigError
from puppet.training.recipe_schema.common import decisive
from puppet.training.recipe_schema.learned import LearnedRecipe, OptimiserRecipe
from puppet.training.recipe_schema.reader import read_recipe
from tests.support.made_learned import made_recipe, recipe_text

RECIPES = Path(puppet.__file__).parent / "training" / "recipes"
LEARNED = sorted(path for path in RECIPES.glob("*.toml") if not path.stem.startswith("face"))


@pytest.mark.parametrize("path", LEARNED, ids=lambda path: path.stem)
def test_a_shipped_recipe_can_be_read(path: Path) -> None:
    recipe = read_recipe(path)
    assert isinstance(recipe, LearnedRecipe)
    assert all(milestone < recipe.steps for milestone in recipe.optimiser.milestones)


def test_there_are_recipes_of_every_family() -> None:
    assert {read_recipe(path).family for path in LEARNED} == {"fomm", "monkeynet", "coseg"}


def test_an_ablation_differs_from_its_model_in_what_its_name_says() -> None:
    whole, zeroth, free = (
        read_recipe(RECIPES / f"{name}.toml").settings() for name in ("fomm_64", "fomm_zeroth", "fomm_no_equivariance")
    )
    assert {key for key in whole if whole[key] != zeroth.get(key)} == {
        "losses.equivariance_jacobian",
        "model.estimate_jacobian",
    }
    assert {key for key in whole if whole[key] != free.get(key)} == {
        "losses.equivariance_jacobian",
        "losses.equivariance_value",
    }


def test_durations_and_paths_do_not_make_another_training(tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "fomm")
    other = made_recipe(tmp_path, "fomm", top="checkpoint_minutes = 3\nworkers = 2", data='folders = ["clips"]')
    assert recipe.settings() == other.settings()
    assert other.data.folders == (str(tmp_path / "clips"),)
    assert recipe.settings() != made_recipe(tmp_path, "fomm", top="seed = 1").settings()


def test_keys_of_older_recipes_are_read_with_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = recipe_text("fomm", top='anew = ["generator."]\ncopying = true').replace(
        "num_down_blocks = 1", "num_down_blocks = 0"
    )
    (tmp_path / "old.toml").write_text(text)
    recipe = read_recipe(tmp_path / "old.toml")
    assert isinstance(recipe, LearnedRecipe)
    assert (recipe.reinit, recipe.identity_init) == (("generator.",), True)
    assert [line for line in caplog.messages if "anew is now called reinit" in line]
    assert [line for line in caplog.messages if "copying is now called identity_init" in line]


def test_the_rate_rises_and_falls_by_steps() -> None:
    rates = [OptimiserRecipe(warm_up=1, milestones=(2, 4), gamma=0.5).factor(step) for step in range(5)]
    assert rates == [0.5, 1.0, 0.5, 0.5, 0.25]


@pytest.mark.parametrize(
    ("family", "old", "new", "message"),
    [
        ("fomm", 'family = "fomm"', 'family = "vox"', "family is 'vox'; expected one of face, fomm"),
        ("fomm", 'family = "fomm"', 'family = "coseg"', "model has the sections of fomm; expected those of coseg"),
        ("fomm", "num_kp = 3", "num_kp = 0", "model: num_kp"),
        ("fomm", "num_kp = 3", "", "model: key num_kp is missing"),
        ("fomm", "colour = 10", "color = 10", "unknown key losses.color"),
        ("fomm", "colour = 10", "perceptual = 10", "losses.perceptual is 10; expected"),
        ("fomm", "[10, 10]", "[10]", "losses.feature_matching has 1 weights; expected 2"),
        ("fomm", "[10, 10]", '["a"]', r'losses.feature_matching\[0\] is "a"; expected'),
        ("fomm", "colour = 10", "colour = -1", r"losses.colour is -1; expected greater than or equal to 0"),
        ("fomm", "colour = 10", "colour = 1\nforeground = 1", "fomm has no such loss"),
        ("coseg", "colour = 10", "", "no reconstruction"),
        ("coseg", "colour = 10", "colour = 1\ngenerator_gan = 1", "coseg has no such loss"),
        ("coseg", "size = 32", "size = 30", "size is 30; expected a multiple of 4"),
        ("coseg", "batch = 2", "batch = 1", "batch is 1; expected greater"),
        ("coseg", "batch = 2", "batch = 2\nprecision = 'fp8'", 'precision is "fp8"; expected'),
        ("coseg", "milestones = [4]", "milestones = [4, 2]", r"optimiser.*milestones is \[4, 2\]; expected rising"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, family: str, old: str, new: str, message: str) -> None:
    text = recipe_text(family)
    assert old in text
    (tmp_path / "recipe.toml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        read_recipe(tmp_path / "recipe.toml")


def test_adversarial_losses_ask_for_a_discriminator(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(recipe_text("monkeynet").partition("[model.discriminator_params]")[0])
    with pytest.raises(ConfigError, match=r"model\.discriminator_params is missing"):
        read_recipe(path)


def test_whole_numbers_of_older_checkpoints_are_the_same_settings(tmp_path: Path) -> None:
    text = recipe_text("monkeynet").replace("use_deformed_source_image = true", "norm_const = 100")
    (tmp_path / "recipe.toml").write_text(text)
    settings = read_recipe(tmp_path / "recipe.toml").settings()
    name = next(name for name in settings if name.endswith("mask_embedding_params.norm_const"))
    assert decisive(settings) == decisive(settings | {name: "100"})
