"""Reads the recipe of a training (TOML) of any family."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from puppet.errors import ConfigError
from puppet.regular_files import read_toml
from puppet.schema import validate
from puppet.training.recipe_schema.face import FaceRecipe, StageRecipe
from puppet.training.recipe_schema.learned import FAMILIES, LearnedRecipe

log = logging.getLogger(__name__)

Recipe: TypeAlias = FaceRecipe | LearnedRecipe
Stage: TypeAlias = StageRecipe | LearnedRecipe
"""Schedule of one stage, whose steps are counted from its beginning; a learned family's recipe has one."""

RENAMED = {"anew": "reinit", "copying": "identity_init"}
"""Keys of older recipes, which are still read."""

_MAX_BYTES = 256 << 10


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; its paths become relative to the current folder.

    Raises:
        ConfigError: the file cannot be read, or a key is unknown, missing or not usable; names the key.
    """
    try:
        table = read_toml(path, _MAX_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML ({error}); correct the recipe") from error
    for old, new in RENAMED.items():
        if old in table and new not in table:
            log.warning("%s: key %s is now called %s", path, old, new)
            table[new] = table.pop(old)
    family = table.get("family", "face")
    if family not in ("face", *FAMILIES):
        raise ConfigError(f"{path}: family is {str(family)[:60]!r}; expected one of face, {', '.join(FAMILIES)}")
    kind: type[Recipe] = FaceRecipe if family == "face" else LearnedRecipe
    recipe = validate(kind, table, str(path), ConfigError)
    vgg = str(path.parent / recipe.vgg) if recipe.vgg else ""
    return with_inputs(recipe, [path.parent / name for name in recipe.data.folders], vgg)


def with_inputs(recipe: Recipe, folders: Sequence[Path] = (), vgg: Path | str = "") -> Recipe:
    """Return the recipe with other folders of clips and another VGG file, where they are given."""
    if folders:
        recipe = replace(recipe, data=replace(recipe.data, folders=tuple(map(str, folders))))  # type: ignore[arg-type]
    return replace(recipe, vgg=str(vgg)) if str(vgg) else recipe
