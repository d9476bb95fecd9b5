"""The whole command: from a folder of clips to weights, going on with what was begun, errors as one line."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from export import train_face as export_trained
from puppet.errors import CheckpointError
from puppet.models.face import FaceModel
from puppet.packs import PackCard
from puppet.training import train_face
from puppet.training.checkpoint import Checkpoint, load_weights, save_checkpoint
from puppet.training.losses.face_terms import Vgg16
from puppet.training.train_face import Order, Trained, train
from tests.support.clips import even_times, moving_face, write_clip
from tests.support.made_training import Clock, one_stage, write_vgg

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

    monkeypatch.setattr(train_face, "save_checkpoint", full_at_first)
    train(replace(order, recipe=replace(order.recipe, checkpoint_minutes=1.0)), Clock(tick_s=50))
    assert len(calls) >= 2
    assert "the disk is full" in caplog.text
    assert (order.out / "weights.safetensors").is_file()


def test_a_training_stops_after_its_minutes_and_goes_on(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    longer = replace(order, recipe=one_stage(minutes=10), minutes=3)
    assert not train(longer, Clock(tick_s=40)).finished
    assert train(replace(longer, minutes=None), Clock(tick_s=40)).finished
    assert "going on after step" in caplog.text


def test_what_was_trained_is_exported_with_its_card(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    cards: list[PackCard] = []
    monkeypatch.setattr(export_trained, "export_face", lambda model, folder, card: cards.append(card))
    export_trained.pack_of(Trained(FaceModel(), None, "9 clips"), order, order.out / "mine")
    assert [(card.name, card.family) for card in cards] == [(order.recipe.pack.name, "face")]
    assert "9 clips" in cards[0].training
