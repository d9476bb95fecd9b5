"""The benchmarks measure interleaved, on the same poses. Figures are only checked by arithmetic."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from benchmarks import __main__ as command
from benchmarks.engine_process import measure_in_process
from benchmarks.fomm_stages import measure_stages, parts_of
from benchmarks.full_run import QUICK, measure
from benchmarks.inputs import as_tensor, random_fomm, vox256
from benchmarks.reference_loop import ReferenceLoop, relative
from benchmarks.results import FOMM, PLAIN, Layer, Loop, Peak, Plain, Results, Row, Scale, Stage
from benchmarks.roofline import Work, compare_with_peak, measure_peak, work_of
from benchmarks.tables import BEGIN, END, markdown, with_tables
from benchmarks.timed_engines import Poses, engine_combinations, interleaved, measured_row, open_engines, typical
from puppet.config import EngineOptions
from puppet.domain import EngineInfo
from puppet.errors import MediaError
from puppet.hardware import this_machine
from puppet.models.base import KeypointTensors
from puppet.models.fomm import FirstOrderMotionModel
from puppet.packs import open_pack
from tests.support.clips import even_times, moving_square, write_clip


@pytest.fixture(scope="module")
def faces() -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return [np.random.default_rng(at).integers(0, 256, (64, 64, 3), np.uint8) for at in range(2)]


def test_the_model_has_the_work_of_the_released_vox_256() -> None:
    with torch.device("meta"), torch.no_grad():
        model = FirstOrderMotionModel(vox256()).eval()
        picture = torch.zeros(1, 3, 256, 256)

        def frame(index: int) -> None:
            keypoints = model.detect(picture)
            model.render(model.encode(picture), keypoints, keypoints)

        gmac = {stage: work.gmac for stage, (work, _) in measure_stages(parts_of(model), frame, 1).items()}
    decoder = gmac.pop("up blocks") + gmac.pop("head")
    assert gmac == pytest.approx({"keypoints": 1.28, "dense motion": 4.09, "bottleneck": 28.99}, abs=0.01)
    assert decoder == pytest.approx(10.28, abs=0.01)


def test_calibrated_norms_keep_a_random_network_s_features_from_vanishing(faces: list[np.ndarray]) -> None:
    model = random_fomm(vox256(4, 2), faces)
    with torch.no_grad():
        features = model.generator.bottleneck(model.encode(as_tensor(faces[0])).features)
    assert 0.1 < float(features.std()) < 20
    assert not model.training


def test_each_is_measured_in_every_round() -> None:
    order: list[str] = []

    def frame(name: str, ms: float) -> float:
        order.append(name)
        return ms

    times = interleaved(
        {"a": lambda at: frame("a", at), "b": lambda at: frame("b", 10 * at)}, rounds=3, frames_per_round=2
    )
    assert "".join(order) == "aaabbb" * 3
    assert times == {"a": [[0, 1], [2, 3], [4, 5]], "b": [[0, 10], [20, 30], [40, 50]]}
    assert typical(times["a"]) == (2.5, 0.5, 4.5)


def test_a_ratio_refers_to_the_plain_loop_of_the_run() -> None:
    found = measured_row(
        FOMM,
        EngineOptions("openvino", "bf16", "cpu"),
        [[10.0, 12.0], [14.0]],
        36.0,
        EngineInfo("openvino", "CPU", "bf16"),
    )
    assert (found.network_ms, found.fastest_ms, found.slowest_ms, found.ratio) == (12.5, 11.0, 14.0, 36 / 12.5)


def test_combinations_on_a_gpu_come_last_and_none_is_auto() -> None:
    found = engine_combinations()
    assert all("auto" not in (each.engine, each.precision, each.device) for each in found)
    devices = [each.device for each in found]
    assert devices == sorted(devices, key=lambda device: device != "cpu")


def test_an_engine_that_cannot_be_opened_gives_its_reason(faces: list[np.ndarray]) -> None:
    wanted = [EngineOptions("no such engine", "fp32", "cpu")]
    engines, reasons = open_engines(open_pack("face"), Poses(faces[0], None, faces), wanted)
    assert not engines
    assert "Unknown engine" in reasons[wanted[0]]


def test_relative_motion_is_the_demo_s() -> None:
    def pose(x: float, scale: float) -> KeypointTensors:
        return KeypointTensors(torch.full((1, 2, 2), x), scale * torch.eye(2).expand(1, 2, 2, 2))

    moved = relative(pose(0.1, 1.0), pose(0.5, 4.0), pose(0.3, 2.0))
    assert moved.points.numpy() == pytest.approx(0.3, abs=1e-6)
    assert moved.jacobians is not None
    assert torch.allclose(moved.jacobians, 2 * torch.eye(2).expand(1, 2, 2, 2))
    assert relative(*[KeypointTensors(torch.zeros(1, 2, 2))] * 3).jacobians is None


def test_the_reference_loop_starts_again_at_the_clip_s_end(faces: list[np.ndarray], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", moving_square((64, 48), 3), even_times(30, 3))
    loop = ReferenceLoop(random_fomm(vox256(4, 2), faces), faces[0], clip)
    frames = [loop.frame() for _ in range(7)]
    loop.close()
    assert all(0 < frame.network_ms < frame.loop_ms for frame in frames)
    with pytest.raises(MediaError):
        ReferenceLoop(random_fomm(vox256(4, 2), faces), faces[0], tmp_path / "gone.mp4")


def _convolution(path: Path) -> Path:
    """(1, 4, 8, 8) → Conv 3x3 to 6 channels → ConvTranspose 4x4 to 2 channels at twice the size."""
    weights = [
        numpy_helper.from_array(np.zeros((6, 4, 3, 3), np.float32), "w"),
        numpy_helper.from_array(np.zeros((6, 2, 4, 4), np.float32), "v"),
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["y"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["y"], ["r"]),
        helper.make_node("ConvTranspose", ["r", "v"], ["z"], strides=[2, 2], pads=[1, 1, 1, 1]),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, 8, 8])
    made = helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 2, 16, 16])
    graph = helper.make_graph(nodes, "graph", [given], [made], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(path))
    return path


def test_a_graph_s_work_is_counted_layer_by_layer(tmp_path: Path) -> None:
    work = work_of(_convolution(tmp_path / "graph.onnx"))
    assert round(work.gmac * 1e9) == 6 * 8 * 8 * 4 * 9 + 6 * 8 * 8 * 2 * 16
    read_and_written = 4 * 64 + 6 * 64 + 6 * 64 + 2 * 256
    assert round(work.mbytes * 1e6) == 4 * (216 + 192 + read_and_written)


@pytest.mark.parametrize(
    ("work", "bound", "least_ms"), [(Work(1.0, 1.0), "compute", 20), (Work(0.01, 100), "memory", 10)]
)
def test_a_stage_s_limit_is_the_longer_of_arithmetic_and_memory(work: Work, bound: str, least_ms: float) -> None:
    stage = compare_with_peak(Peak(100.0, None, 10.0), "face", "render", "onnxruntime", work, 40.0)
    assert (stage.bound, round(stage.least_ms, 6)) == (bound, least_ms)


def test_peaks_are_measured_and_bf16_only_where_the_cpu_has_it() -> None:
    peak = measure_peak(False, matrix=32, array_mb=1, repeats=1)
    assert peak.fp32_gflops > 0 < peak.gbytes_s
    assert peak.bf16_gflops is None


def test_stages_are_timed_and_their_multiplications_counted() -> None:
    first, second = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 2, 1)
    both = nn.Sequential(first, second)
    found = measure_stages({"first": [first], "second": [second]}, lambda at: both(torch.zeros(1, 3, 8, 8)), 3)
    assert [round(work.gmac * 1e9) for work, _ in found.values()] == [4 * 64 * 27, 2 * 64 * 4]
    assert all(ms > 0 for _, ms in found.values())
    assert not first._forward_hooks


def test_a_separate_process_reports_start_memory_and_engine() -> None:
    found = measure_in_process("face", "onnxruntime", "fp32", 0.0)
    assert found.error == ""
    assert found.engine == EngineInfo("onnxruntime", "CPU", "fp32")
    assert found.start_s > 0 < found.network_ms
    assert found.rss_mb > 10


def test_a_process_that_cannot_measure_gives_the_reason() -> None:
    assert "No pack is named" in measure_in_process("no-such-pack", "onnxruntime", "fp32", 0.0).error


def test_a_quick_run_measures_everything_but_processes_and_loops(tmp_path: Path) -> None:
    results = measure(
        QUICK, [EngineOptions("onnxruntime", "fp32", "cpu"), EngineOptions("onnxruntime", "no such", "cpu")]
    )
    measured = {(row.subject, row.engine) for row in results.rows if row.network_ms is not None}
    assert measured == {(FOMM, PLAIN), (FOMM, "onnxruntime"), ("face", "onnxruntime")}
    assert sum(row.note.startswith("not measured") for row in results.rows) == 2
    (engine,) = [row for row in results.rows if (row.subject, row.engine) == (FOMM, "onnxruntime") and row.network_ms]
    assert engine.error_levels is not None
    assert engine.error_levels < 0.6  # the module's and the graph's roundings
    assert {stage.stage for stage in results.stages} >= {"keypoints", "bottleneck", "graph detect", "graph render"}
    assert {scale.what for scale in results.scaling} >= {
        "portraits in use",
        "portrait switched",
        "camera and output, px",
        "composed square, px",
    }
    assert {(layer.subject, layer.engine) for layer in results.layers} >= {
        (FOMM, "onnxruntime"),
        ("face", "onnxruntime"),
    }
    assert sum(layer.share for layer in results.layers if layer.engine == "onnxruntime") > 1.8  # of two graphs
    results.write(tmp_path / "b.json")
    assert Results.read(tmp_path / "b.json") == results


def _results() -> Results:
    return Results(
        version="1.2.3",
        machine=replace(this_machine(), processor="A Processor", cores=2),
        peak=Peak(200.0, 400.0, 20.0),
        plain=Plain(300.0, 295.0, 320.0),
        rows=(
            Row(FOMM, PLAIN, "fp32", network_ms=300.0, ratio=1.0),
            Row(FOMM, "openvino", "bf16", network_ms=100.0, ratio=3.0, start_s=2.0, rss_mb=500.0, error_levels=0.25),
            Row(FOMM, "onnxruntime", "fp32", note="not measured: no GPU", device="cuda"),
        ),
        stages=(Stage(FOMM, "bottleneck", "torch · eager", 29.0, 90.0, 290.0, "compute", 580.0),),
        layers=(Layer(FOMM, "openvino", "Convolution (brgconv)", 12, 250.0, 0.9),),
        scaling=(Scale("portraits in use", "16", "render of a frame", 15.0),),
        loops=(Loop("onnxruntime · CPU · fp32", 33.3, (31.0, 56.0, 68.0), {"track": 4.5}, 490.0),),
    )


def test_the_page_has_every_figure_and_the_machine_beside_each_table() -> None:
    page = markdown(_results())
    for words in (
        "×3.00",
        "- fomm vox-256, onnxruntime cuda fp32: no GPU",
        "(+1.7%)",
        "50%",
        "400 GFLOP/s",
        "33.3",
        "31 / 56 / 68",
    ):
        assert words in page
    assert page.count("On A Processor, 2 cores") == 5
    assert page == markdown(_results())


def test_readme_shows_what_was_measured_between_its_marks() -> None:
    text = with_tables(f"before\n{BEGIN}\nold figures\n{END}\nafter\n", _results())
    assert text.startswith(f"before\n{BEGIN}\n\n| the whole loop")
    assert text.endswith(f"{END}\nafter\n")
    assert "31 / 56 / 68" in text
    assert "old figures" not in text
    assert with_tables(text, _results()) == text
    with pytest.raises(MediaError, match="README"):
        with_tables("no marks", _results())


def test_the_project_s_readme_has_the_marks() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1


def test_the_command_makes_the_page_from_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures, page, readme = tmp_path / "b.json", tmp_path / "page.md", tmp_path / "README.md"
    _results().write(figures)
    readme.write_text(f"{BEGIN}{END}")
    places = ["--json", str(figures), "--page", str(page), "--readme", str(readme)]
    monkeypatch.setattr("sys.argv", ["benchmarks", "--tables", *places])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 0
    assert page.read_text("utf-8") == markdown(_results())
    assert "31 / 56 / 68" in readme.read_text("utf-8")


def test_a_file_without_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(json.dumps({"version": "1"}))
    with pytest.raises(MediaError, match=r"b\.json: key .* is missing"):
        Results.read(tmp_path / "b.json")
