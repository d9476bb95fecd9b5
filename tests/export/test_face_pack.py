"""Exported `face` graphs compute what the model does; a portrait that does not move is copied exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export import reexport  # noqa: E402
from export.face_pack import export_face  # noqa: E402
from export.pack_writer import ExportOptions  # noqa: E402
from puppet.engines.landmark import LandmarkEngine  # noqa: E402
from puppet.engines.runtimes.onnxruntime import OnnxRuntime  # noqa: E402
from puppet.errors import EngineError, PackError  # noqa: E402
from puppet.models.face import FaceModel  # noqa: E402
from puppet.models.sampling import crop, paste, sample  # noqa: E402
from puppet.packs import PackCard, open_pack  # noqa: E402
from tests.support.faces import face, portrait  # noqa: E402

CARD = PackCard("face", "face", 256, "landmarks", 478, "CC0-1.0", "of a test")


def random_model() -> FaceModel:
    """Weights of a size that lets every network speak."""
    torch.manual_seed(0)
    model = FaceModel()
    for network in (model.motion, model.mouth, model.eyes):
        torch.nn.init.normal_(network.out.weight, std=0.05)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("packs") / "face"
    parity = export_face(random_model(), target, CARD).card.parity
    assert parity["onnx.fp32.max_levels"] <= 2
    assert parity["onnx.fp32.mean_levels"] < 0.05
    return target


def test_exported_pack_renders_in_the_engine(folder: Path) -> None:
    engine = LandmarkEngine(open_pack(str(folder)), OnnxRuntime("cpu", threads=1))
    engine.warm_up()
    picture = np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)
    rest = face()
    code = engine.encode(picture, rest)
    moved = engine.render(code, rest, face(turn_deg=(0, 10, 0), mouth=0.2))
    assert moved.shape == (256, 256, 3)
    assert moved.dtype == np.uint8
    assert np.abs(moved.astype(int) - picture).mean() > 1


def test_fresh_model_copies_a_picture_that_does_not_move(tmp_path: Path) -> None:
    export_face(FaceModel(), tmp_path / "face", CARD)
    engine = LandmarkEngine(open_pack(str(tmp_path / "face")), OnnxRuntime("cpu", threads=1))
    picture = np.random.default_rng(2).integers(0, 256, (256, 256, 3), np.uint8)
    still = engine.render(engine.encode(picture, face()), face(), face())
    assert np.abs(still.astype(int) - picture).max() <= 1


def test_shipped_pack_is_reexported_from_its_own_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = portrait("maria.jpg")
    monkeypatch.setattr(reexport, "example_pictures", lambda _: [picture])
    pack = reexport.reexport("face", tmp_path / "mine", ExportOptions(precisions=("fp32", "fp16")))
    assert {"encode.onnx", "render.onnx", "render.fp16.onnx"} < pack.files.keys()
    assert pack.card.parity["onnx.fp32.max_levels"] <= 2
    assert pack.card.parity["onnx.fp16.psnr_db"] > 50
    assert pack.card.licence == open_pack("face").card.licence


def test_existing_pack_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(PackError, match="exists already"):
        export_face(random_model(), folder, CARD)


def test_engine_refuses_a_family_it_does_not_run(folder: Path) -> None:
    pack = open_pack(str(folder))
    with pytest.raises(EngineError, match="family fomm"):
        LandmarkEngine(replace(pack, card=replace(pack.card, family="fomm")), OnnxRuntime("cpu"))


def test_sampling_is_grid_sample_with_aligned_corners() -> None:
    picture, grid = torch.rand(2, 3, 40, 40), 1.6 * torch.rand(2, 30, 30, 2) - 0.8
    expected = torch.nn.functional.grid_sample(picture, grid, padding_mode="border", align_corners=True)
    torch.testing.assert_close(sample(picture, grid), expected, atol=1e-5, rtol=0)
    outside = 4 * torch.rand(2, 30, 30, 2) - 2
    expected = torch.nn.functional.grid_sample(picture, outside, padding_mode="border", align_corners=True)
    torch.testing.assert_close(sample(picture, outside), expected, atol=1e-4, rtol=0)


def test_paste_puts_a_crop_back_where_it_was_cut() -> None:
    y, x = torch.meshgrid(torch.linspace(0, 3, 256), torch.linspace(0, 3, 256), indexing="ij")
    picture = torch.stack([x.sin(), y.cos(), (x + y).sin()])[None]
    theta = torch.tensor([[[0.3, -0.1, 0.1], [0.1, 0.3, -0.2]]])
    patch = crop(picture, theta, 96)
    patch[..., 0], patch[..., -1], patch[..., 0, :], patch[..., -1, :] = 0, 0, 0, 0
    back = paste([patch], [theta], picture.shape[-1])
    covered = back.abs().sum(1, keepdim=True) > 0
    assert 0.05 < covered.float().mean() < 0.15
    error = (back - picture).abs().max(1, keepdim=True).values
    inner = torch.nn.functional.max_pool2d((~covered).float(), 9, 1, 4) == 0
    assert error[inner].max() < 0.01


def test_several_patches_are_pasted_like_single_ones() -> None:
    mouth, eyes = torch.rand(2, 3, 64, 64), [torch.rand(2, 3, 48, 48) for _ in range(2)]
    for patch in (mouth, *eyes):
        patch[..., :2], patch[..., -2:], patch[..., :2, :], patch[..., -2:, :] = 0, 0, 0, 0
    windows = [
        torch.tensor([[[0.3, -0.1, x], [0.1, 0.3, y]]]).repeat(2, 1, 1)
        for x, y in ((0.0, 0.5), (-0.5, -0.4), (0.5, -0.4))
    ]
    together = paste([mouth, *eyes], windows, 256)
    alone = torch.zeros_like(together)
    for patch, window in zip((mouth, *eyes), windows, strict=True):
        alone += paste([patch], [window], 256)
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=0)
