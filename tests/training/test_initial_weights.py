"""Weights to begin with: an original's checkpoint, FOMM's for co-part segmentation; anything else is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from puppet.errors import CheckpointError
from puppet.models.checkpoints import build
from puppet.models.coseg import CosegConfig, CoSegmentationModel
from puppet.models.fomm import FommConfig
from puppet.models.monkeynet import MonkeyNet, MonkeyNetConfig
from puppet.models.original_yaml import coseg_of, read_config
from puppet.training.checkpoint import WEIGHTS
from puppet.training.initial_weights import copy_at_first, fill, teach_keypoints
from tests.support.goldens import SHARED, golden
from tests.support.made_learned import made_recipe


@pytest.mark.parametrize("family", ["fomm", "monkeynet", "coseg"])
def test_an_originals_checkpoint_is_taken_over_whole(family: str) -> None:
    data = golden(family)
    model = build(data.model.config)
    fill(model, SHARED / family / "checkpoint.pth.tar")
    found = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    wanted = data.model.state_dict()
    torch.testing.assert_close(found, {name: wanted[name] for name in found}, atol=0, rtol=0)


def test_segments_begin_with_an_originals_keypoints() -> None:
    data = golden("fomm")
    config = read_config(SHARED / "fomm" / "config.yaml").architecture
    assert isinstance(config, FommConfig)
    torch.manual_seed(1)
    model = build(coseg_of(config))
    assert isinstance(model, CoSegmentationModel)
    head = model.segmentation_module.segmentation.weight.clone()
    fill(model, SHARED / "fomm" / "checkpoint.pth.tar")
    given = data.model.state_dict()
    torch.testing.assert_close(model.segmentation_module.shift.weight, given["kp_detector.kp.weight"])
    torch.testing.assert_close(model.segmentation_module.segmentation.weight, head)


def test_monkey_net_begins_with_fomms_keypoints(tmp_path: Path) -> None:
    torch.manual_seed(1)
    fomm, model = (build(made_recipe(tmp_path, family).model) for family in ("fomm", "monkeynet"))
    assert isinstance(model, MonkeyNet)
    save_file(fomm.state_dict(), tmp_path / WEIGHTS)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fill(model, tmp_path)
    found, given = model.state_dict(), fomm.state_dict()
    hourglass = "kp_detector.predictor.encoder.down_blocks.1.conv.weight"
    torch.testing.assert_close(found[hourglass], given[hourglass], atol=0, rtol=0)
    torch.testing.assert_close(
        found["kp_detector.predictor.decoder.conv.weight"], given["kp_detector.kp.weight"][:, :, 2:5, 2:5]
    )
    others = [name for name in found if not name.startswith("kp_detector.")]
    torch.testing.assert_close({k: found[k] for k in others}, {k: before[k] for k in others}, atol=0, rtol=0)


def test_monkey_net_is_taught_what_fomms_wider_kernel_knows(tmp_path: Path) -> None:
    torch.manual_seed(2)
    fomm, model = (build(made_recipe(tmp_path, family).model).eval() for family in ("fomm", "monkeynet"))
    assert isinstance(model, MonkeyNet)
    weights = fomm.state_dict()
    weights["kp_detector.kp.weight"] *= 3  # keypoints that go by what they see
    save_file(weights, tmp_path / WEIGHTS)
    fill(model, tmp_path)
    pictures = [torch.rand(4, 3, 32, 32) for _ in range(4)]

    def apart() -> float:
        with torch.no_grad():
            found = [model.detect(x).points - fomm.detect(x).points for x in pictures]
        return float(torch.stack(found).abs().mean())

    before = apart()
    teach_keypoints(model, tmp_path, pictures * 25)
    assert apart() < 0.8 * before
    model.train()
    teach_keypoints(model, tmp_path, [])
    assert all(module.training for module in model.modules()), "norms are fixed in lessons only"
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    save_file(kept, tmp_path / WEIGHTS)
    teach_keypoints(model, tmp_path, pictures)  # its own weights: there is nothing to learn
    torch.testing.assert_close(model.state_dict(), kept, atol=0, rtol=0)


def test_monkey_net_begins_with_nothing_else_of_fomm(tmp_path: Path) -> None:
    """A detector of another width is another model's, and Monkey-Net's own weights have to be whole."""
    recipe = made_recipe(tmp_path, "monkeynet").model
    assert isinstance(recipe, MonkeyNetConfig)
    save_file(build(made_recipe(tmp_path, "fomm").model).state_dict(), tmp_path / WEIGHTS)
    wider = replace(recipe, kp_detector_params=replace(recipe.kp_detector_params, block_expansion=8))
    with pytest.raises(CheckpointError, match="weights of another model"):
        fill(build(wider), tmp_path)
    own = build(recipe).state_dict()
    save_file({k: v for k, v in own.items() if not k.startswith("generator.video")}, tmp_path / WEIGHTS)
    with pytest.raises(CheckpointError, match=r"there is no generator\.video"):
        fill(build(recipe), tmp_path)


def test_what_begins_anew_keeps_its_own_weights_whatever_the_file_holds() -> None:
    data = golden("fomm")
    assert isinstance(data.model.config, FommConfig)
    own = data.model.config.generator_params
    other = replace(data.model.config, generator_params=replace(own, num_down_blocks=own.num_down_blocks + 1))
    with pytest.raises(CheckpointError, match="weights of another model"):
        fill(build(other), SHARED / "fomm" / "checkpoint.pth.tar")
    model = build(other)
    kept = model.state_dict()["generator.down_blocks.0.conv.weight"].clone()
    fill(model, SHARED / "fomm" / "checkpoint.pth.tar", ("generator.down_blocks", "generator.up_", "generator.bott"))
    found, given = model.state_dict(), data.model.state_dict()
    torch.testing.assert_close(found["generator.down_blocks.0.conv.weight"], kept, atol=0, rtol=0)
    torch.testing.assert_close(found["kp_detector.kp.weight"], given["kp_detector.kp.weight"])


@pytest.mark.parametrize("family", ["fomm", "coseg", "monkeynet"])
def test_a_generator_can_begin_by_copying(family: str) -> None:
    config = golden(family).model.config
    if isinstance(config, FommConfig):
        generator = replace(config.generator_params, num_down_blocks=0, block_expansion=16, max_features=16)
        config = replace(config, generator_params=generator)
    elif isinstance(config, MonkeyNetConfig):
        own = replace(config.generator_params, block_expansion=16, interpolation_mode="trilinear", exact_grid=True)
        assert own.num_refinement_blocks > 1
        config = replace(config, generator_params=own)
    else:
        assert isinstance(config, CosegConfig)
        module = replace(config.reconstruction_module_params, num_down_blocks=0, block_expansion=16, max_features=16)
        config = replace(config, reconstruction_module_params=replace(module, estimate_visibility=False))
    torch.manual_seed(0)
    model = build(config).eval()
    copy_at_first(model)
    picture = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), size=64, mode="bicubic").clamp(0, 1)
    with torch.no_grad():
        pose = model.detect(picture)
        painted = model.render(model.encode(picture), pose, pose)
    assert (painted - picture).abs().mean() < 0.03  # FOMM shows 95 % of everything
    assert np.corrcoef(painted.flatten(), picture.flatten())[0, 1] > 0.99


def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path: Path) -> None:
    model = golden("fomm").model
    torch.save({"state_dict": {"w": torch.ones(2)}}, tmp_path / "other.pth")
    torch.save({"kp_detector": {"kp.bias": torch.full((2,), torch.nan)}, "generator": {}}, tmp_path / "nan.pth")
    (tmp_path / "text.pth").write_text("text")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("other.pth", "kp_detector and generator"),
        ("nan.pth", "kp_detector.kp.bias holds numbers that are not finite"),
        ("text.pth", "is damaged or not a PyTorch checkpoint"),
        ("gone.pth", "cannot be read"),
        ("empty", "cannot be read"),
    ):
        with pytest.raises(CheckpointError, match=message) as caught:
            fill(model, tmp_path / name)
        assert "\n" not in str(caught.value)
