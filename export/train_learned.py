"""A trained Monkey-Net, FOMM or co-part segmentation as a pack: puppet.training → export.learned_pack → pack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.learned_pack import card_of, export_learned
from puppet.packs import Pack
from puppet.training.recipe_schema.learned import LearnedRecipe
from puppet.training.train_learned import LearnedModel


def pack_of(trained: LearnedModel, recipe: LearnedRecipe, folder: Path) -> Pack:
    """Export the averaged weights into `folder`, which must not exist.

    Raises:
        PackError: it exists or cannot be written, or the recipe's size is none of a pack's.
        EngineError: the graphs deviate too far from the module; nothing is written.
    """
    told = recipe.pack
    card = card_of(trained.model, told.name, recipe.size, told.licence, told.description)
    training = told.training or f"Recipe {told.name}, {trained.steps} steps of {recipe.batch}: {trained.data}."
    return export_learned(trained.model, folder, replace(card, training=training))
