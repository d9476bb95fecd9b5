"""Trains the `face` pack and exports it: the same arguments as puppet.training.face, and --pack FOLDER for the pack.

python -m export.train_face puppet/training/recipes/face.toml --data DIR... --vgg FILE --out DIR --pack FOLDER
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from export.face import export_face
from puppet.errors import PackError
from puppet.models.face import SIZE
from puppet.packs import PackCard
from puppet.training.face import Order, Trained, argument_parser, exit_code, logged_to, order_from, train


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and export from the command line; returns the exit code."""
    parser = argument_parser("export.train_face")
    parser.add_argument("--pack", type=Path, required=True, help="folder of the new pack; must not exist")
    chosen = parser.parse_args(arguments)

    def work() -> None:
        train_face(order_from(chosen), chosen.pack)

    return exit_code(work)


def train_face(order: Order, folder: Path) -> None:
    """Train, or go on training, and write the pack into `folder`, which must not exist.

    Raises:
        PackError: it exists, or cannot be written; and whatever `train` and `export_face` raise.
    """
    if folder.exists():
        raise PackError(f"{folder} exists already; choose another folder or remove it")
    with logged_to(order.out):
        trained = train(order)
    export_face(trained.model, folder, _card(order, trained))


def _card(order: Order, trained: Trained) -> PackCard:
    told = order.recipe.pack
    training = told.training or f"Recipe {told.name}: {trained.data}."
    scores = asdict(trained.evaluation.mean.model) if trained.evaluation else {}
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


if __name__ == "__main__":
    raise SystemExit(main())
