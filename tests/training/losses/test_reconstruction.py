"""The step's losses, put together by a recipe's names and weights, are the originals' on the golden data."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import torch

from puppet.models.base import KeypointTensors
from puppet.models.checkpoints import build
from puppet.training.data.frame_batches import FrameBatch, FrameBatches
from puppet.training.losses.auxiliary import crowding, cycle_error, layering_error
from puppet.training.losses.reconstruction import ReconstructionObjective
from puppet.training.losses.vgg import FIRST_RELUS, Vgg
from puppet.training.objective import Losses
from puppet.training.recipe_schema.learned import LearnedRecipe, LossRecipe
from tests.support.goldens import Golden, golden
from tests.support.made_learned import made_clips, made_recipe
from tests.training.losses.test_papers import SCALES, random_vgg

TEN = (10.0,) * 5


def step(family: Literal["fomm", "monkeynet", "coseg"], losses: LossRecipe, batch: FrameBatch, data: Golden) -> Losses:
    """The losses in train mode."""
    vgg = random_vgg(int(data.arrays["vgg/seed"])) if any(losses.perceptual) else None
    recipe = LearnedRecipe(family=family, size=64, steps=1, batch=2, model=data.model.config, losses=losses)
    objective = ReconstructionObjective(data.model, recipe, FrameBatches([], recipe), vgg)
    return objective.losses(data.model, batch, 0)


def pictures(data: Golden, source: str, driving: str) -> FrameBatch:
    return FrameBatch(data.pictures(f"{source}_u8"), data.pictures(f"{driving}_u8")[1:3])


@pytest.mark.parametrize("family", ["fomm", "coseg"])
def test_terms_of_pictures_are_the_originals(family: Literal["fomm", "coseg"]) -> None:
    data = golden(family)
    names = ["perceptual"]
    losses = LossRecipe(perceptual=TEN, scales=SCALES)
    if family == "fomm":
        losses = LossRecipe(
            perceptual=TEN, scales=SCALES, generator_gan=1, discriminator_gan=1, feature_matching=(10.0,) * 3
        )
        names += ["generator_gan", "feature_matching"]
    batch = pictures(data, "source", "driving" if family == "fomm" else "target")
    found = step(family, losses, batch, data)
    terms = found.terms
    assert sorted(terms) == sorted(names)
    for name in names:
        golden_name = "gen_gan" if name == "generator_gan" else name
        torch.testing.assert_close(
            terms[name].detach(), data.tensor(f"loss/train/{golden_name}"), rtol=1e-4, atol=0, msg=name
        )
    if family == "fomm":
        torch.testing.assert_close(
            found.discriminator().detach(), data.tensor("loss/train/disc_gan"), rtol=1e-4, atol=0
        )


def test_terms_of_clips_are_the_originals() -> None:
    data = golden("monkeynet")
    video = data.pictures("video_u8")[:, 1:3]
    batch = FrameBatch(data.pictures("source_u8"), video.flatten(0, 1))
    losses = LossRecipe(reconstruction=(10.0, 10.0, 10.0, 1.0), generator_gan=1, discriminator_gan=1)
    found = step("monkeynet", losses, batch, data)
    terms = found.terms
    layers = torch.stack([data.tensor(f"loss/train/layer-{index}_rec") for index in range(4)]).sum()
    torch.testing.assert_close(terms["reconstruction"].detach(), layers, rtol=1e-4, atol=0)
    torch.testing.assert_close(terms["generator_gan"].detach(), data.tensor("loss/train/gen_gan"), rtol=1e-4, atol=0)
    torch.testing.assert_close(found.discriminator().detach(), data.tensor("loss/train/disc_gan"), rtol=1e-4, atol=0)


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


def test_the_perceptual_loss_sees_a_patch_of_the_finest_scale(tmp_path: Path) -> None:
    recipe = made_recipe(tmp_path, "fomm", "perceptual = [1, 1]\nscales = [1.0, 0.5]\npatch = 16")
    torch.manual_seed(1)
    vgg, model = Vgg(relus=FIRST_RELUS[:2]), build(recipe.model)
    seen: list[tuple[int, ...]] = []
    vgg.register_forward_pre_hook(lambda _, given: seen.append(tuple(given[0].shape[2:])))
    batches = FrameBatches(made_clips(tmp_path), recipe)
    losses = ReconstructionObjective(model, recipe, batches, vgg).losses(model, batches[0], 0)
    assert set(losses.terms) == {"perceptual"}
    assert set(seen) == {(16, 16)}
