"""Checkpoints: whole or not there, the one before kept until then."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from puppet.errors import CheckpointError
from puppet.training.checkpoint import (
    AVERAGED,
    TRAINING,
    Checkpoint,
    newest_checkpoint,
    read_checkpoint,
    save_checkpoint,
)


def checkpoint(step: int) -> Checkpoint:
    weights = {f"{AVERAGED}{name}": value + step for name, value in model().state_dict().items()}
    training = {"configuration": {"seed": "0", "processes": "1"}, "progress": {"step": step}}
    return Checkpoint(step, weights, training | {"optimisers": {"model": {"moments": [torch.ones(2)]}}})


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def test_what_is_read_is_what_was_written_and_older_ones_go(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint(9))
    path = save_checkpoint(tmp_path, checkpoint(10))
    assert newest_checkpoint(tmp_path) == path
    assert list(tmp_path.iterdir()) == [path]
    found = read_checkpoint(path)
    assert found.step == 10
    assert found.training["progress"] == {"step": 10}
    torch.testing.assert_close(found.training["optimisers"]["model"], {"moments": [torch.ones(2)]})
    torch.testing.assert_close(dict(found.weights), dict(checkpoint(10).weights))


@pytest.mark.parametrize(
    "writer", ["puppet.training.checkpoint.save_file", "puppet.training.checkpoint.torch.save", "pathlib.Path.rename"]
)
def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str) -> None:
    kept = save_checkpoint(tmp_path, checkpoint(1))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writer, full)
        with pytest.raises(CheckpointError, match="No space left"):
            save_checkpoint(tmp_path, checkpoint(2))
    assert list(tmp_path.iterdir()) == [kept]
    assert read_checkpoint(kept).step == 1


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path, checkpoint(1))
    (path / TRAINING).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="00000001"):
        read_checkpoint(path)


class Calls:
    """Makes a pickle that calls a function when it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return torch.FloatTensor, (10**12,)


def test_a_training_file_that_would_fill_the_memory_is_refused_before_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_checkpoint(tmp_path, checkpoint(3))
    torch.save({"step": Calls()}, path / TRAINING)
    monkeypatch.setattr(torch, "load", pytest.fail)
    with pytest.raises(CheckpointError, match="FloatTensor"):
        read_checkpoint(path)
