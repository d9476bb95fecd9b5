"""Recipes of the three families: the shipped ones are valid, every mistake is named by its key."""

from __future__ import annotations

from pathlib import Path

import pytest

import puppet
from puppet.errors import ConfigError
from puppet.training.recipe_schema.learned import OptimiserRecipe, read_learned_recipe
from puppet.training.recipe_schema.tables import read_toml
from tests.support.made_learned import made_recipe, recipe_text

RECIPES = Path(puppet.__file__).parent / "training" / "recipes"
LEARNED = sorted(path for path in RECIPES.glob("*.toml") if "family" in read_toml(path))


@pytest.mark.parametrize("path", LEARNED, ids=lambda path: path.stem)
def test_a_shipped_recipe_can_be_read(path: Path) -> None:
    recipe = read_learned_recipe(path)
    assert all(milestone < recipe.steps for milestone in recipe.optimiser.milestones)


def test_there_are_recipes_of_every_family() -> None:
    assert {read_learned_recipe(path).family for path in LEARNED} == {"fomm", "monkeynet", "coseg"}


def test_an_ablation_differs_from_its_model_in_what_its_name_says() -> None:
    whole, zeroth, free = (
        read_learned_recipe(RECIPES / f"{name}.toml").settings()
        for name in ("fomm_64", "fomm_zeroth", "fomm_no_equivariance")
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


def test_the_rate_rises_and_falls_by_steps() -> None:
    rates = [OptimiserRecipe(warm_up=1, milestones=(2, 4), gamma=0.5).rate(step) for step in range(5)]
    assert rates == [0.5, 1.0, 0.5, 0.5, 0.25]


@pytest.mark.parametrize(
    ("family", "old", "new", "message"),
    [
        ("fomm", 'family = "fomm"', 'family = "vox"', "family: found 'vox', expected one of face, fomm"),
        ("fomm", 'family = "fomm"', 'family = "coseg"', "model: found 'the sections of fomm'"),
        ("fomm", "num_kp = 3", "num_kp = 0", "model: num_kp"),
        ("fomm", "num_kp = 3", "", "model: key num_kp is missing"),
        ("fomm", "colour = 10", "color = 10", "unknown key losses.color"),
        ("fomm", "colour = 10", "perceptual = 10", "losses.perceptual: expected a list"),
        ("fomm", "[10, 10]", "[10]", "losses.feature_matching: found .* expected 2 weights"),
        ("fomm", "[10, 10]", '["a"]', r"losses.feature_matching\[0\]: expected float"),
        ("fomm", "colour = 10", "colour = -1", "losses.colour"),
        ("fomm", "colour = 10", "colour = 1\nforeground = 1", "fomm has no such loss"),
        ("coseg", "colour = 10", "", "no reconstruction"),
        ("coseg", "colour = 10", "colour = 1\ngenerator_gan = 1", "coseg has no such loss"),
        ("coseg", "size = 32", "size = 30", "size: found 30"),
        ("coseg", "batch = 2", "batch = 1", "batch: found 1"),
        ("coseg", "batch = 2", "batch = 2\nprecision = 'fp8'", "precision: found 'fp8'"),
        ("coseg", "milestones = [4]", "milestones = [4, 2]", "optimiser.milestones"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, family: str, old: str, new: str, message: str) -> None:
    text = recipe_text(family)
    assert old in text
    (tmp_path / "recipe.toml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=message):
        read_learned_recipe(tmp_path / "recipe.toml")


def test_adversarial_losses_ask_for_a_discriminator(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(recipe_text("monkeynet").partition("[model.discriminator_params]")[0])
    with pytest.raises(ConfigError, match=r"model\.discriminator_params: found 'nothing'"):
        read_learned_recipe(path)
