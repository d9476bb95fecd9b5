"""`train`: train a pack or score one from the command line. Needs the extra `torch`, imported inside."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from puppet.cli.parameters import writable_file
from puppet.cli.typer_adapter import option, takes_options
from puppet.errors import ConfigError
from puppet.installation import TORCH_COMMAND
from puppet.packs import is_pack, open_pack


@dataclass(frozen=True, slots=True)
class TrainParameters:
    """Training."""

    out: Path | None = option("--out", "DIR", "Folder of this training; the training in it is continued.")
    init: Path | None = option("--init", "CHECKPOINT|PACK", "Begin with these weights.", shown="random weights")
    minutes: float | None = option("--minutes", "M", "Stop after M minutes, with a checkpoint.", within=(0.01, None))
    pack: Path | None = option("--pack", "DIR", "The new pack; must not exist.", shown="OUT/pack, replaced")
    data: list[Path] | None = option(
        "--data", "DIR", "A folder of clips; may be given several times.", shown="the recipe's"
    )
    vgg: Path | None = option("--vgg", "FILE", "VGG weights for the perceptual loss.", shown="the recipe's")
    cache: Path | None = option("--cache", "DIR", "Folder for decoded clips.", shown="OUT/cache")


def picture_counts(text: str) -> list[int]:
    """Return numbers of pictures, "2,8". Raises ConfigError."""
    from puppet.media.portrait_file import MOST_PICTURES

    parts = text.split(",")
    if not all(part.isdecimal() and 1 <= int(part) <= MOST_PICTURES for part in parts):
        raise ConfigError(f'--pictures "{text}": expected numbers from 1 to {MOST_PICTURES}, such as 2,8')
    return [int(part) for part in parts]


@dataclass(frozen=True, slots=True)
class EvaluationParameters:
    """Evaluation."""

    evaluate: str | None = option("--evaluate", "PACK", "Score a pack on clips instead of training.")
    lpips: Path | None = option("--lpips", "FILE.npz", "AlexNet weights of LPIPS; without them, no LPIPS.")
    embedding: Path | None = option("--embedding", "FILE.onnx", "Network that embeds faces by identity, for AED.")
    every: int = option("--every", "N", "Score every n-th frame.", default=3, within=(1, None))
    pictures: list[int] | None = option(
        "--pictures", "N[,N]", "Score portraits of so many pictures; needs --lpips.", parser=picture_counts
    )
    json: Path | None = option("--json", "FILE", "Write the scores to this file.", parser=writable_file)


@takes_options()
def train(
    *,
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="RECIPE.toml|CLIPS",
            help="A recipe. With --evaluate a folder of videos, or one video.",
            show_default="with --evaluate the bundled clip",
        ),
    ] = None,
    training: TrainParameters,
    evaluation: EvaluationParameters,
) -> int:
    """Train a pack by a recipe, or score one: --evaluate PACK [CLIPS]. The same command continues a training."""
    _require_torch()
    if evaluation.evaluate is not None:
        score = _evaluate if evaluation.pictures is None else _evaluate_several
        return score(evaluation.evaluate, source, evaluation)
    if source is None:
        raise ConfigError("RECIPE.toml is missing; give a recipe, or --evaluate PACK to score a pack")
    if training.out is None:
        raise ConfigError("--out is missing; give the folder of this training")
    pack = training.pack
    if pack is None and (own := training.out / "pack").exists() and not is_pack(str(own)):
        raise ConfigError(f"{own} is no pack of an earlier run; move it away, or choose another --pack")
    if pack is not None and pack.exists():
        raise ConfigError(f"{pack} exists already; choose another folder or remove it")
    return _train(source, training.out, training, evaluation.lpips)


def _train(source: Path, out: Path, given: TrainParameters, lpips: Path | None) -> int:
    from export.trained_pack import pack_of
    from puppet.cli.console import progress, result, tell
    from puppet.media.leftovers import recover_leftovers
    from puppet.training.recipe_schema.reader import read_recipe, with_inputs
    from puppet.training.training_log import logged_to
    from puppet.training.training_loop import Order, train

    recipe = with_inputs(read_recipe(source), given.data or (), given.vgg or "")
    order = Order(recipe, out, given.cache or out / "cache", given.init, given.minutes, lpips)
    first = os.environ.get("RANK", "0") == "0"
    for line in recover_leftovers([out, out / "checkpoints", order.cache]) if first else ():
        tell(line)
    logged = logged_to(out) if first else nullcontext()
    try:
        with logged, progress("Training") as advance:
            trained = train(order, advance)
    except KeyboardInterrupt:
        tell("Stopped; the same command continues from the last checkpoint")
        raise
    if trained.stopped_by:
        tell(
            f"Stopped after {trained.amount[0]} of {trained.amount[1]} {trained.amount[2]}; the same command continues"
        )
        return 128 + trained.stopped_by
    if trained.first:
        folder = _write_pack(lambda new: pack_of(trained, recipe, new), given.pack, out)
        done, total, unit = trained.amount
        state = "finished" if trained.finished else "the same command continues"
        result(f"{folder}: after {done} of {total} {unit}; {state}")
    return 0


def _write_pack(write: Callable[[Path], object], pack: Path | None, out: Path) -> Path:
    """Write the new pack with `write` to `pack`, else to OUT/pack, which it replaces once it is complete."""
    import shutil

    if pack is not None:
        write(pack)
        return pack
    folder, new = out / "pack", out / "pack.new"
    shutil.rmtree(new, ignore_errors=True)  # left by a run that was killed
    write(new)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)
    return folder


def _evaluate(pack: str, clips: Path | None, given: EvaluationParameters) -> int:
    from puppet.cameras.opening import BUNDLED_CLIP
    from puppet.cli.console import progress, table, tell
    from puppet.media.files import write_text
    from puppet.training.evaluation.face_identity import Embedding
    from puppet.training.evaluation.metrics import Lpips
    from puppet.training.evaluation.pack import FACTS, evaluate_pack

    networks = Lpips(given.lpips) if given.lpips else None, Embedding(given.embedding) if given.embedding else None
    with progress("Scoring") as advance:
        found = evaluate_pack(pack, clips or BUNDLED_CLIP, *networks, every=given.every, progress=advance)
    for line in found.skipped:
        tell(f"Skipped: {line}")
    if not given.lpips:
        tell("LPIPS is not measured; --lpips FILE.npz needs the AlexNet weights of LPIPS v0.1 (docs/training.md)")
    if len(found.rows) > 1:
        table(*found.clip_table())
        tell("")
    table(*found.summary(open_pack(pack).card.name))
    if facts := found.facts():
        tell("")
        table(("all clips together", ""), [(FACTS[name], f"{value:.2f}") for name, value in facts.items()])
    if given.json:
        write_text(given.json, found.to_json() + "\n")
    return 0


def _evaluate_several(pack: str, clips: Path | None, given: EvaluationParameters) -> int:
    from puppet.cli.console import progress, table, tell
    from puppet.media.files import write_text
    from puppet.training.evaluation.metrics import Lpips
    from puppet.training.evaluation.several import evaluate_several

    if clips is None or given.lpips is None or given.pictures is None:
        raise ConfigError("--pictures scores by LPIPS; give a folder of clips, and --lpips FILE.npz")
    with progress("Scoring") as advance:
        found = evaluate_several(pack, clips, Lpips(given.lpips), given.pictures, every=given.every, progress=advance)
    for line in found.skipped:
        tell(f"Skipped: {line}")
    table(*found.table())
    if given.json:
        write_text(given.json, found.to_json() + "\n")
    return 0


def _require_torch() -> None:
    import importlib.util

    missing = [
        name for name in ("torch", "safetensors", "skimage", "tensorboardX") if not importlib.util.find_spec(name)
    ]
    if missing:
        raise ConfigError(f"Training needs {', '.join(missing)}; run {TORCH_COMMAND}")
