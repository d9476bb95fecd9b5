"""A whole training: from a folder of clips to weights, continuing what was begun; every shipped recipe makes steps."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import puppet
from export import trained_pack
from puppet.errors import CheckpointError
from puppet.models.face import FaceModel
from puppet.models.original_yaml import architecture_of
from puppet.packs import PackCard
from puppet.training import training_loop as train_module
from puppet.training.checkpoint import Checkpoint, save_checkpoint
from puppet.training.initial_weights import fill
from puppet.training.losses.vgg import FIRST_RELUS, VGG16, Vgg
from puppet.training.recipe_schema.face import FaceRecipe
from puppet.training.recipe_schema.learned import LearnedRecipe
from puppet.training.recipe_schema.reader import read_recipe, with_inputs
from puppet.training.training_loop import Order, Trained, train
from tests.support.clips import even_times, moving_face, write_clip
from tests.support.made_learned import write_strips
from tests.support.made_training import Clock, one_stage, write_vgg

RECIPES = sorted((Path(puppet.__file__).parent / "training" / "recipes").glob("*.toml"))


@pytest.fixture(scope="module")
def face_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one clip."""
    folder = tmp_path_factory.mktemp("data")
    write_clip(folder / "vera.mp4", moving_face((256, 256), 3), even_times(10, 3))
    return folder


@pytest.fixture
def order(tmp_path: Path, vgg: Vgg, face_folder: Path) -> Order:
    """Two minutes of a clock that makes three of every look: one step."""
    out = tmp_path / "out"
    out.mkdir()
    recipe = with_inputs(one_stage(minutes=2), [face_folder], write_vgg(tmp_path / "vgg.npz", vgg))
    return Order(recipe, out, face_folder.parent / "face-cache")


def test_a_training_writes_weights_a_sheet_and_a_checkpoint_and_is_done(
    order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trained = train(order, clock=Clock(tick_s=180))
    assert trained.data.startswith("1 clips of 1 people, 3 frames")
    assert (order.out / "sheet.png").is_file()
    assert list((order.out / "curves").iterdir())
    fill(FaceModel(), order.out / "weights.safetensors")
    fill(FaceModel(), order.out)
    first = load_file(order.out / "weights.safetensors")["mouth.out.bias"]
    train(order, clock=Clock(tick_s=180))
    assert "continuing after step 1" in caplog.text
    assert load_file(order.out / "weights.safetensors")["mouth.out.bias"].equal(first)
    again = replace(order, out=order.out.parent / "second", init=order.out)
    again.out.mkdir()
    train(again, clock=Clock(tick_s=180))
    assert "weights of" in caplog.text


def test_a_full_disk_on_the_way_does_not_end_a_training(
    order: Order, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[object] = []

    def full_at_first(folder: Path, checkpoint: Checkpoint) -> Path:
        calls.append(checkpoint)
        if len(calls) == 1:
            raise CheckpointError("The disk is full")
        return save_checkpoint(folder, checkpoint)

    monkeypatch.setattr(train_module, "save_checkpoint", full_at_first)
    train(replace(order, recipe=replace(order.recipe, checkpoint_minutes=1.0)), clock=Clock(tick_s=30))
    assert len(calls) >= 2
    assert "The disk is full" in caplog.text
    assert (order.out / "weights.safetensors").is_file()


def test_a_training_stops_after_its_minutes_and_continues(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stages = one_stage(minutes=10).stages
    assert isinstance(order.recipe, FaceRecipe)
    longer = replace(order, recipe=replace(order.recipe, stages=stages), minutes=3)
    assert not train(longer, clock=Clock(tick_s=40)).finished
    assert train(replace(longer, minutes=None), clock=Clock(tick_s=40)).finished
    assert "continuing after step" in caplog.text


def test_what_was_trained_is_exported_with_its_card(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    cards: list[PackCard] = []
    monkeypatch.setattr(trained_pack, "export_face", lambda model, folder, card: cards.append(card))
    trained = Trained(FaceModel(), (2, 2, "minutes"), True, "9 clips", scores={"l1": 0.1})
    trained_pack.pack_of(trained, order.recipe, order.out / "mine")
    assert [(card.name, card.family) for card in cards] == [(order.recipe.pack.name, "face")]
    assert "9 clips" in cards[0].training
    assert cards[0].metrics == {"l1": 0.1}


@pytest.fixture(scope="module")
def strips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_strips(tmp_path_factory.mktemp("strips"), size=32)


@pytest.fixture(scope="module")
def vgg16(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of VGG16, random."""
    torch.manual_seed(0)
    return write_vgg(tmp_path_factory.mktemp("vgg") / "vgg.npz", Vgg(VGG16, FIRST_RELUS))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_makes_two_steps(
    path: Path, strips: Path, face_folder: Path, vgg16: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of small pictures and networks; everything else is the recipe's."""
    monkeypatch.setattr("puppet.training.data.figures.CLIPS", 3)
    recipe = read_recipe(path)
    if isinstance(recipe, LearnedRecipe):
        data = replace(recipe.data, held_out=0.0, clip_length=min(recipe.data.clip_length, 2))
        augmentation = replace(recipe.augmentation, move_person=0.0)
        recipe = replace(
            recipe,
            data=data,
            augmentation=augmentation,
            model=architecture_of(small(asdict(recipe.model)), path.stem),
            size=64,
        )
        size = 128 if recipe.losses.perceptual[4:] else 64  # VGG's deepest map of the smallest scale
        recipe = replace(recipe, size=size, steps=2, batch=2, workers=0)
        recipe = with_inputs(recipe, [] if data.source == "figures" else [strips], vgg16)
        trained = train(Order(recipe, tmp_path, tmp_path / "cache"))
    else:
        kept = [recipe.stages[0], recipe.stages[-1]]
        stages = tuple(replace(stage, minutes=1.0, batch=2) for stage in kept)
        recipe = replace(recipe, stages=stages, data=replace(recipe.data, held_out=0.0))
        order = Order(with_inputs(recipe, [face_folder], vgg16), tmp_path, face_folder.parent / "face-cache")
        trained = train(order, clock=Clock(tick_s=70))
        assert trained.amount == (2, 2, "minutes")
    assert trained.finished
    assert all(bool(value.isfinite().all()) for value in trained.model.state_dict().values())


def small(values: Mapping[str, Any], section: str = "") -> dict[str, Any]:
    """An architecture with fewer features and shallower hourglasses, for small pictures."""
    limits = {"block_expansion": 8, "max_features": 16}
    if section != "discriminator_params":  # whose blocks losses have weights for
        limits["num_blocks"] = 2
    made = {}
    for name, value in values.items():
        made[name] = small(value, name) if isinstance(value, dict) else value
        if name in limits:
            made[name] = min(value, limits[name])
        if name == "scale_factor":
            made[name] = max(value, 0.5)
    return made
