"""ONNX Runtime: the provider really obtained, fixed buffers on a device, files by precision, damaged packs."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from puppet.config import EngineOptions
from puppet.domain import Picture
from puppet.engines.disk_cache import cache_folder
from puppet.engines.factory import open_engine
from puppet.engines.landmark import LandmarkEngine
from puppet.engines.runtimes.onnxruntime import BoundGraph, OnnxGraph, OnnxRuntime, has_gpu_provider
from puppet.errors import EngineError
from puppet.packs import Pack, open_pack
from tests.support.faces import face
from tests.support.fake_onnxruntime import CPU, CUDA, TENSORRT, FakeOnnxRuntime

REST, MOVED = face(), face(turn_deg=(5, 12, 3), mouth=0.1)
Install = Callable[[FakeOnnxRuntime], FakeOnnxRuntime]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    def install(fake: FakeOnnxRuntime) -> FakeOnnxRuntime:
        monkeypatch.setitem(sys.modules, "onnxruntime", fake)
        return fake

    return install


@pytest.fixture(scope="module")
def pack() -> Pack:
    return open_pack("face")


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)


@pytest.fixture(scope="module")
def exact(pack: Pack, portrait: Picture) -> Picture:
    engine = LandmarkEngine(pack, OnnxRuntime("cpu", threads=1))
    return engine.render(engine.encode(portrait, REST), REST, MOVED)


def test_cuda_uses_fixed_buffers_and_uploads_a_portrait_once(
    install: Install, pack: Pack, portrait: Picture, exact: Picture
) -> None:
    fake = install(FakeOnnxRuntime([TENSORRT, CUDA, CPU]))
    engine = LandmarkEngine(pack, OnnxRuntime())
    assert str(engine.info) == "onnxruntime · CUDA · fp32"
    assert isinstance(engine._render, BoundGraph)
    codes = [engine.encode(picture, REST) for picture in (portrait, portrait[::-1])]
    uploads = []
    for code in (codes[0], codes[0], codes[1]):
        fake.uploads.clear()
        picture = engine.render(code, REST, MOVED)
        uploads.append(sorted(name for name in fake.uploads if name.startswith("own_")))
        assert (picture == exact).all() == (code is codes[0])
    assert uploads[0] == uploads[2] != []
    assert uploads[1] == []


def test_pictures_survive_the_next_frame(install: Install, pack: Pack, portrait: Picture, exact: Picture) -> None:
    install(FakeOnnxRuntime([CUDA, CPU]))
    engine = LandmarkEngine(pack, OnnxRuntime())
    code = engine.encode(portrait, REST)
    first = engine.render(code, REST, MOVED)
    engine.render(code, REST, REST)
    assert (first == exact).all()


def test_graphs_of_every_frame_are_captured_when_opened(install: Install, pack: Pack) -> None:
    fake = install(FakeOnnxRuntime([CUDA, CPU]))
    LandmarkEngine(pack, OnnxRuntime("cuda"))
    names = {pack.read(name): name for name in ("detect.onnx", "encode.onnx", "render.onnx")}
    captured = {names[s.model]: s.runs for s in fake.sessions if s.settings[CUDA]["enable_cuda_graph"] == "1"}
    assert captured == {"detect.onnx": 3, "render.onnx": 3}


def test_a_graph_that_cannot_be_captured_still_runs_on_the_gpu(
    install: Install, pack: Pack, portrait: Picture, exact: Picture
) -> None:
    install(FakeOnnxRuntime([CUDA, CPU], captures=False))
    engine = LandmarkEngine(pack, OnnxRuntime())
    assert (engine.render(engine.encode(portrait, REST), REST, MOVED) == exact).all()
    assert str(engine.info) == "onnxruntime · CUDA · fp32"


def test_a_listed_device_that_is_not_obtained_is_replaced_by_the_cpu(install: Install, pack: Pack) -> None:
    install(FakeOnnxRuntime([CUDA, CPU], obtained=CPU))
    engine = LandmarkEngine(pack, OnnxRuntime())
    assert str(engine.info) == "onnxruntime · CPU · fp32"
    assert isinstance(engine._render, OnnxGraph)
    with pytest.raises(EngineError, match="found no CUDA device; use --device cpu"):
        LandmarkEngine(pack, OnnxRuntime("cuda"))


def test_cuda_with_a_cpu_wheel_is_refused(pack: Pack) -> None:
    with pytest.raises(EngineError, match="found no CUDA device; use --device cpu"):
        LandmarkEngine(pack, OnnxRuntime("cuda"))


@pytest.mark.parametrize(
    ("provider", "name"), [("DmlExecutionProvider", "DirectML"), ("CoreMLExecutionProvider", "CoreML")]
)
def test_other_gpus_take_the_same_path(
    install: Install, pack: Pack, portrait: Picture, exact: Picture, provider: str, name: str
) -> None:
    install(FakeOnnxRuntime([provider, CPU]))
    assert has_gpu_provider()
    engine = LandmarkEngine(pack, OnnxRuntime())
    assert str(engine.info) == f"onnxruntime · {name} · fp32"
    assert (engine.render(engine.encode(portrait, REST), REST, MOVED) == exact).all()


def test_tensorrt_is_used_where_it_is_installed(install: Install, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = install(FakeOnnxRuntime([TENSORRT, CUDA, CPU]))
    monkeypatch.setattr("puppet.engines.runtimes.onnxruntime.importlib.util.find_spec", lambda name: name == "tensorrt")
    runtime = OnnxRuntime()
    runtime.open(pack, "render")
    assert str(runtime.info) == "onnxruntime · TensorRT · fp32"
    settings = fake.sessions[-1].settings[TENSORRT]
    assert settings["trt_engine_cache_path"] == str(cache_folder("tensorrt"))
    assert settings["trt_fp16_enable"] == "False"


def test_damaged_tensorrt_engines_are_made_again_with_a_line(
    install: Install, pack: Pack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install(FakeOnnxRuntime([TENSORRT, CUDA, CPU], damaged=1))
    monkeypatch.setattr("puppet.engines.runtimes.onnxruntime.importlib.util.find_spec", lambda name: True)
    kept = cache_folder("tensorrt")
    kept.mkdir(parents=True)
    (kept / "some.engine").write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING):
        OnnxRuntime().open(pack, "render")
    assert not kept.exists()
    (record,) = caplog.records
    assert record.getMessage().endswith("cannot deserialize the engine; building TensorRT's engines again")


def test_a_gpu_that_fails_is_replaced_by_the_cpu(
    install: Install, pack: Pack, portrait: Picture, exact: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    fake = install(FakeOnnxRuntime([CUDA, CPU]))
    engine = open_engine(pack, EngineOptions("onnxruntime", "fp32"))
    code = engine.encode(portrait, REST)
    assert (engine.render(code, REST, MOVED) == exact).all()
    fake.vanished = True
    assert (engine.render(code, REST, MOVED) == exact).all()
    assert str(engine.info) == "onnxruntime · CPU · fp32"
    assert [record.getMessage() for record in caplog.records] == [
        "onnxruntime · CUDA · fp32 failed (ONNX Runtime failed: CUDA failure 999: unknown error); "
        "continuing with onnxruntime · CPU · fp32"
    ]


def test_a_gpu_out_of_memory_is_skipped_unless_it_was_named(
    install: Install, pack: Pack, portrait: Picture, exact: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    fake = install(FakeOnnxRuntime([CUDA, CPU]))
    runtime = OnnxRuntime()
    encode = runtime.open(pack, "encode")
    fake.full = True  # between two graphs
    engine = LandmarkEngine(pack, runtime)
    engine._encode = encode
    assert (engine.render(engine.encode(portrait, REST), REST, MOVED) == exact).all()
    assert str(engine.info) == "onnxruntime · CPU · fp32"
    assert "using the CPU: ONNX Runtime cannot open render.onnx: CUDA error 2: out of memory" in caplog.text
    with pytest.raises(EngineError, match="out of memory"):
        LandmarkEngine(pack, OnnxRuntime("cuda"))


def test_low_precision_files_are_for_graphs_of_every_frame(pack: Pack, tmp_path: Path) -> None:
    files = {}
    for name in ("detect.onnx", "encode.onnx", "render.onnx"):
        named = name.replace("render", "render.int8")
        (tmp_path / named).write_bytes(pack.read(name))
        files[named] = pack.files[name]
    reduced = replace(pack, folder=tmp_path, files=files)
    engine = LandmarkEngine(reduced, OnnxRuntime("cpu", "int8", threads=1))
    assert str(engine.info) == "onnxruntime · CPU · int8"


def test_a_missing_library_is_one_line_with_the_command(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineError, match=r"pip install .*requirements/cpu.txt"):
        OnnxRuntime().open(pack, "render")
    assert not has_gpu_provider()


def altered(pack: Pack, folder: Path, content: bytes) -> Pack:
    (folder / "render.onnx").write_bytes(content)
    return replace(pack, folder=folder, files={"render.onnx": hashlib.sha256(content).hexdigest()})


@pytest.mark.parametrize("content", [b"no graph at all", b""])
def test_a_file_that_is_no_graph_is_one_line(pack: Pack, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(EngineError, match=r"render.onnx") as refused:
        OnnxRuntime("cpu").open(altered(pack, tmp_path, content), "render")
    assert "\n" not in str(refused.value)


def test_weights_in_another_file_are_refused(pack: Pack, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(str(pack.file("render.onnx")))
    tensor = next(t for t in graph.graph.initializer if len(t.raw_data) > 1000)
    onnx.external_data_helper.set_external_data(tensor, "../../secret")
    tensor.ClearField("raw_data")
    with pytest.raises(EngineError, match="keeps weights in another file"):
        OnnxRuntime("cpu").open(altered(pack, tmp_path, graph.SerializeToString()), "render")


def test_an_unknown_opset_is_one_line(pack: Pack, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(str(pack.file("render.onnx")))
    graph.opset_import[0].version = 999
    with pytest.raises(EngineError, match=r"cannot open render.onnx: .*999"):
        OnnxRuntime("cpu").open(altered(pack, tmp_path, graph.SerializeToString()), "render")
