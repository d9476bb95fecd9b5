"""The whole command: from a folder of clips to weights, going on with what was begun, errors as one line."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from export import train_face
from puppet.errors import CheckpointError
from puppet.models.face import FaceModel
from puppet.packs import PackCard
from puppet.training import face
from puppet.training.checkpoint import Checkpoint, load_weights, save_checkpoint
from puppet.training.face import Order, Trained, train
from puppet.training.losses import Vgg16
from tests.clips import even_times, moving_face, write_clip
from tests.training.made import Clock, one_stage, write_vgg

RECIPE = '[[stages]]\nobjective = "detail"\nminutes = 5\nbatch = 2\n'


@pytest.fixture
def order(tmp_path: Path, vgg: Vgg16) -> Order:
    """Two minutes of a clock that makes three of every look: one step."""
    data = tmp_path / "data"
    data.mkdir()
    write_clip(data / "vera.mp4", moving_face((256, 256), 3), even_times(10, 3))
    out = tmp_path / "out"
    out.mkdir()
    return Order(one_stage(minutes=2), (data,), write_vgg(tmp_path / "vgg.npz", vgg), out, tmp_path / "cache")


def test_a_training_writes_weights_a_sheet_and_a_checkpoint_and_is_done(
    order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trained = train(order, Clock(tick_s=180))
    assert trained.data.startswith("1 clips of 1 people, 3 frames")
    assert (order.out / "sheet.png").is_file()
    load_weights(FaceModel(), order.out / "weights.safetensors")
    load_weights(FaceModel(), order.out)
    first = load_file(order.out / "weights.safetensors")["mouth.out.bias"]
    train(order, Clock(tick_s=180))
    assert "going on after step 1" in caplog.text
    assert load_file(order.out / "weights.safetensors")["mouth.out.bias"].equal(first)
    again = replace(order, out=order.out.parent / "second", init=order.out)
    again.out.mkdir()
    train(again, Clock(tick_s=180))
    assert "beginning with the weights of" in caplog.text


def test_a_full_disk_on_the_way_does_not_end_a_training(
    order: Order, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[object] = []

    def full_at_first(folder: Path, checkpoint: Checkpoint) -> Path:
        calls.append(checkpoint)
        if len(calls) == 1:
            raise CheckpointError("the disk is full.")
        return save_checkpoint(folder, checkpoint)

    monkeypatch.setattr(face, "save_checkpoint", full_at_first)
    train(replace(order, recipe=replace(order.recipe, checkpoint_minutes=1.0)), Clock(tick_s=50))
    assert len(calls) >= 2
    assert "the disk is full" in caplog.text
    assert (order.out / "weights.safetensors").is_file()


def test_errors_of_the_command_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    options = [
        "--data",
        str(tmp_path / "missing"),
        "--vgg",
        str(tmp_path / "missing.npz"),
        "--out",
        str(tmp_path / "o"),
    ]
    assert face.main([str(recipe), *options]) == 2
    assert face.main([str(recipe), *options, "--minutes", "0"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert "missing.npz: cannot be read" in " ".join(lines)
    assert lines[-1].startswith("minutes: found 0")


def test_what_was_trained_is_exported_with_its_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exported: list[tuple[Path, PackCard]] = []
    monkeypatch.setattr(train_face, "train", lambda order: Trained(FaceModel(), None, "9 clips"))
    monkeypatch.setattr(train_face, "export_face", lambda model, folder, card: exported.append((folder, card)))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE + '[pack]\nname = "mine"\n')
    options = [str(recipe), "--data", str(tmp_path), "--vgg", "v", "--out", str(tmp_path / "out"), "--pack"]
    assert train_face.main([*options, str(tmp_path / "mine")]) == 0
    assert [(folder.name, card.name, card.family) for folder, card in exported] == [("mine", "mine", "face")]
    assert "9 clips" in exported[0][1].training
    assert train_face.main([*options, str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err
