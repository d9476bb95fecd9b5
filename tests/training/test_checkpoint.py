"""Checkpoints: whole or not there, the one before kept until then; weights from packs, of this model only."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from puppet.errors import CheckpointError
from puppet.training.checkpoint import (
    AVERAGED,
    TRAINING,
    Checkpoint,
    load_weights,
    newest_checkpoint,
    read_checkpoint,
    save_checkpoint,
)


def checkpoint(step: int) -> Checkpoint:
    weights = {f"{AVERAGED}{name}": value + step for name, value in model().state_dict().items()}
    return Checkpoint(step, weights, {"sampler": "state", "optimiser": {"moments": [torch.ones(2)]}})


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
    assert found.training["sampler"] == "state"
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


def test_weights_come_from_a_packs_file_and_from_a_trainings_folder(tmp_path: Path) -> None:
    halves = {name: value.half() for name, value in model().state_dict().items() if value.is_floating_point()}
    save_file(halves, tmp_path / "weights.safetensors")
    save_checkpoint(tmp_path / "training" / "checkpoints", checkpoint(5))
    expected = model().state_dict()["0.weight"]
    for path, offset in ((tmp_path, 0), (tmp_path / "weights.safetensors", 0), (tmp_path / "training", 5)):
        found = model()
        nn.init.zeros_(found.state_dict()["0.weight"])
        load_weights(found, path)
        torch.testing.assert_close(found.state_dict()["0.weight"], expected + offset, atol=2e-3, rtol=0)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    save_file(nn.Linear(2, 4).state_dict(), tmp_path / "weights.safetensors")
    with pytest.raises(CheckpointError, match="another model"):
        load_weights(model(), tmp_path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_weights(model(), tmp_path / "missing")
