"""Checkpoints load as models or are refused in one line that names the key or the file; no code in them is run."""

from __future__ import annotations

import json
import pickle
import re
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402
from torch import Tensor  # noqa: E402

from puppet.errors import CheckpointError  # noqa: E402
from puppet.models.checkpoints import build, load_checkpoint, load_weights  # noqa: E402
from puppet.models.coseg import CoSegmentationModel  # noqa: E402
from puppet.models.fomm import FirstOrderMotionModel  # noqa: E402
from puppet.models.monkeynet import MonkeyNetConfig  # noqa: E402
from puppet.models.original_yaml import read_config  # noqa: E402
from tests.models.test_original_yaml import COSEG, FOMM, MONKEYNET  # noqa: E402

Content = dict[str, Any]


@dataclass
class Files:
    """A checkpoint and its YAML as an original repository would have left them."""

    checkpoint: Path
    config: Path

    def content(self) -> Content:
        content: Content = torch.load(self.checkpoint, weights_only=True)
        return content

    def rewrite(self, change: Callable[[Content], object]) -> None:
        content = self.content()
        change(content)
        torch.save(content, self.checkpoint)

    def refused(self) -> str:
        with pytest.raises(CheckpointError) as caught:
            load_checkpoint(self.checkpoint, self.config)
        assert "\n" not in str(caught.value)
        return str(caught.value)


def files(folder: Path, text: str) -> Files:
    """Random weights in the layout of the original."""
    config = folder / "config.yaml"
    config.write_text(text, encoding="utf-8")
    architecture = read_config(config).architecture
    torch.manual_seed(5)
    content = {name: network.state_dict() for name, network in build(architecture).named_children()}
    if isinstance(architecture, MonkeyNetConfig):
        content = {name: {k: in_videos(v) for k, v in state.items()} for name, state in content.items()}
    torch.save({**content, "epoch": 3, "optimizer_generator": {"state": {}}}, folder / "checkpoint.pth.tar")
    return Files(folder / "checkpoint.pth.tar", config)


def in_videos(weight: Tensor) -> Tensor:
    """Monkey-Net's own checkpoints have kernels of videos, one frame long."""
    return weight.unsqueeze(2) if weight.ndim == 4 else weight


@pytest.fixture
def fomm(tmp_path: Path) -> Files:
    return files(tmp_path, FOMM)


@pytest.mark.parametrize(("text", "family"), [(FOMM, "fomm"), (MONKEYNET, "monkeynet"), (COSEG, "coseg")])
def test_model_of_each_family_is_loaded_in_eval_mode(tmp_path: Path, text: str, family: str) -> None:
    both = files(tmp_path, text)
    model = load_checkpoint(str(both.checkpoint), str(both.config))
    assert model.family == family
    assert not model.training
    assert all(parameter.requires_grad and not parameter.is_meta for parameter in model.parameters())
    for name, state in both.content().items():
        for key, value in state.items() if name not in ("epoch", "optimizer_generator") else ():
            loaded = model.state_dict()[f"{name}.{key}"]
            torch.testing.assert_close(loaded, value.view_as(loaded), atol=0, rtol=0)
    picture = torch.rand(1, 3, 64, 64)
    keypoints = model.detect(picture)
    frame = model.render(model.encode(picture), keypoints, keypoints).detach()
    assert frame.shape == picture.shape
    assert 0 <= float(frame.min()) <= float(frame.max()) <= 1


@pytest.mark.parametrize("text", [FOMM, MONKEYNET, COSEG])
def test_weights_of_a_pack_load_as_the_same_model(tmp_path: Path, text: str) -> None:
    both = files(tmp_path, text)
    model = load_checkpoint(both.checkpoint, both.config)
    state = {name: value for name, value in model.state_dict().items() if "num_batches" not in name}
    save_file(state, tmp_path / "weights.safetensors")
    card = json.loads(json.dumps(asdict(model.config)))  # as pack.json keeps it
    again = load_weights(tmp_path / "weights.safetensors", card)
    assert type(again) is type(model)
    assert not again.training
    assert again.config == model.config
    assert all(torch.equal(again.state_dict()[name], value) for name, value in state.items())


