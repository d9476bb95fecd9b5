"""Pairs: both pictures share turn and colour, mirroring is exact, a batch depends on seed, process and step alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
import torch

from puppet.errors import ConfigError
from puppet.models.face import FaceModel, warp_by_mesh
from puppet.models.sampling import crop
from puppet.training.data.clips import Clip
from puppet.training.data.face_pairs import Pair, PairBatch, PairBatches, collate
from puppet.training.distributed import ALONE, Process
from tests.support.made_training import one_stage

Objective = Literal["motion", "detail"]


def batches(clips: list[Clip], objective: Objective = "motion", seed: int = 3, process: Process = ALONE) -> PairBatches:
    return PairBatches(clips, one_stage(objective).stages[0], {}, seed, process)


def pair(clip: Clip) -> PairBatch:
    return collate(
        [Pair(clip.frames[0], clip.frames[-1], clip.keypoints(0), clip.keypoints(-1), clip.silhouettes[0])], (10, 30)
    )


@torch.no_grad()
def test_a_mirrored_pair_gives_the_mirrored_picture(clip: Clip) -> None:
    torch.manual_seed(0)
    model = FaceModel().eval()
    model.mouth.out.weight.zero_()  # the eyes' network mirrors the left eye itself; the mouth's need not be symmetric
    model.eyes.out.weight.normal_(std=0.3)
    batch = pair(clip)
    flipped = batch.flipped()
    made = []
    for each in (batch, flipped):
        code = model.encode(each.source, each.fine[0], *each.own)
        corrections = model.correct(code, each.maps, each.maps.mesh)
        made.append(model.add_details(warp_by_mesh(each.source, each.maps.mesh), each.maps, corrections))
    plain = warp_by_mesh(batch.source, batch.maps.mesh)
    assert (made[0] - plain).abs().max() > 0.05  # the eyes' network had a say
    torch.testing.assert_close(made[1], made[0].flip(3), atol=1e-3, rtol=0)
    mouths = [crop(each.driving, each.maps.mouth, 64) for each in (batch, flipped)]
    torch.testing.assert_close(mouths[1], mouths[0].flip(3), atol=1e-4, rtol=0)


def test_mirroring_twice_changes_nothing(clip: Clip) -> None:
    batch = pair(clip)
    twice = batch.flipped().flipped()
    assert twice.patch == batch.patch
    for before, after in zip((*batch.maps, *batch.own), (*twice.maps, *twice.own), strict=True):
        torch.testing.assert_close(after, before)


def test_both_pictures_are_augmented_alike_and_the_landmarks_with_them(clip: Clip) -> None:
    drawn = batches([clip])
    for step in range(3):
        batch = drawn[step]
        apart = (batch.source - batch.driving).abs().mean()
        explained = (warp_by_mesh(batch.source, batch.maps.mesh) - batch.driving).abs().mean()
        # The clip was made by the mesh: what stays is interpolation, and the picture's border.
        assert explained < 0.35 * apart + 0.005


def test_a_step_is_the_same_whenever_it_is_drawn(clip: Clip) -> None:
    one, other = batches([clip], "detail"), batches([clip], "detail")
    expected = [one[step] for step in range(3)]
    torch.testing.assert_close(other[2].source, expected[2].source, atol=0, rtol=0)
    assert other[2].seed == expected[2].seed
    for different in (expected[1], batches([clip], "detail", 4)[2], batches([clip], "detail", 3, Process(1, 2))[2]):
        assert not torch.equal(different.source, expected[2].source)


def test_motion_is_learned_from_videos_only_and_folders_have_weights(clip: Clip) -> None:
    still = replace(clip, moving=False)
    with pytest.raises(ConfigError, match="No clip to train motion"):
        batches([still])
    assert batches([still], "detail")[0].source.shape == (2, 3, 256, 256)
    with pytest.raises(ConfigError, match="weight 0"):
        PairBatches([clip], one_stage("motion").stages[0], {"made": 0.0}, 0)
