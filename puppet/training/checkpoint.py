"""A training's checkpoints: a folder each, whole or not there, the one before kept until the new one is.

`weights.safetensors` holds the weights, the averaged ones too; `training.pt` what else a training needs to go on to the
step: the optimisers, the sampler's state and where it was. Read back as plain tensors and values only.
"""

from __future__ import annotations

import os
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

WEIGHTS, TRAINING = "weights.safetensors", "training.pt"
AVERAGED = "average."
"""Prefix of the averaged weights' names: the ones to use."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a training is.

    Attributes:
        step: steps made so far, of all stages.
        weights: name -> tensor; the averaged model's names begin with `AVERAGED`.
        training: nested mappings and lists of numbers, text and tensors.
    """

    step: int
    weights: Mapping[str, Tensor]
    training: Mapping[str, Any]


def read_tensors(path: Path) -> Any:
    """What torch.save wrote, as plain values and tensors. Raises CheckpointError for anything else."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error.strerror or error}).") from error
    # What a damaged file does to the unpickler is not foreseeable.
    except (ValueError, RuntimeError, EOFError, LookupError, TypeError, AttributeError, pickle.PickleError) as error:
        raise CheckpointError(f"{path}: is damaged, or holds something else than tensors.") from error


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into `folder` and then remove the older ones.

    Raises:
        CheckpointError: it cannot be written; the one before is untouched.
    """
    path = folder / f"{checkpoint.step:08d}"
    unfinished = folder / f".{path.name}.{os.getpid()}"
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        save_file({name: value.cpu().contiguous() for name, value in checkpoint.weights.items()}, unfinished / WEIGHTS)
        torch.save({"step": checkpoint.step, **checkpoint.training}, unfinished / TRAINING)
        shutil.rmtree(path, ignore_errors=True)
        unfinished.rename(path)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(f"{path}: the checkpoint cannot be written ({_first_line(error)}).") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    for other in _checkpoints(folder):
        if other != path:
            shutil.rmtree(other, ignore_errors=True)
    return path


def newest_checkpoint(folder: Path) -> Path | None:
    """The checkpoint with the most steps, or None."""
    return max(_checkpoints(folder), default=None)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint's folder. Raises CheckpointError when it is damaged."""
    try:
        weights = load_file(path / WEIGHTS)
        training = read_tensors(path / TRAINING)
        return Checkpoint(int(training.pop("step")), weights, training)
    except (OSError, SafetensorError, CheckpointError, KeyError) as error:
        message = f"{path}: the checkpoint cannot be read ({_first_line(error)}); remove its folder to start anew."
        raise CheckpointError(message) from error


def load_weights(model: nn.Module, path: Path) -> None:
    """Fill a model from a pack's weights.safetensors, a pack's folder, a checkpoint, or a training's --out folder.

    Raises:
        CheckpointError: it cannot be read, or belongs to another model.
    """
    weights = _read_weights(path)
    if any(name.startswith(AVERAGED) for name in weights):
        weights = {k.removeprefix(AVERAGED): value for k, value in weights.items() if k.startswith(AVERAGED)}
    expected = model.state_dict()
    missing = [name for name, value in expected.items() if value.is_floating_point() and name not in weights]
    wrong = [name for name, value in weights.items() if name not in expected or value.shape != expected[name].shape]
    if missing or wrong:
        first = f"no {missing[0]}" if missing else f"{wrong[0]} of another shape, or unknown"
        raise CheckpointError(f"{path}: holds the weights of another model ({first}).")
    model.load_state_dict(weights, strict=False)


def _read_weights(path: Path) -> dict[str, Tensor]:
    file = path
    if path.is_dir():
        file = (newest_checkpoint(path / "checkpoints") or path) / WEIGHTS
    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: the weights cannot be read ({_first_line(error)}).") from error


def _checkpoints(folder: Path) -> list[Path]:
    return [path for path in folder.glob("[0-9]" * 8) if path.is_dir()]


def _first_line(error: Exception) -> str:
    return (str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__])[0]
