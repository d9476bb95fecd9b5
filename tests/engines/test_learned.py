"""LearnedEngine: which graphs are refused, and masks resized as in the papers."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from onnx import TensorProto  # noqa: E402

from puppet.config import EngineOptions  # noqa: E402
from puppet.engines.factory import open_engine  # noqa: E402
from puppet.engines.learned import LearnedEngine, reduced_mask  # noqa: E402
from puppet.engines.runtimes.onnxruntime import OnnxRuntime  # noqa: E402
from puppet.errors import EngineError, PackError, PuppetError  # noqa: E402
from puppet.models.coseg import resize_mask  # noqa: E402
from puppet.packs import MANIFEST, Pack, open_pack, write_pack  # noqa: E402
from tests.support.made_packs import SIDE, pack_of, pictures  # noqa: E402


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return pack_of("coseg", tmp_path_factory.mktemp("packs"))


def with_graph(sound: Pack, folder: Path, name: str, model: onnx.ModelProto | bytes) -> Pack:
    """The pack with one graph exchanged, checksums and all."""
    parts = folder / "parts"
    shutil.copytree(sound.folder, parts)
    content = model if isinstance(model, bytes) else model.SerializeToString()
    (parts / f"{name}.onnx").write_bytes(content)
    return write_pack(folder / "pack", sound.card, [parts / file for file in sound.files])


def open_and_warm_up(pack: Pack) -> None:
    """Open and warm up, as every command does before the first frame."""
    engine = open_engine(pack, EngineOptions("onnxruntime", "fp32", "cpu"))
    engine.warm_up()


def refopen_and_warm_up(pack: Pack) -> str:
    with pytest.raises(PuppetError) as caught:
        open_and_warm_up(pack)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_sound_pack_runs(sound: Pack) -> None:
    open_and_warm_up(sound)


def test_graph_that_differs_from_its_checksum_is_not_opened(sound: Pack, tmp_path: Path) -> None:
    pack = with_graph(sound, tmp_path, "render", sound.file("render.onnx").read_bytes())
    pack.file("render.onnx").write_bytes(sound.file("detect.onnx").read_bytes())
    with pytest.raises(PackError, match=r"render\.onnx is damaged"):
        open_and_warm_up(pack)


@pytest.mark.parametrize("place", ["../secret.bin", "{folder}/secret.bin"])
def test_graph_with_data_outside_its_folder_is_refopen_and_warm_up(sound: Pack, place: str, tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(np.ones(SIDE * SIDE * 3, np.float32).tobytes())
    model = onnx.load(str(sound.file("encode.onnx")))
    kernel = max(model.graph.initializer, key=lambda value: len(value.raw_data))
    entries = {"location": place.format(folder=tmp_path), "offset": "0", "length": str(len(kernel.raw_data))}
    kernel.ClearField("raw_data")
    kernel.data_location = TensorProto.EXTERNAL
    for key, value in entries.items():
        kernel.external_data.add(key=key, value=value)
    assert "encode.onnx" in refopen_and_warm_up(with_graph(sound, tmp_path, "encode", model))


def test_graph_of_an_unknown_opset_is_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    model = onnx.load(str(sound.file("detect.onnx")))
    model.opset_import[0].version = 9999
    assert "detect.onnx" in refopen_and_warm_up(with_graph(sound, tmp_path, "detect", model))


def test_graph_that_is_no_onnx_is_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    assert "detect.onnx" in refopen_and_warm_up(with_graph(sound, tmp_path, "detect", b"\x00\x01 not a graph"))


def test_graph_with_an_unknown_input_is_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    model = onnx.load(str(sound.file("render.onnx")))
    render = sound.file("render.onnx").read_bytes().replace(b"source_points", b"source_pxints")
    assert render != model.SerializeToString()
    assert "needs unknown input source_pxints" in refopen_and_warm_up(with_graph(sound, tmp_path, "render", render))


def test_graph_without_a_needed_input_or_output_is_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    pack = with_graph(sound, tmp_path, "render", sound.file("detect.onnx").read_bytes())
    assert "graph render needs unknown input picture" in refopen_and_warm_up(pack)


def test_graph_of_another_size_is_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    model = onnx.load(str(sound.file("encode.onnx")))
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = SIDE // 2
    assert "ONNX Runtime" in refopen_and_warm_up(with_graph(sound, tmp_path, "encode", model))


def test_graphs_of_different_models_are_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    other = pack_of("monkeynet", tmp_path)
    message = refopen_and_warm_up(with_graph(sound, tmp_path, "detect", other.file("detect.onnx").read_bytes()))
    assert "needs unknown input source_jacobians" in message


def test_card_with_a_wrong_number_of_keypoints_is_refopen_and_warm_up(sound: Pack, tmp_path: Path) -> None:
    shutil.copytree(sound.folder, tmp_path / "pack")
    manifest = tmp_path / "pack" / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"keypoints": 7}))
    assert "points has shape (5, 2), the card says (7, 2)" in refopen_and_warm_up(open_pack(str(tmp_path / "pack")))


def test_segments_need_an_architecture(sound: Pack) -> None:
    with pytest.raises(EngineError, match=r"architecture.reconstruction_module_params"):
        LearnedEngine(replace(sound, card=replace(sound.card, architecture={})), OnnxRuntime("cpu", threads=1))


def test_pack_without_segments_does_not_swap(sound: Pack, tmp_path: Path) -> None:
    engine = LearnedEngine(pack_of("fomm", tmp_path), OnnxRuntime("cpu", threads=1))
    picture = pictures(1)[0]
    assert engine.segments == 0
    with pytest.raises(EngineError, match="no segments to swap"):
        engine.swap([], picture, engine.detect(picture))


def test_inspection_shows_the_models_masks_occlusion_and_flow(sound: Pack) -> None:
    engine = LearnedEngine(sound, OnnxRuntime("cpu", threads=1))
    first, second = pictures(2)
    source, driving = engine.detect(first), engine.detect(second)
    code = engine.encode(first, source)
    shown = engine.inspect(code, source, driving)
    np.testing.assert_array_equal(shown.picture, engine.render(code, source, driving))
    assert shown.masks is not None
    assert driving.segmentation is not None
    np.testing.assert_allclose(shown.masks, driving.segmentation, atol=1e-6)
    assert shown.occlusion is not None
    assert shown.flow is not None
    assert shown.flow.shape == (*shown.occlusion.shape, 2)


@pytest.mark.parametrize(
    ("side", "tolerance"), [(16, 1e-6), (20, 1e-6), (32, 1e-6), (64, 1e-6), (128, 1e-6), (200, 1e-5)]
)
def test_masks_are_resized_as_in_the_model(side: int, tolerance: float) -> None:
    mask = (np.random.default_rng(2).random((64, 64)) > 0.5).astype(np.float32)
    expected = resize_mask(torch.from_numpy(mask)[None, None], side, side)[0, 0].numpy()
    np.testing.assert_allclose(reduced_mask(mask, side), expected, atol=tolerance)
