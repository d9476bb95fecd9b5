"""A trained `face` model as a pack."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from export.face_pack import export_face
from puppet.models.face import SIZE
from puppet.packs import Pack, PackCard
from puppet.training.train_face import Order, Trained


def pack_of(trained: Trained, order: Order, folder: Path) -> Pack:
    """Write what was trained as a pack into `folder`, which must not exist. Raises what `export_face` raises."""
    return export_face(trained.model, folder, _card(order, trained))


def _card(order: Order, trained: Trained) -> PackCard:
    told = order.recipe.pack
    training = told.training or f"Recipe {told.name}: {trained.data}."
    scores = asdict(trained.evaluation.mean.scores["model"]) if trained.evaluation else {}
    # JSON knows no NaN: what was not measured is left out.
    metrics = {name: round(score, 5) for name, score in scores.items() if score == score}
    return PackCard(
        name=told.name,
        family="face",
        size=SIZE,
        detector="landmarks",
        keypoints=478,
        licence=told.licence,
        description=told.description,
        training=training,
        metrics=metrics,
    )
