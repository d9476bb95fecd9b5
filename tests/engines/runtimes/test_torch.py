"""PyTorch runtime: eager modules and TorchScript agree with ONNX Runtime; the CUDA path runs without CUDA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from puppet.domain import Picture  # noqa: E402
from puppet.engines.landmark import LandmarkEngine  # noqa: E402
from puppet.engines.runtimes.onnxruntime import OnnxRuntime  # noqa: E402
from puppet.engines.runtimes.torch import CapturedGraph, Torch, TorchGraph  # noqa: E402
from puppet.engines.torchscript_trust import trust  # noqa: E402
from puppet.errors import EngineError, GraphError, PackError  # noqa: E402
from puppet.packs import SCRIPT_NAMES, Pack, checksum, open_pack  # noqa: E402
from tests.support.faces import face  # noqa: E402

REST, MOVED = face(), face(turn_deg=(5, 12, 3), mouth=0.1)


@pytest.fixture(autouse=True, scope="module")
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def portrait() -> Picture:
    at = np.linspace(0, 6, 256)
    return (127 + 100 * np.sin(at[:, None, None] + at[None, :, None] * [1.0, 0.5, 2.0])).astype(np.uint8)


@pytest.fixture(scope="module")
def exact(portrait: Picture) -> Picture:
    return rendered(LandmarkEngine(open_pack("face"), OnnxRuntime("cpu", threads=1)), portrait)


def rendered(engine: LandmarkEngine, portrait: Picture) -> Picture:
    return engine.render(engine.encode(portrait, REST), REST, MOVED)


def error(a: Picture, b: Picture) -> float:
    return float(np.abs(a.astype(np.float32) - b).mean())


@pytest.mark.parametrize(("precision", "limit"), [("fp32", 255 * 1e-3), ("bf16", 1.0)])
def test_eager_pictures_agree_with_onnx_runtime(
    portrait: Picture, exact: Picture, precision: str, limit: float
) -> None:
    engine = LandmarkEngine(open_pack("face"), Torch("cpu", precision, threads=1))
    assert error(rendered(engine, portrait), exact) < limit
    assert str(engine.info) == f"torch · CPU · {precision} · eager"
    engine.close()


def test_masks_and_flow_agree_with_onnx_runtime(portrait: Picture) -> None:
    pack = open_pack("face")
    engines = [LandmarkEngine(pack, runtime) for runtime in (OnnxRuntime("cpu", threads=1), Torch("cpu", threads=1))]
    first, second = (engine.inspect(engine.encode(portrait, REST), REST, MOVED) for engine in engines)
    for name in ("masks", "occlusion", "flow"):
        assert np.abs(getattr(first, name) - getattr(second, name)).max() < 5e-3  # weights beside the graphs are halves


def test_pack_without_weights_is_refused(tmp_path: Path) -> None:
    pack = open_pack("face")
    graphs = {name: digest for name, digest in pack.files.items() if name.endswith(".onnx")}
    with pytest.raises(EngineError, match=r"has no weights.safetensors"):
        LandmarkEngine(replace(pack, files=graphs), Torch("cpu", threads=1))


def scripted_pack(folder: Path, names: str = '{"inputs": ["picture"], "outputs": ["picture"]}') -> Pack:
    """A pack whose render graph turns a picture into its negative."""

    class Negative(torch.nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, picture):  # type: ignore[no-untyped-def]
            return 255 - picture

    script = torch.jit.trace(Negative(), torch.zeros(4, 4, 3, dtype=torch.uint8))
    torch.jit.save(script, str(folder / "render.pt"), _extra_files={SCRIPT_NAMES: names})
    pack = replace(open_pack("face"), folder=folder, files={"render.pt": checksum(folder / "render.pt")})
    trust(pack)
    return pack


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_torchscript_exported_here_is_preferred(tmp_path: Path) -> None:
    runtime = Torch("cpu", threads=1)
    graph = runtime.open(scripted_pack(tmp_path), "render")
    assert (graph.inputs, graph.outputs) == (("picture",), ("picture",))
    found = graph.run({"picture": np.full((4, 4, 3), 55, np.uint8)})
    assert (found["picture"] == 200).all()
    assert str(runtime.info) == "torch · CPU · fp32 · TorchScript"


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("names", ["", "{}", '{"inputs": 3, "outputs": []}'])
def test_torchscript_without_its_names_is_refused(tmp_path: Path, names: str) -> None:
    with pytest.raises(EngineError, match=r"cannot open render.pt"):
        Torch("cpu", threads=1).open(scripted_pack(tmp_path, names), "render")


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_torchscript_that_was_exchanged_since_does_not_run(tmp_path: Path) -> None:
    pack = scripted_pack(tmp_path)
    (tmp_path / "render.pt").write_bytes(b"evil")
    with pytest.raises(PackError, match=r"render\.pt is damaged"):
        Torch("cpu", threads=1).open(pack, "render")


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("listed", [{}, {"render.pt": "e" * 64}])
def test_torchscript_from_elsewhere_does_not_run(tmp_path: Path, listed: dict[str, str]) -> None:
    scripted_pack(tmp_path)  # another one is trusted
    (tmp_path / "render.pt").write_bytes(b"evil")
    with pytest.raises(EngineError, match=r"has no weights.safetensors"):
        Torch("cpu", threads=1).open(replace(open_pack("face"), folder=tmp_path, files=listed), "render")


def test_modules_run_in_place_of_torchscript_from_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    pack, runtime = open_pack("face"), Torch("cpu", threads=1)
    with caplog.at_level("INFO"):
        runtime.open(replace(pack, files={**pack.files, "render.pt": "e" * 64}), "render")
    assert str(runtime.info).endswith("eager")
    assert "render.pt was not exported on this computer and will not run" in caplog.text


@pytest.mark.parametrize(
    ("device", "precision", "line"), [("cuda", "fp32", "--device cpu"), ("cpu", "int8", "fp32, bf16")]
)
def test_an_unavailable_device_or_precision_is_one_line(
    monkeypatch: pytest.MonkeyPatch, device: str, precision: str, line: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(EngineError, match=line):
        Torch(device, precision)


class Device:
    """Counts captures and replays in CUDA's place."""

    def __init__(self) -> None:
        self.captured = self.replayed = 0

    def capture(self, compute: Callable[[], None], stream: object) -> Callable[[], None]:
        self.captured += 1

        def replay() -> None:
            self.replayed += 1
            compute()

        return replay


