"""Packs have the requested formats and precisions, and are written completely and only within the limits of parity."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest

torch = pytest.importorskip("torch")

from export import pack_writer  # noqa: E402
from export.learned_pack import card_of, export_learned  # noqa: E402
from export.pack_writer import LIMITS, ExportOptions, Limits  # noqa: E402
from export.reexport import reexport  # noqa: E402
from puppet.domain import Keypoints  # noqa: E402
from puppet.engines.base import SwapPart  # noqa: E402
from puppet.engines.graph_files import graph_file  # noqa: E402
from puppet.engines.learned import LearnedEngine  # noqa: E402
from puppet.engines.runtimes.onnxruntime import OnnxRuntime  # noqa: E402
from puppet.errors import CheckpointError, ConfigError, EngineError, PackError  # noqa: E402
from puppet.packs import SCRIPT_NAMES, Pack, verify_pack  # noqa: E402
from tests.support.made_packs import SIDE, model_of, pack_of, pictures  # noqa: E402

EVERYTHING = ExportOptions(("onnx", "torchscript"), ("fp32", "fp16", "int8"))
HALF, FLOAT = onnx.TensorProto.FLOAT16, onnx.TensorProto.FLOAT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


@pytest.fixture(scope="module")
def coseg(folder: Path) -> Pack:
    return pack_of("coseg", folder, EVERYTHING)


def graph_of(pack: Pack, name: str) -> onnx.GraphProto:
    return onnx.load(str(pack.file(name))).graph


def test_pack_has_every_format_and_its_parity(coseg: Pack) -> None:
    verify_pack(coseg)
    graphs = {"detect", "encode", "render", "swap"}
    assert {f"{name}.onnx" for name in graphs} | {f"{name}.pt" for name in graphs} < coseg.files.keys()
    assert {f"{name}.{half}.onnx" for name in ("render", "swap") for half in ("fp16", "int8")} < coseg.files.keys()
    assert coseg.card.precisions == ("fp32", "fp16", "int8")
    assert coseg.card.segments == coseg.card.keypoints == 5
    assert coseg.card.parity["onnx.fp32.max_levels"] <= 1
    assert coseg.card.parity["onnx.fp16.psnr_db"] > 50
    assert 30 < coseg.card.parity["onnx.int8.psnr_db"] < coseg.card.parity["onnx.fp16.psnr_db"]
    assert coseg.card.parity["torchscript.fp32.max_levels"] <= 1


@pytest.mark.parametrize("family", ["fomm", "monkeynet"])
def test_pack_of_another_family_animates(family: str, tmp_path: Path) -> None:
    engine = LearnedEngine(pack_of(family, tmp_path), OnnxRuntime("cpu", threads=1))
    engine.warm_up()
    first, second = pictures(2)
    source = engine.detect(first)
    code = engine.encode(first, source)
    still, moved = (engine.render(code, source, pose) for pose in (source, engine.detect(second)))
    assert moved.shape == first.shape
    assert moved.dtype == np.uint8
    assert (moved != still).any()


def test_scripts_contain_the_names_of_inputs_and_outputs(coseg: Pack) -> None:
    extra = {SCRIPT_NAMES: ""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls TorchScript deprecated
        script = torch.jit.load(str(coseg.file("detect.pt")), _extra_files=extra)
    assert json.loads(extra[SCRIPT_NAMES]) == {
        "inputs": ["picture"],
        "outputs": ["points", "jacobians", "segmentation"],
    }
    assert script(torch.from_numpy(pictures(1)[0]))[0].shape == (5, 2)


def test_only_convolutions_and_nodes_between_them_are_halved(coseg: Pack) -> None:
    graph = graph_of(coseg, "render.fp16.onnx")
    constants = {value.name: value.data_type for value in graph.initializer}
    kernels = [constants[node.input[1]] for node in graph.node if node.op_type in ("Conv", "ConvTranspose")]
    assert kernels
    assert set(kernels) == {HALF}
    singles = {name for node in graph.node if node.op_type == "Cast" for name in node.output if name.endswith("_float")}
    samplers = [node for node in graph.node if node.op_type == "GridSample"]
    assert samplers
    assert not [name for node in samplers for name in node.input if name.endswith("_half")]
    assert singles  # the way back is there


def test_heads_and_the_first_convolution_keep_their_precision(coseg: Pack) -> None:
    graph = graph_of(coseg, "render.int8.onnx")
    makers = {name: node for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    eight_bit = [makers.get(node.input[1]) is not None for node in convolutions]
    assert any(eight_bit)
    assert not eight_bit[0]
    assert not eight_bit[-1]  # the picture's own
    scales = {value.name: onnx.numpy_helper.to_array(value).size for value in graph.initializer}
    kernels = [makers[node.input[1]] for node, low in zip(convolutions, eight_bit, strict=True) if low]
    assert all(scales[kernel.input[1]] > 1 for kernel in kernels)  # one for each channel


def test_tiled_graphs_are_exported_for_cpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("export.graphs.winograd.LEAST_CHANNELS", 8)
    pack = pack_of("coseg", tmp_path)
    assert {"render.tiled.onnx", "swap.tiled.onnx"} < pack.files.keys()
    assert "detect.tiled.onnx" not in pack.files
    assert pack.card.parity["onnx.tiled.max_levels"] <= 1
    assert pack.card.precisions == ("fp32",)
    wide = [node for node in graph_of(pack, "render.tiled.onnx").node if "bottleneck" in node.name]
    assert wide
    assert not [node for node in wide if node.op_type == "Conv"]
    assert graph_file(pack, "render", "fp32", on_cpu=True).name == "render.tiled.onnx"
    assert graph_file(pack, "render", "fp32").name == "render.onnx"
    assert graph_file(pack, "detect", "fp32", on_cpu=True).name == "detect.onnx"


def test_an_export_beyond_its_limit_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "fp16", Limits(255, 98.0))
    with pytest.raises(EngineError, match=r"onnx\.fp16 differs .* dB.*allowed: .*98 dB.*nothing was written"):
        pack_of("fomm", tmp_path, ExportOptions(precisions=("fp16",)))
    assert not (tmp_path / "fomm").exists()


def test_a_temporary_folder_that_is_full_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack_writer, "save_file", full)
    with pytest.raises(PackError, match=r"Cannot write graphs to .* \(No space left on device\)"):
        pack_of("fomm", tmp_path)
    assert not (tmp_path / "fomm").exists()


def test_a_model_with_infinite_outputs_is_not_written(tmp_path: Path) -> None:
    model = model_of("fomm", tmp_path)
    with torch.no_grad():
        next(model.parameters()).fill_(1e38)
    with pytest.raises(EngineError, match="not finite"):
        export_learned(model, tmp_path / "out", card_of(model, "out", SIDE, "x", "y"))
    assert not (tmp_path / "out").exists()


def test_sizes_that_do_not_suit_a_model_are_one_line(tmp_path: Path) -> None:
    model = model_of("fomm", tmp_path)
    with pytest.raises(CheckpointError, match="Pictures of 70x70 do not suit this model") as caught:
        export_learned(model, tmp_path / "out", card_of(model, "out", 70, "x", "y"))
    assert "\n" not in str(caught.value)
    with pytest.raises(PackError, match="32x32; packs are squares of 64 to 1024"):
        card_of(model, "out", 32, "x", "y")


def test_unknown_formats_and_precisions_list_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="Unknown format tflite; known: onnx, torchscript"):
        ExportOptions(formats=("tflite",))
    with pytest.raises(ConfigError, match="Unknown precision int4; known: fp32, fp16, int8"):
        ExportOptions(precisions=("int4",))


def test_int8_without_pictures_is_refused(coseg: Pack, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="--calibration"):
        reexport(str(coseg.folder), tmp_path / "again", ExportOptions(precisions=("int8",)))
    with pytest.raises(PackError, match="no such folder of pictures"):
        reexport(
            str(coseg.folder), tmp_path / "again", ExportOptions(precisions=("int8",)), calibration=tmp_path / "no"
        )
    assert not (tmp_path / "again").exists()


def test_pack_is_reexported_from_its_own_weights(coseg: Pack, tmp_path: Path) -> None:
    again = reexport(str(coseg.folder), tmp_path / "again", ExportOptions(), licence="another")
    assert again.name == "again"
    assert again.card.licence == "another"
    first, second = (LearnedEngine(pack, OnnxRuntime("cpu", threads=1)) for pack in (coseg, again))
    picture = pictures(1)[0]
    np.testing.assert_array_equal(first.detect(picture).points, second.detect(picture).points)


def test_weights_that_were_changed_are_refused(coseg: Pack, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in coseg.folder.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    (changed / "weights.safetensors").write_bytes(b"something else")
    with pytest.raises(PackError, match=r"weights\.safetensors is damaged"):
        reexport(str(changed), tmp_path / "again", ExportOptions())


def test_parts_of_later_sources_lie_on_top(coseg: Pack) -> None:
    engine = LearnedEngine(coseg, OnnxRuntime("cpu", threads=1))
    first, second, target = pictures(3)
    pose = engine.detect(target)
    left, right = np.zeros((2, SIDE // 4, SIDE // 4), np.float32)  # the features' size: nothing is blurred
    left[:, : SIDE // 8], right[:, SIDE // 8 :] = 1, 1

    def part(picture: np.ndarray, mask: np.ndarray) -> SwapPart:
        own: Keypoints = engine.detect(picture)
        return SwapPart(engine.encode(picture, own), own, mask)

    both = engine.swap([part(first, left), part(second, right)], target, pose).astype(int)
    alone = engine.swap([part(second, right)], target, pose).astype(int)
    covered = engine.swap([part(first, left), part(second, left + right)], target, pose).astype(int)
    only = engine.swap([part(second, left + right)], target, pose).astype(int)
    far = SIDE * 7 // 8  # from the seam, where the generator mixes
    assert np.abs(both[:, far:] - alone[:, far:]).max() <= np.abs(both[:, : SIDE // 8] - alone[:, : SIDE // 8]).max()
    assert np.abs(both - alone).max() > 3
    assert np.abs(covered - only).max() <= 1


def test_every_precision_has_limits() -> None:
    assert set(LIMITS) == set(pack_writer.PRECISIONS)
