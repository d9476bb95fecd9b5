"""Checkpoints of a training: a folder each, complete or absent; the previous one is kept until the new one is complete.

`weights.safetensors` holds the weights, the averaged ones too; `training.pt` the optimisers, the position of the
training and its configuration. Both are read as plain tensors and values only.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from puppet.errors import CheckpointError
from puppet.media.files import whole_file, whole_folder
from puppet.models.checkpoint_file import check_checkpoint
from puppet.training.recipe_schema.reader import RENAMED

WEIGHTS, TRAINING = "weights.safetensors", "training.pt"
AVERAGED, OBJECTIVE = "average.", "objective."
"""Prefixes of weights: the averaged model, which is the result, and networks that are trained along."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State of a training.

    Attributes:
        step: steps made in all stages.
        weights: by name; the averaged ones begin with `AVERAGED`.
        training: nested mappings and lists of numbers, text and tensors.
    """

    step: int
    weights: Mapping[str, Tensor]
    training: Mapping[str, Any]


def read_tensors(path: Path) -> Any:
    """Read what torch.save wrote, as plain values and tensors. Raises CheckpointError for anything else."""
    check_checkpoint(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error})") from error
    # A damaged file may raise any of these in the unpickler.
    except (ValueError, RuntimeError, EOFError, LookupError, TypeError, AttributeError, pickle.PickleError) as error:
        raise CheckpointError(f"{path}: damaged, or holds more than tensors; give another file") from error


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into `folder` and then remove the older ones.

    Raises:
        CheckpointError: it cannot be written; the older ones are untouched.
    """
    path = folder / f"{checkpoint.step:08d}"
    weights = {name: value.cpu().contiguous() for name, value in checkpoint.weights.items()}
    try:
        with whole_folder(path) as unfinished:
            save_file(weights, unfinished / WEIGHTS)
            torch.save({"step": checkpoint.step, **checkpoint.training}, unfinished / TRAINING)
            shutil.rmtree(path, ignore_errors=True)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"{path}: the checkpoint cannot be written ({_first_line(error)}); free some space"
        ) from error
    for other in _checkpoints(folder):
        if other != path:
            shutil.rmtree(other, ignore_errors=True)
    return path


def save_weights(model: nn.Module, path: Path) -> None:
    """Write a model's weights as safetensors. Raises CheckpointError."""
    try:
        with whole_file(path) as part:
            save_file({name: value.cpu().contiguous() for name, value in model.state_dict().items()}, part)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be written ({_first_line(error)}); free some space") from error


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the checkpoint with the most steps, or None."""
    return max(_checkpoints(folder), default=None)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint's folder. Raises CheckpointError when it is damaged."""
    try:
        weights, training = load_file(path / WEIGHTS), read_tensors(path / TRAINING)
        return _upgraded(int(training.pop("step")), weights, training)
    except (OSError, SafetensorError, CheckpointError, KeyError) as error:
        reason = _first_line(error)
        raise CheckpointError(f"{path}: cannot be read ({reason}); remove this folder to start again") from error


def _upgraded(step: int, weights: Mapping[str, Tensor], old: Mapping[str, Any]) -> Checkpoint:
    """Return a checkpoint of the trainers that each family once had, under today's names."""
    optimisers = {"model": old.get("optimiser"), "discriminator": old.get("discriminator_optimiser")}
    learned = {"step": step, "stage_step": step, "skipped": old.get("skipped", 0)}
    configuration = {"processes": "1"} | {RENAMED.get(name, name): v for name, v in old["configuration"].items()}
    return Checkpoint(
        step,
        {_renamed(name): value for name, value in weights.items()},
        {
            "configuration": configuration,
            "progress": old.get("progress", learned),
            "optimisers": old.get("optimisers", {name: state for name, state in optimisers.items() if state}),
        },
    )


def _renamed(weight: str) -> str:
    for old in ("aids.", "discriminators."):
        if weight.startswith(old):
            return OBJECTIVE + weight.removeprefix(old).replace("verdict.", "score.")
    return weight


def _checkpoints(folder: Path) -> list[Path]:
    return [path for path in folder.glob("[0-9]" * 8) if path.is_dir()]


def _first_line(error: Exception) -> str:
    return (str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__])[0]