def test_captured_graph_is_captured_once_and_gives_the_same_pictures(portrait: Picture) -> None:
    engine = LandmarkEngine(open_pack("face"), Torch("cpu", threads=1))
    code = engine.encode(portrait, REST)
    plain = [engine.render(code, REST, pose) for pose in (MOVED, REST)]
    device = Device()
    assert isinstance(engine._render, TorchGraph)
    engine._render = CapturedGraph(engine._render, device.capture)
    captured = [engine.render(code, REST, pose) for pose in (MOVED, REST)]
    assert all((a == b).all() for a, b in zip(plain, captured, strict=True))
    assert (device.captured, device.replayed) == (1, 2)


def test_a_graph_that_cannot_be_captured_runs_uncaptured() -> None:
    def refuse(compute: Callable[[], None], stream: object) -> Callable[[], None]:
        raise RuntimeError("operation not permitted when stream is capturing")

    graph = CapturedGraph(TorchGraph(torch.nn.Identity(), ("x",), ("x",), "cpu", "fp32"), refuse)
    assert [graph.run({"x": np.full(1, i, np.float32)})["x"][0] for i in (1, 2)] == [1, 2]


def test_results_of_a_captured_graph_survive_the_next_run() -> None:
    graph = CapturedGraph(TorchGraph(torch.nn.Identity(), ("x",), ("x",), "cpu", "fp32"), Device().capture)
    first = graph.run({"x": np.zeros(3, np.float32)})["x"]
    second = graph.run({"x": np.ones(3, np.float32)})["x"]
    assert (first.tolist(), second.tolist()) == ([0, 0, 0], [1, 1, 1])


def test_running_out_of_memory_is_a_graph_error_in_one_line() -> None:
    def module(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nmore words")

    graph = TorchGraph(module, ("x",), ("x",), "cpu", "fp32")  # type: ignore[arg-type]
    for runs in (graph, CapturedGraph(graph, Device().capture)):
        with pytest.raises(GraphError, match=r"^PyTorch failed: CUDA out of memory. Tried to allocate 2 GiB$"):
            runs.run({"x": np.zeros(1, np.float32)})
