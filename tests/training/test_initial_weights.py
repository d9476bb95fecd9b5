"""Weights to begin with: an original's checkpoint, FOMM's for co-part segmentation; anything else is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from puppet.errors import CheckpointError
from puppet.models.checkpoints import build
from puppet.models.coseg import CoSegmentationModel
from puppet.models.face import FaceModel
from puppet.models.fomm import FommConfig
from puppet.models.monkeynet import MonkeyNet, MonkeyNetConfig
from puppet.models.original_yaml import coseg_of, read_config
from puppet.training.checkpoint import AVERAGED, WEIGHTS, Checkpoint, save_checkpoint
from puppet.training.initial_weights import fill
from tests.support.goldens import SHARED, golden
from tests.support.made_learned import made_clips, made_recipe, trainer


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


def test_monkey_net_begins_with_nothing_else_of_fomm(tmp_path: Path) -> None:
    """A detector of another width is another model's, and Monkey-Net's own weights have to be whole."""
    recipe = made_recipe(tmp_path, "monkeynet").model
    assert isinstance(recipe, MonkeyNetConfig)
    save_file(build(made_recipe(tmp_path, "fomm").model).state_dict(), tmp_path / WEIGHTS)
    wider = replace(recipe, kp_detector_params=replace(recipe.kp_detector_params, block_expansion=8))
    with pytest.raises(CheckpointError, match="not a checkpoint of this architecture"):
        fill(build(wider), tmp_path)
    own = build(recipe).state_dict()
    save_file({k: v for k, v in own.items() if not k.startswith("generator.video")}, tmp_path / WEIGHTS)
    with pytest.raises(CheckpointError, match=r"weight generator\.video.* is missing"):
        fill(build(recipe), tmp_path)


def test_what_is_reinitialised_keeps_its_own_weights_whatever_the_file_holds() -> None:
    data = golden("fomm")
    assert isinstance(data.model.config, FommConfig)
    own = data.model.config.generator_params
    other = replace(data.model.config, generator_params=replace(own, num_down_blocks=own.num_down_blocks + 1))
    with pytest.raises(CheckpointError, match="not a checkpoint of this architecture"):
        fill(build(other), SHARED / "fomm" / "checkpoint.pth.tar")
    model = build(other)
    kept = model.state_dict()["generator.down_blocks.0.conv.weight"].clone()
    fill(model, SHARED / "fomm" / "checkpoint.pth.tar", ("generator.down_blocks", "generator.up_", "generator.bott"))
    found, given = model.state_dict(), data.model.state_dict()
    torch.testing.assert_close(found["generator.down_blocks.0.conv.weight"], kept, atol=0, rtol=0)
    torch.testing.assert_close(found["kp_detector.kp.weight"], given["kp_detector.kp.weight"])


def test_what_is_no_checkpoint_is_refused_in_one_line(tmp_path: Path) -> None:
    model = golden("fomm").model
    torch.save({"state_dict": {"w": torch.ones(2)}}, tmp_path / "other.pth")
    torch.save({"kp_detector": {"kp.bias": torch.full((2,), torch.nan)}, "generator": {}}, tmp_path / "nan.pth")
    (tmp_path / "text.pth").write_text("text")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("other.pth", "kp_detector and generator"),
        ("nan.pth", "kp_detector.kp.bias holds numbers that are not finite"),
        ("text.pth", "is text, not a checkpoint"),
        ("gone.pth", "cannot be read"),
        ("empty", "cannot be read"),
    ):
        with pytest.raises(CheckpointError, match=message) as caught:
            fill(model, tmp_path / name)
        assert "\n" not in str(caught.value)


def test_weights_of_a_face_come_from_a_pack_and_from_a_training(tmp_path: Path) -> None:
    torch.manual_seed(0)
    given = FaceModel()
    state = {name: value for name, value in given.state_dict().items() if value.is_floating_point()}
    save_file({name: value.half() for name, value in state.items()}, tmp_path / WEIGHTS)
    later = {AVERAGED + name: value + 5 for name, value in state.items()}
    training: dict[str, object] = {"configuration": {}, "progress": {}, "optimisers": {}}
    save_checkpoint(tmp_path / "training" / "checkpoints", Checkpoint(5, later, training))
    expected = given.state_dict()["mouth.out.weight"]
    for path, offset in ((tmp_path, 0), (tmp_path / WEIGHTS, 0), (tmp_path / "training", 5)):
        found = FaceModel()
        fill(found, path)
        torch.testing.assert_close(found.state_dict()["mouth.out.weight"], expected + offset, atol=2e-3, rtol=0)


def test_weights_of_another_face_model_are_refused(tmp_path: Path) -> None:
    save_file(nn.Linear(2, 4).state_dict(), tmp_path / WEIGHTS)
    with pytest.raises(CheckpointError, match="not a checkpoint of this architecture"):
        fill(FaceModel(), tmp_path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        fill(FaceModel(), tmp_path / "missing")


def test_coseg_begins_with_fomms_motion(tmp_path: Path) -> None:
    clips = made_clips(tmp_path)
    fomm = trainer(made_recipe(tmp_path, "fomm"), clips)
    fomm.step()
    save_checkpoint(tmp_path / "out" / "checkpoints", fomm.checkpoint())
    coseg = trainer(made_recipe(tmp_path, "coseg"), clips)
    head = coseg.model.state_dict()["segmentation_module.segmentation.weight"].clone()
    coseg.start_from(lambda model: fill(model, tmp_path / "out"))
    found, given = coseg.averaged.state_dict(), fomm.averaged.state_dict()
    for ours, theirs in (
        ("segmentation_module.shift.weight", "kp_detector.kp.weight"),
        ("segmentation_module.affine.bias", "kp_detector.jacobian.bias"),
        (
            "segmentation_module.predictor.decoder.up_blocks.0.norm.bias",
            "kp_detector.predictor.decoder.up_blocks.0.norm.bias",
        ),
        ("reconstruction_module.final.weight", "generator.final.weight"),
    ):
        torch.testing.assert_close(found[ours], given[theirs], atol=0, rtol=0)
    torch.testing.assert_close(found["segmentation_module.segmentation.weight"], head, atol=0, rtol=0)
    assert set(coseg.step()) == {"colour", "equivariance_value", "equivariance_jacobian"}


def test_weights_of_another_family_are_refused_by_name(tmp_path: Path) -> None:
    monkey = trainer(made_recipe(tmp_path, "monkeynet"), made_clips(tmp_path))
    save_checkpoint(tmp_path / "out" / "checkpoints", monkey.checkpoint())
    with pytest.raises(CheckpointError, match=r"weight kp_detector.* not a checkpoint of this architecture"):
        fill(build(made_recipe(tmp_path, "fomm").model), tmp_path / "out")
    with pytest.raises(CheckpointError, match="cannot be read"):
        fill(monkey.model, tmp_path / "nowhere.safetensors")
