"""OpenVINO runtime: the same pictures, precisions by name, compiled models cached and compiled again."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from puppet.domain import Keypoints, Picture
from puppet.engines.disk_cache import cache_folder, read_cached
from puppet.engines.landmark import LandmarkEngine
from puppet.engines.runtimes.onnxruntime import OnnxRuntime
from puppet.errors import EngineError, GraphError
from puppet.packs import open_pack
from tests.support.faces import face

openvino = pytest.importorskip("openvino")

from puppet.engines.runtimes.base import first_line  # noqa: E402
from puppet.engines.runtimes.openvino import OpenVino, OpenVinoGraph  # noqa: E402

REST, MOVED = face(), face(turn_deg=(5, 12, 3), mouth=0.1)


@pytest.fixture(scope="module")
def portrait() -> Picture:
    """Smooth, with something in it: bands of colour."""
    at = np.linspace(0, 6, 256)
    return (127 + 100 * np.sin(at[:, None, None] + at[None, :, None] * [1.0, 0.5, 2.0])).astype(np.uint8)


def rendered(engine: LandmarkEngine, portrait: Picture, driving: Keypoints = MOVED) -> Picture:
    return engine.render(engine.encode(portrait, REST), REST, driving)


def error(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.float32) - b).mean())


@pytest.mark.parametrize(("precision", "limit"), [("fp32", 255 * 1e-3), ("bf16", 1.0)])
def test_pictures_agree_with_onnx_runtime(portrait: Picture, precision: str, limit: float) -> None:
    pack = open_pack("face")
    try:
        runtime = OpenVino("cpu", precision, threads=1)
    except EngineError as without:
        pytest.skip(str(without))
    engine = LandmarkEngine(pack, runtime)
    exact = rendered(LandmarkEngine(pack, OnnxRuntime("cpu", threads=1)), portrait)
    assert error(rendered(engine, portrait), exact) < limit
    assert error(rendered(engine, portrait, REST), exact) > 1  # it does move
    assert str(engine.info) == f"openvino · CPU · {precision}"


def test_compiled_models_are_cached_and_a_damaged_one_is_made_again_with_a_line(
    portrait: Picture, caplog: pytest.LogCaptureFixture
) -> None:
    pack = open_pack("face")
    first = rendered(LandmarkEngine(pack, OpenVino("cpu", threads=1)), portrait)
    cached = sorted(cache_folder("openvino").iterdir())
    assert len(cached) == 3
    content = cached[0].read_bytes()
    again = rendered(LandmarkEngine(pack, OpenVino("cpu", threads=1)), portrait)
    assert not caplog.records
    cached[0].write_bytes(content[:-100] + bytes(100))
    with caplog.at_level(logging.WARNING):
        rebuilt = rendered(LandmarkEngine(pack, OpenVino("cpu", threads=1)), portrait)
    assert [record.getMessage() for record in caplog.records] == [f"{cached[0]}: damaged; making it again"]
    assert read_cached(cached[0]) is not None
    assert (first == again).all()
    assert (first == rebuilt).all()


def test_it_runs_without_a_writable_cache(portrait: Picture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("puppet.engines.runtimes.openvino.cache_folder", lambda name: tmp_path / "file" / name)
    assert rendered(LandmarkEngine(open_pack("face"), OpenVino("cpu", threads=1)), portrait).shape == (256, 256, 3)


def test_a_missing_library_is_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(EngineError, match=r"pip install .*requirements/cpu\.txt"):
        OpenVino()


def test_telemetry_is_not_loaded_even_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "openvino_telemetry.py").write_text("raise SystemExit('telemetry was loaded')")
    program = "from puppet.engines.runtimes.openvino import OpenVino; OpenVino('cpu'); print('ran')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[3])])}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "ran"), done.stderr


def test_cuda_is_refused() -> None:
    with pytest.raises(EngineError, match="--engine onnxruntime"):
        OpenVino("cuda")


class FakeCore:
    """A machine with a GPU and an NPU, both of which may fail to compile."""

    COMPUTES = {"CPU": ["FP32", "INT8"], "GPU.0": ["FP32", "FP16", "INT8", "EXPORT_IMPORT"], "NPU": ["FP16"]}  # noqa: RUF012

    def __init__(self, broken: tuple[str, ...] = ()) -> None:
        self.available_devices = list(self.COMPUTES)
        self.broken = broken
        self.compiled: list[str] = []

    def get_property(self, device: str, name: str) -> object:
        return self.COMPUTES[device] if name == "OPTIMIZATION_CAPABILITIES" else f"the {device}"

    def read_model(self, path: str) -> str:
        return path

    def compile_model(self, model: str, device: str, settings: dict[str, str]) -> object:
        self.compiled.append(device)
        if device in self.broken:
            raise RuntimeError(f"Exception from src/core.cpp:1:\nCheck 'x' failed at y:\n{device} is out of memory\n")
        properties = {"EXECUTION_DEVICES": [device], "INFERENCE_PRECISION_HINT": settings["INFERENCE_PRECISION_HINT"]}
        return SimpleNamespace(
            inputs=[],
            outputs=[],
            create_infer_request=object,
            get_property=properties.__getitem__,
            export_model=lambda: SimpleNamespace(getvalue=lambda: b"compiled"),
        )


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> FakeCore:
    fake = FakeCore()
    monkeypatch.setattr("puppet.engines.runtimes.openvino.open_core", lambda: fake)
    return fake


@pytest.mark.parametrize(
    ("device", "precision", "obtained"),
    [("auto", "fp32", "GPU.0 · fp32"), ("auto", "fp16", "GPU.0 · fp16"), ("cpu", "fp32", "CPU · fp32")],
)
def test_takes_the_device_that_has_the_precision(core: FakeCore, device: str, precision: str, obtained: str) -> None:
    runtime = OpenVino(device, precision)
    runtime.open(open_pack("face"), "render")
    assert str(runtime.info) == f"openvino · {obtained}"


def test_a_device_that_fails_is_skipped(core: FakeCore) -> None:
    core.broken = ("GPU.0",)
    runtime = OpenVino("auto", "fp16")
    runtime.open(open_pack("face"), "render")
    assert str(runtime.info) == "openvino · NPU · fp16"
    assert core.compiled == ["GPU.0", "NPU"]


def test_every_device_s_reason_is_in_the_line(core: FakeCore) -> None:
    core.broken = ("GPU.0", "NPU")
    with pytest.raises(EngineError, match=r"GPU.0: GPU.0 is out of memory, NPU: NPU is out of memory"):
        OpenVino("auto", "fp16").open(open_pack("face"), "render")


def test_an_unavailable_precision_is_one_line_with_the_available_ones(core: FakeCore) -> None:
    with pytest.raises(EngineError, match=r"does not compute at bf16 here .*CPU: FP32, INT8.*--precision fp32"):
        OpenVino("cpu", "bf16")


def test_model_cached_for_another_driver_is_compiled_again(core: FakeCore, caplog: pytest.LogCaptureFixture) -> None:
    pack = open_pack("face")
    OpenVino("auto", "fp32").open(pack, "render")

    def refuse(*_: object) -> object:
        raise RuntimeError("made by another driver")

    core.import_model = refuse  # type: ignore[attr-defined]
    OpenVino("auto", "fp32").open(pack, "render")
    assert core.compiled == ["GPU.0", "GPU.0"]
    assert "made by another driver" in caplog.text


def test_failure_while_running_is_a_graph_error_in_one_line() -> None:
    def infer() -> None:
        raise RuntimeError("Exception from src/gpu.cpp:12:\n[GPU] device lost\n")

    request = SimpleNamespace(infer=infer)
    graph = OpenVinoGraph(SimpleNamespace(inputs=[], outputs=[], create_infer_request=lambda: request))
    with pytest.raises(GraphError, match=r"^OpenVINO failed: \[GPU\] device lost$"):
        graph.run({})


def test_an_error_is_shown_without_places_in_the_library_s_sources() -> None:
    error = RuntimeError("Exception from src/core.cpp:12:\nCheck 'x' failed at y.cpp\n\n device lost\nmore")
    assert first_line(error, ("Exception from", "Check '")) == "device lost"
    assert first_line(RuntimeError("")) == "RuntimeError"
    onnx = "[ONNXRuntimeError] : 1 : FAIL : /src/core/graph/graph.cc:1436 Graph::Graph(bool) This is invalid."
    assert first_line(RuntimeError(onnx)) == "[ONNXRuntimeError] : 1 : FAIL : This is invalid."
