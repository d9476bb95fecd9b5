"""The step's losses, put together by a recipe's names and weights, are the originals' on the golden data."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch
from torch import Tensor

from puppet.models.base import KeypointTensors
from puppet.models.coseg import CoSegmentationModel
from puppet.training.data.frame_batches import FrameBatch
from puppet.training.losses.auxiliary import Aids, crowding, cycle_error, layering_error
from puppet.training.losses.perceptual import Features
from puppet.training.losses.reconstruction import Rebuilt, Reconstruction
from puppet.training.recipe_schema.learned import LossRecipe
from tests.support.goldens import Golden, golden
from tests.training.losses.test_papers import SCALES, random_vgg

TEN = (10.0,) * 5


def step(family: str, losses: LossRecipe, batch: FrameBatch, data: Golden) -> tuple[dict[str, Tensor], Rebuilt, Tensor]:
    """The terms in train mode, and the discriminator's loss."""
    model = data.model.train()
    features = Features(random_vgg(int(data.arrays["vgg/seed"])), 5) if any(losses.perceptual) else None
    loss = Reconstruction(losses, features, Aids(losses, 5), nullcontext)
    terms, made = loss.terms(model, batch, torch.Generator().manual_seed(0))
    coseg = isinstance(model, CoSegmentationModel)
    return terms, made, torch.zeros(()) if coseg else loss.judgement(model, made)


def pictures(data: Golden, source: str, driving: str) -> FrameBatch:
    return FrameBatch(data.pictures(f"{source}_u8"), data.pictures(f"{driving}_u8")[1:3])


@pytest.mark.parametrize("family", ["fomm", "coseg"])
def test_terms_of_pictures_are_the_originals(family: str) -> None:
    data = golden(family)
    names = ["perceptual"]
    losses = LossRecipe(perceptual=TEN, scales=SCALES)
    if family == "fomm":
        losses = LossRecipe(
            perceptual=TEN, scales=SCALES, generator_gan=1, discriminator_gan=1, feature_matching=(10.0,) * 3
        )
        names += ["generator_gan", "feature_matching"]
    batch = pictures(data, "source", "driving" if family == "fomm" else "target")
    terms, _, judgement = step(family, losses, batch, data)
    assert sorted(terms) == sorted(names)
    for name in names:
        golden_name = "gen_gan" if name == "generator_gan" else name
        torch.testing.assert_close(
            terms[name].detach(), data.tensor(f"loss/train/{golden_name}"), rtol=1e-4, atol=0, msg=name
        )
    if family == "fomm":
        torch.testing.assert_close(judgement.detach(), data.tensor("loss/train/disc_gan"), rtol=1e-4, atol=0)


def test_terms_of_clips_are_the_originals() -> None:
    data = golden("monkeynet")
    video = data.pictures("video_u8")[:, 1:3]
    batch = FrameBatch(data.pictures("source_u8"), video.flatten(0, 1))
    losses = LossRecipe(reconstruction=(10.0, 10.0, 10.0, 1.0), generator_gan=1, discriminator_gan=1)
    terms, _, judgement = step("monkeynet", losses, batch, data)
    layers = torch.stack([data.tensor(f"loss/train/layer-{index}_rec") for index in range(4)]).sum()
    torch.testing.assert_close(terms["reconstruction"].detach(), layers, rtol=1e-4, atol=0)
    torch.testing.assert_close(terms["generator_gan"].detach(), data.tensor("loss/train/gen_gan"), rtol=1e-4, atol=0)
    torch.testing.assert_close(judgement.detach(), data.tensor("loss/train/disc_gan"), rtol=1e-4, atol=0)


def test_keypoints_in_one_place_crowd_and_far_apart_do_not() -> None:
    one = torch.zeros(2, 4, 2)
    corners = torch.tensor([[-1.0, -1], [1, -1], [-1, 1], [1, 1]]).expand(2, 4, 2)
    assert float(crowding(one)) == pytest.approx(1)
    assert float(crowding(corners)) == pytest.approx(0, abs=1e-6)


def test_each_place_belongs_to_the_motion_that_shows_it() -> None:
    """A square that moved by half the picture: where it is now its own motion is right, elsewhere standing still is."""
    random = torch.Generator().manual_seed(0)
    background = torch.rand(1, 3, 16, 16, generator=random)
    square = torch.rand(1, 3, 8, 8, generator=random)
    source, driving = background.clone(), background.clone()
    source[..., 4:12, 0:8] = square
    driving[..., 4:12, 8:16] = square
    half = 16 / 15  # 8 pixels of 16, whose centres span 2
    poses = [torch.tensor([[[at, 0.0]]]) for at in (-8 / 15, -8 / 15 + half)]

    def error(right: float) -> float:
        """The square's share is 1 in the right half, but for what lies above and below."""
        shares = torch.zeros(1, 2, 8, 8)
        shares[:, 1, 2:6, 4:8] = right
        shares[:, 0] = 1 - shares[:, 1]
        keypoints = KeypointTensors(poses[0]), KeypointTensors(poses[1], segmentation=shares)
        return float(layering_error(*keypoints, FrameBatch(source, driving)))

    assert error(1.0) < error(0.5) < error(0.0)


def test_a_motion_there_and_back_again_costs_nothing() -> None:
    y, x = torch.meshgrid(torch.linspace(-1, 1, 9), torch.linspace(-1, 1, 9), indexing="ij")
    grid = torch.stack([x, y], -1)[None]
    assert float(cycle_error(0.5 * grid, grid)) == pytest.approx(float((0.5 * grid).abs().mean()), rel=1e-4)
    shrunk = 0.5 * grid
    assert float(cycle_error(2 * grid, shrunk)) == pytest.approx(0, abs=1e-6)
