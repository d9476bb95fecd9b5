"""`train`: the command line's way to new packs of one's own. Needs the extra `torch`, imported inside."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from puppet.errors import ConfigError
from puppet.packs import is_pack

if TYPE_CHECKING:
    from puppet.training.recipe_schema.learned import LearnedRecipe

_EVALUATION = "Evaluation"

What = Annotated[
    Path | None,
    typer.Argument(
        metavar="CONFIG.toml|CLIPS_DIR",
        help="A recipe. With --evaluate a folder of videos, or one video; default: the bundled clip.",
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of this training; what is in it goes on.")
]
Init = Annotated[
    Path | None, typer.Option("--init", metavar="CHECKPOINT|PACK", help="Begin with these weights, not random ones.")
]
Minutes = Annotated[
    float | None, typer.Option("--minutes", min=0.01, metavar="M", help="Stop after so long, with a checkpoint.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--pack", metavar="DIR", help="The new pack; must not exist. Default: OUT/pack, replaced."),
]
Data = Annotated[
    list[Path] | None, typer.Option("--data", metavar="DIR", help="A folder of clips; may be given several times.")
]
Vgg = Annotated[Path | None, typer.Option("--vgg", metavar="FILE", help="VGG's weights, for the perceptual loss.")]
Cache = Annotated[
    Path | None, typer.Option("--cache", metavar="DIR", help="Where decoded clips are kept. Default: OUT/cache.")
]
LpipsFile = Annotated[
    Path | None, typer.Option("--lpips", metavar="FILE.npz", help="AlexNet weights of LPIPS; without them, no LPIPS.")
]
Evaluate = Annotated[
    str | None,
    typer.Option(
        "--evaluate", metavar="PACK", help="Score a pack on clips instead of training.", rich_help_panel=_EVALUATION
    ),
]
EmbeddingFile = Annotated[
    Path | None,
    typer.Option(
        "--embedding",
        metavar="FILE.onnx",
        help="A network that tells people apart, for AED.",
        rich_help_panel=_EVALUATION,
    ),
]
Every = Annotated[
    int, typer.Option("--every", min=1, metavar="N", help="Score every n-th frame.", rich_help_panel=_EVALUATION)
]
Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the scores to this file.", rich_help_panel=_EVALUATION),
]


def train(
    what: What = None,
    out: Out = None,
    init: Init = None,
    minutes: Minutes = None,
    pack: Folder = None,
    data: Data = None,
    vgg: Vgg = None,
    cache: Cache = None,
    lpips: LpipsFile = None,
    evaluate: Evaluate = None,
    embedding: EmbeddingFile = None,
    every: Every = 3,
    json: Json = None,
) -> int:
    """Train a pack by a recipe, or score one: --evaluate PACK [CLIPS_DIR]. The same command continues a training."""
    _needs_torch()
    if evaluate is not None:
        return _evaluate(evaluate, what, lpips, embedding, every, json)
    if what is None:
        raise ConfigError("CONFIG.toml is missing; give a recipe, or --evaluate PACK to score a pack")
    if out is None:
        raise ConfigError("--out is missing: the folder of this training.")
    if pack is None and (own := out / "pack").exists() and not is_pack(str(own)):
        raise ConfigError(f"{own} is no pack of an earlier run; move it away, or choose another --pack")
    if pack is not None and pack.exists():
        raise ConfigError(f"{pack} exists already; choose another folder or remove it")
    from puppet.training.recipe_schema.tables import read_toml

    family = read_toml(what).get("family", "face")
    if family == "face":
        return _train_face(what, out, init, minutes, pack, data, vgg, cache, lpips)
    return _train_learned(what, out, init, minutes, pack, data, vgg, cache)


def _train_face(
    what: Path,
    out: Path,
    init: Path | None,
    minutes: float | None,
    pack: Path | None,
    data: list[Path] | None,
    vgg: Path | None,
    cache: Path | None,
    lpips: Path | None,
) -> int:
    from export.train_face import pack_of
    from puppet.cli.console import result
    from puppet.training import train_face
    from puppet.training.recipe_schema.face import read_recipe

    recipe = read_recipe(what)
    if not data or vgg is None:
        raise ConfigError("a training of the face pack needs --data (folders of clips) and --vgg (VGG16's weights).")
    train_face.make_folder(out)
    order = train_face.Order(recipe, tuple(data), vgg, out, cache or out / "cache", init, lpips, minutes)
    with train_face.logged_to(out):
        trained = train_face.train(order)
    folder = _written(lambda new: pack_of(trained, order, new), pack, out)
    result(f"{folder}: {'trained to the end' if trained.finished else 'stopped; the same command goes on'}.")
    return 0


def _train_learned(
    what: Path,
    out: Path,
    init: Path | None,
    minutes: float | None,
    pack: Path | None,
    data: list[Path] | None,
    vgg: Path | None,
    cache: Path | None,
) -> int:
    from export.train_learned import pack_of
    from puppet.cli.console import progress, result, tell
    from puppet.training.recipe_schema.learned import read_learned_recipe
    from puppet.training.train_face import logged_to, make_folder
    from puppet.training.train_learned import LearnedOrder, train_learned

    recipe = _given(read_learned_recipe(what), data, vgg)
    make_folder(out)
    order = LearnedOrder(recipe, out, cache or out / "cache", init, minutes)
    told = logged_to(out, echo=not sys.stderr.isatty()) if os.environ.get("RANK", "0") == "0" else nullcontext()
    try:
        with told, progress("Training") as advance:
            trained = train_learned(order, advance)
    except KeyboardInterrupt:
        tell("Stopped: the same command goes on from the last checkpoint.")
        raise
    if trained.first:
        folder = _written(lambda new: pack_of(trained, recipe, new), pack, out)
        state = "every step made" if trained.finished else "the same command goes on"
        result(f"{folder}: after {trained.steps} of {recipe.steps} steps; {state}.")
    return 0


def _given(recipe: LearnedRecipe, data: list[Path] | None, vgg: Path | None) -> LearnedRecipe:
    """What the command line says goes before what the recipe says."""
    if data:
        recipe = replace(recipe, data=replace(recipe.data, folders=tuple(map(str, data))))
    return recipe if vgg is None else replace(recipe, vgg=str(vgg))


def _written(write: Callable[[Path], object], pack: Path | None, out: Path) -> Path:
    """Let `write` make `pack`, or OUT/pack: what an earlier run left there goes once the new one is whole."""
    import shutil

    if pack is not None:
        write(pack)
        return pack
    folder, new = out / "pack", out / "pack.new"
    shutil.rmtree(new, ignore_errors=True)  # of a run that was killed
    write(new)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return folder


def _evaluate(
    pack: str, clips: Path | None, lpips: Path | None, embedding: Path | None, every: int, json: Path | None
) -> int:
    from puppet.cameras.opening import BUNDLED_CLIP
    from puppet.cli.console import progress, table, tell
    from puppet.media.files import check_output
    from puppet.training.evaluation.identity import Embedding
    from puppet.training.evaluation.metrics import Lpips
    from puppet.training.evaluation.pack import FACTS, evaluate_pack

    if json:
        check_output(json, (), overwrite=True)
    networks = Lpips(lpips) if lpips else None, Embedding(embedding) if embedding else None
    with progress("Scoring") as advance:
        found = evaluate_pack(pack, clips or BUNDLED_CLIP, *networks, every=every, progress=advance)
    for line in found.skipped:
        tell(f"Skipped: {line}")
    if not lpips:
        tell("LPIPS is not measured; --lpips FILE.npz needs the AlexNet weights of LPIPS v0.1 (docs/training.md)")
    if len(found.rows) > 1:
        table(*found.clip_table())
        tell("")
    table(*found.summary(Path(pack).name))
    if facts := found.facts():
        tell("")
        table(("all clips together", ""), [(FACTS[name], f"{value:.2f}") for name, value in facts.items()])
    if json:
        json.write_text(found.to_json() + "\n", "utf-8")
    return 0


def _needs_torch() -> None:
    import importlib.util

    missing = [
        name for name in ("torch", "safetensors", "skimage", "tensorboardX") if not importlib.util.find_spec(name)
    ]
    if missing:
        raise ConfigError(f"training needs {', '.join(missing)}: install the extra torch (pip install '.[torch]').")
