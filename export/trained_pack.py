"""A trained model of any family as a pack: puppet.training → export → pack."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from export.face_pack import export_face
from export.learned_pack import card_of, export_learned
from puppet.models.face import SIZE, FaceModel
from puppet.packs import Pack, PackCard
from puppet.training.recipe_schema.learned import LearnedRecipe
from puppet.training.recipe_schema.reader import Recipe
from puppet.training.training_loop import Trained


def pack_of(trained: Trained, recipe: Recipe, folder: Path) -> Pack:
    """Export the averaged weights into `folder`, which must not exist.

    Raises:
        PackError: it exists or cannot be written, or the recipe's size is none of a pack's.
        EngineError: the graphs deviate too far from the module; nothing is written.
    """
    told = recipe.pack
    if isinstance(trained.model, FaceModel):
        training = told.training or f"Recipe {told.name}: {trained.data}."
        card = PackCard(
            name=told.name,
            family="face",
            size=SIZE,
            detector="landmarks",
            keypoints=478,
            licence=told.licence,
            description=told.description,
            training=training,
            metrics=trained.scores,
        )
        return export_face(trained.model, folder, card)
    assert isinstance(recipe, LearnedRecipe)
    steps = f"{trained.amount[0]} steps of {recipe.batch}"
    training = told.training or f"Recipe {told.name}, {steps}: {trained.data}."
    card = card_of(trained.model, told.name, recipe.size, told.licence, told.description)
    return export_learned(trained.model, folder, replace(card, training=training))
