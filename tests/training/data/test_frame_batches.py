"""Batches: functions of seed, process and step; all frames of a clip are changed alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from puppet.domain import Picture
from puppet.training.data import clips as clip_module
from puppet.training.data.batch_loader import load_batches
from puppet.training.data.clips import Clip
from puppet.training.data.frame_batches import FrameBatches, augmented
from puppet.training.distributed import Process
from puppet.training.recipe_schema.learned import AugmentationRecipe
from tests.support.made_learned import SIZE, STILL, made_clips, made_recipe


class LeftHalf:
    """Stands for the selfie segmentation."""

    def of(self, picture: Picture) -> NDArray[np.uint8]:
        return np.repeat(np.array([[255, 0]], np.uint8), 32, 1).repeat(64, 0)

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return made_clips(tmp_path_factory.mktemp("clips"))


def test_a_step_is_the_same_whenever_it_is_drawn(clips: list[Clip], tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "monkeynet", data="clip_length = 2")
    batches = FrameBatches(clips, recipe)
    later = list(islice(load_batches(batches, 2, 0), 4))
    again = batches[3]
    assert again.source.shape == (2, 3, SIZE, SIZE)
    assert again.driving.shape == (4, 3, SIZE, SIZE)
    torch.testing.assert_close(later[1], again, atol=0, rtol=0)
    assert not torch.equal(again.source, batches[4].source)
    assert not torch.equal(again.source, FrameBatches(clips, recipe, Process(1, 2))[3].source)
    assert not torch.equal(again.source, FrameBatches(clips, replace(recipe, seed=1))[3].source)


def test_other_processes_prepare_the_same_batches(clips: list[Clip], tmp_path: Path) -> None:
    batches = FrameBatches(clips, made_recipe(tmp_path, "fomm"))
    here, there = (list(islice(load_batches(batches, 0, workers), 3)) for workers in (0, 1))
    torch.testing.assert_close(here, there, atol=0, rtol=0)


def test_clips_that_move_more_are_drawn_more_often(clips: list[Clip], tmp_path: Path) -> None:
    still = replace(clips[0], motion=0.0)
    recipe = made_recipe(tmp_path, "fomm", data="prefer_motion = 1.0")
    batches = FrameBatches([still, clips[1]], replace(recipe, augmentation=STILL))
    background = torch.tensor(clips[1].frames[0, 0, 0].tolist()) / 255
    for step in range(5):
        torch.testing.assert_close(batches[step].source[:, :, 0, 0], background.expand(2, 3))


def test_people_are_moved_now_and_then_and_nothing_else_is(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_module, "Silhouettes", LeftHalf)
    clip_module.find_people(clips)
    recipe = replace(made_recipe(tmp_path, "fomm"), augmentation=STILL)
    plain = FrameBatches(clips, recipe)
    moving = FrameBatches(clips, replace(recipe, augmentation=replace(STILL, move_person=0.5)))
    same = 0
    for step in range(8):
        before, after = plain[step], moving[step]
        torch.testing.assert_close(after, moving[step], atol=0, rtol=0)
        people = [batch.source[0, ..., :8] for batch in (before, after)]
        torch.testing.assert_close(people[1], people[0], atol=0.005, rtol=0)
        same += torch.equal(after.driving[0], before.driving[0])
    assert 0 < same < 8


def test_without_augmentation_frames_stay_as_they_are(clips: list[Clip]) -> None:
    frames = torch.rand(3, 3, 8, 8)
    torch.testing.assert_close(augmented(frames, STILL, np.random.default_rng(0)), frames)


def test_frames_are_turned_round_in_space_and_time() -> None:
    frames = torch.rand(3, 3, 8, 8)
    both = replace(STILL, horizontal_flip=1, time_flip=1)
    torch.testing.assert_close(augmented(frames, both, np.random.default_rng(0)), frames.flip(0, 3))


def test_colours_of_a_clip_change_alike_and_grey_stays_grey() -> None:
    frames = torch.rand(1, 3, 8, 8).expand(2, 3, 8, 8)
    jitter = AugmentationRecipe(horizontal_flip=0, time_flip=0, hue=0.5, scale=0.3)
    first, second = augmented(frames, jitter, np.random.default_rng(1))
    torch.testing.assert_close(first, second)
    assert (first - frames[0]).abs().max() > 0.05
    turned = augmented(torch.full((1, 3, 4, 4), 0.4), replace(STILL, hue=0.5), np.random.default_rng(2))
    torch.testing.assert_close(turned, torch.full((1, 3, 4, 4), 0.4))