def test_weights_that_do_not_fit_the_card_are_one_line(fomm: Files) -> None:
    model = load_checkpoint(fomm.checkpoint, fomm.config)
    path = fomm.checkpoint.with_name("weights.safetensors")
    save_file(model.state_dict(), path)
    card = asdict(model.config)
    for architecture, named in (
        ({}, "key architecture is missing"),
        ({**card, "num_kp": 5}, "has shape"),
        ({**card, "num_kp": "five"}, 'pack.json: architecture: num_kp is "five"'),
    ):
        with pytest.raises(CheckpointError, match=re.escape(named)) as caught:
            load_weights(path, architecture)
        assert "\n" not in str(caught.value)
    path.write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_weights(path, card)


def test_loaded_weights_can_be_trained_on(fomm: Files) -> None:
    model = load_checkpoint(fomm.checkpoint, fomm.config).train()
    assert isinstance(model, FirstOrderMotionModel)
    assert model.discriminator is not None
    pictures = torch.rand(2, 3, 64, 64)
    keypoints = model.detect(pictures)
    frames = model.render(model.encode(pictures), keypoints, keypoints)
    maps = model.discriminator({1: frames, 0.5: frames[..., ::2, ::2]})
    (frames.mean() + maps[1][-1].mean() + maps[0.5][-1].mean()).backward()
    assert all(p.grad is not None for p in model.discriminator.parameters())


def test_discriminator_may_be_missing(fomm: Files) -> None:
    fomm.rewrite(lambda content: content.pop("discriminator"))
    model = load_checkpoint(fomm.checkpoint, fomm.config)
    assert isinstance(model, FirstOrderMotionModel)
    assert model.discriminator is None


def test_half_precision_weights_become_single(fomm: Files) -> None:
    fomm.rewrite(lambda content: content["generator"].update({k: v.half() for k, v in content["generator"].items()}))
    model = load_checkpoint(fomm.checkpoint, fomm.config)
    assert all(parameter.dtype is torch.float32 for parameter in model.parameters())


def test_counters_of_batch_norm_may_be_missing(fomm: Files) -> None:
    def forget(content: Content) -> None:
        for name in ("generator", "kp_detector"):
            content[name] = {k: v for k, v in content[name].items() if "num_batches" not in k}

    fomm.rewrite(forget)
    assert load_checkpoint(fomm.checkpoint, fomm.config).family == "fomm"


def test_files_of_old_torch_are_read(fomm: Files) -> None:
    torch.save(fomm.content(), fomm.checkpoint, _use_new_zipfile_serialization=False)
    assert load_checkpoint(fomm.checkpoint, fomm.config).family == "fomm"


# --- FOMM-style co-segmentation ---


def in_fomm_style(both: Files) -> None:
    """A FOMM checkpoint with a segmentation head is one of co-segmentation."""
    state = both.content()["kp_detector"]
    heads = {"semantic_seg.weight": torch.rand(5, *state["kp.weight"].shape[1:]), "semantic_seg.bias": torch.rand(5)}
    both.rewrite(lambda content: content["kp_detector"].update(heads))


COSEG_OF_FOMM = """
model_params:
  common_params: {num_segments: 4, num_channels: 3, estimate_affine_part: True}
  segmentation_module_params:
    {temperature: 0.1, block_expansion: 4, max_features: 12, num_blocks: 2, scale_factor: 0.25}
  reconstruction_module_params:
    {block_expansion: 4, max_features: 12, num_down_blocks: 2, num_bottleneck_blocks: 1, estimate_visibility: True}
"""


@pytest.mark.parametrize("text", [FOMM, COSEG_OF_FOMM], ids=["FOMM's YAML", "co-seg's YAML"])
def test_fomm_style_cosegmentation_keeps_the_dense_motion_network(fomm: Files, text: str) -> None:
    in_fomm_style(fomm)
    fomm.config.write_text(text, encoding="utf-8")
    model = load_checkpoint(fomm.checkpoint, fomm.config)
    assert isinstance(model, CoSegmentationModel)
    assert model.reconstruction_module.dense_motion_network is not None
    saved = fomm.content()["kp_detector"]
    torch.testing.assert_close(model.segmentation_module.shift.weight.detach(), saved["kp.weight"])
    torch.testing.assert_close(model.segmentation_module.segmentation.bias, saved["semantic_seg.bias"])
    picture = torch.rand(1, 3, 64, 64)
    keypoints = model.detect(picture)
    assert keypoints.segmentation is not None
    assert keypoints.segmentation.shape == (1, 5, 16, 16)
    assert model.render(model.encode(picture), keypoints, keypoints).shape == picture.shape


