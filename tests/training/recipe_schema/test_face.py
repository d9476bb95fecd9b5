"""Recipes: the shipped one is valid, every mistake is named by its key."""

from __future__ import annotations

from pathlib import Path

import pytest

import puppet
from puppet.errors import ConfigError
from puppet.training.recipe_schema.face import FaceRecipe
from puppet.training.recipe_schema.reader import read_recipe

SHIPPED = Path(puppet.__file__).parent / "training" / "recipes" / "face.toml"
STAGE = '[[stages]]\nobjective = "motion"\nminutes = 5\nbatch = 4\n'


def test_the_shipped_recipe_can_be_read() -> None:
    recipe = read_recipe(SHIPPED)
    assert isinstance(recipe, FaceRecipe)
    assert [stage.objective for stage in recipe.stages] == [*["motion"] * 5, "detail", "mouth", "eyes"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "stages"),
        (STAGE + "rate = 1\n", r"unknown key stages\[0\].rate"),
        (STAGE.replace("batch = 4\n", ""), r"stages\[0\].batch is missing"),
        (STAGE.replace("4", '"four"'), r'stages\[0\].batch is "four"; expected'),
        (STAGE.replace("4", "1"), r"stages\[0\].batch is 1; expected greater than or equal to 2"),
        (STAGE.replace("motion", "colour"), "stages.*objective is \"colour\"; expected 'motion', 'detail'"),
        (STAGE + "adversarial = 0.1\n", "expected 0 for motion"),
        (STAGE.replace("5", "nan"), "minutes is NaN; expected"),
        ("seed = true\n" + STAGE, "seed is true; expected"),
        ("data = 3\n" + STAGE, "data is 3; expected"),
        ("[data]\nperson = '('\n" + STAGE, "data.*person is '\\('; not a regular expression"),
        ("[data]\nheld_out = 1.0\n" + STAGE, "data.held_out is 1.0; expected"),
        ('[data]\nfolder_weights = { a = "much" }\n' + STAGE, 'data.folder_weights.a is "much"; expected'),
        ('family = "face"\nvgg = 3\n' + STAGE, "vgg is 3; expected"),
        ("stages = [", "not valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_recipe(path)


def test_a_missing_recipe_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_recipe(tmp_path / "missing.toml")