def test_plain_fomm_with_cosegs_yaml_is_refused(fomm: Files) -> None:
    fomm.config.write_text(COSEG_OF_FOMM, encoding="utf-8")
    assert "is a checkpoint of FOMM, but config.yaml describes co-part segmentation" in fomm.refused()


# --- bad checkpoints ---


def drop(content: Content) -> None:
    del content["generator"]["final.weight"]


def add(content: Content) -> None:
    content["generator"]["one.more"] = torch.zeros(3)


def halve(content: Content) -> None:
    content["kp_detector"] = {k: v[: max(1, len(v) // 2)] if v.ndim else v for k, v in content["kp_detector"].items()}


def spoil(content: Content) -> None:
    content["generator"]["bottleneck.r0.conv1.weight"][0, 0] = float("nan")


def mix(content: Content) -> None:
    content["kp_detector"] = {"predictor.decoder.conv.weight": torch.zeros(3, 3)}


def replace_by_list(content: Content) -> None:
    content["generator"]["final.bias"] = [1.0, 2.0, 3.0]


def rename(content: Content) -> None:
    content["state_dict"] = content.pop("generator")


def flatten(content: Content) -> None:
    content["generator"] = 3


def sparse(content: Content) -> None:
    content["generator"]["final.bias"] = torch.zeros(3).to_sparse()


def inflate(content: Content) -> None:
    content["generator"]["final.bias"] = torch.zeros(1).expand(10**12)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (drop, "generator.final.weight is missing"),
        (add, "generator.one.more is not part of the model"),
        (halve, "kp_detector.predictor.encoder.down_blocks.0.conv.weight has shape (4, 3, 3, 3)"),
        (spoil, "generator.bottleneck.r0.conv1.weight holds numbers that are not finite"),
        (mix, "kp_detector.predictor.encoder.down_blocks.0.conv.weight is missing"),
        (replace_by_list, "generator.final.bias is not a plain tensor"),
        (rename, "kp_detector and generator, or"),
        (flatten, "generator is of type int; expected a state dict"),
        (sparse, "it holds more than weights (torch._utils._rebuild_sparse_tensor"),
        (inflate, "generator.final.bias is not a plain tensor"),
    ],
)
def test_mistake_is_named(fomm: Files, change: Callable[[Content], object], named: str) -> None:
    fomm.rewrite(change)
    message = fomm.refused()
    assert named in message
    assert "checkpoint.pth.tar" in message


def test_yaml_of_another_size_is_refused_at_the_first_shape(fomm: Files) -> None:
    fomm.config.write_text(FOMM.replace("block_expansion: 4", "block_expansion: 8"), encoding="utf-8")
    assert "config.yaml requires" in fomm.refused()


@pytest.mark.parametrize("text", [MONKEYNET, COSEG])
def test_yaml_of_another_family_is_refused(fomm: Files, text: str) -> None:
    fomm.config.write_text(text, encoding="utf-8")
    assert "is a checkpoint of FOMM" in fomm.refused()


def test_kernel_of_several_frames_is_refused(tmp_path: Path) -> None:
    both = files(tmp_path, MONKEYNET)
    key = "appearance_encoder.down_blocks.0.conv.weight"

    def lengthen(content: Content) -> None:
        content["generator"][key] = content["generator"][key].repeat(1, 1, 3, 1, 1)

    both.rewrite(lengthen)
    assert f"generator.{key} has shape (8, 3, 3, 3, 3)" in both.refused()


class Malice:
    """Unpickling it writes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self.target, "it ran")


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_not_run(fomm: Files, tmp_path: Path, zipped: bool) -> None:
    target = tmp_path / "ran"
    content = {**fomm.content(), "epoch": Malice(target)}
    torch.save(content, fomm.checkpoint, _use_new_zipfile_serialization=zipped)
    assert "refused" in fomm.refused()
    assert not target.exists()
    fomm.checkpoint.write_bytes(pickle.dumps(Malice(target)))
    fomm.refused()
    assert not target.exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04", b"\x80\x02", b"\x80\x04\x95" + bytes(30)])
def test_file_that_is_no_checkpoint_is_one_line(fomm: Files, content: bytes) -> None:
    fomm.checkpoint.write_bytes(content)
    assert "checkpoint.pth.tar" in fomm.refused()


@pytest.mark.parametrize("zipped", [True, False])
def test_truncated_file_is_one_line(fomm: Files, zipped: bool) -> None:
    torch.save(fomm.content(), fomm.checkpoint, _use_new_zipfile_serialization=zipped)
    whole = fomm.checkpoint.read_bytes()
    for length in [1, 10, 100, 1000, len(whole) // 4, len(whole) // 2, len(whole) - 1000, len(whole) - 10]:
        fomm.checkpoint.write_bytes(whole[:length])
        assert "checkpoint.pth.tar" in fomm.refused()


@pytest.mark.parametrize("zipped", [True, False])
def test_damaged_file_is_read_or_one_line(fomm: Files, zipped: bool) -> None:
    torch.save(fomm.content(), fomm.checkpoint, _use_new_zipfile_serialization=zipped)
    whole = np.frombuffer(fomm.checkpoint.read_bytes(), np.uint8)
    random = np.random.default_rng(7)
    for _ in range(60):
        damaged = whole.copy()
        places = random.integers(0, len(whole) // random.choice([1, 50]), 8)
        damaged[places] = random.integers(0, 256, 8)
        fomm.checkpoint.write_bytes(damaged.tobytes())
        try:
            load_checkpoint(fomm.checkpoint, fomm.config)
        except CheckpointError as error:
            assert "\n" not in str(error)  # noqa: PT017 - a flipped weight may well be a weight


def test_archive_that_unpacks_to_more_than_any_weights_is_refused(fomm: Files) -> None:
    with zipfile.ZipFile(fomm.checkpoint, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(20_000_000))
    assert fomm.checkpoint.stat().st_size < 100_000
    assert "unpacks to 19 MiB from 0, more than any weights do" in fomm.refused()


def test_missing_checkpoint_is_one_line(fomm: Files) -> None:
    fomm.checkpoint.unlink()
    assert "cannot be read" in fomm.refused()


@pytest.mark.parametrize("content", [torch.zeros(3), [1, 2], {"model": {}}, {}, 5])
def test_other_projects_files_are_refused(fomm: Files, content: object) -> None:
    torch.save(content, fomm.checkpoint)
    assert "checkpoint.pth.tar" in fomm.refused()


def wrap(content: Content) -> None:
    for name in ("generator", "kp_detector"):
        content[name] = {f"module.{key}": value for key, value in content[name].items()}


def test_weights_saved_from_data_parallel_are_read(fomm: Files) -> None:
    saved = fomm.content()["generator"]["final.weight"]
    fomm.rewrite(wrap)
    model = load_checkpoint(fomm.checkpoint, fomm.config)
    torch.testing.assert_close(model.state_dict()["generator.final.weight"], saved)


@pytest.mark.parametrize(
    ("networks", "named"),
    [
        (["kp_detector", "dense_motion_network", "inpainting_network"], "the Thin-Plate Spline Motion Model"),
        (["generator", "region_predictor", "bg_predictor"], "Articulated Animation"),
        (["generator", "kp_detector", "he_estimator"], "face-vid2vid"),
        (["gen", "dis", "args"], "LIA"),
        (["state_dict", "epoch"], "found state_dict, epoch; choose a checkpoint of FOMM"),
    ],
)
def test_checkpoint_of_another_family_is_named(fomm: Files, networks: list[str], named: str) -> None:
    torch.save({name: {} for name in networks}, fomm.checkpoint)
    assert named in fomm.refused()
