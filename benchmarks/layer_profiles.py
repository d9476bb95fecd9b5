"""Time of a graph by kind of layer, from the library's own profile."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import Layer
from puppet.engines.runtimes.openvino import open_core
from puppet.errors import EngineError

_TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "f32": np.float32, "u8": np.uint8}
_MIN_SHARE = 0.01


def profile_onnxruntime(subject: str, graph: Path, threads: int, runs: int) -> list[Layer]:
    """Profile a graph in ONNX Runtime on the CPU; the slowest kinds of layers first."""
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        inputs = {each.name: _random_input(each.shape, each.type) for each in session.get_inputs()}
        for _ in range(runs + 1):
            session.run(None, inputs)
        events = json.loads(Path(session.end_profiling()).read_text("utf-8"))
    times_ms: dict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            times_ms[event["args"]["op_name"]].append(event["dur"] / 1000)
    return _longest_first(subject, "onnxruntime", times_ms, runs + 1)


def profile_openvino(subject: str, graph: Path, threads: int, runs: int) -> list[Layer]:
    """Profile a graph in OpenVINO at fp32, by kind and kernel; empty where OpenVINO is not installed."""
    try:
        core = open_core()
    except EngineError:
        return []
    settings = {
        "PERF_COUNT": "YES",
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": str(threads),
    }
    compiled = core.compile_model(core.read_model(str(graph)), "CPU", settings)
    request = compiled.create_infer_request()
    inputs = {port.any_name: _random_input(port.shape, port.element_type.get_type_name()) for port in compiled.inputs}
    times_ms: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        request.infer(inputs)
        for node in request.get_profiling_info():
            if spent := node.real_time.total_seconds() * 1000:
                times_ms[f"{node.node_type} ({node.exec_type})"].append(spent)
    return _longest_first(subject, "openvino", times_ms, runs)


def _longest_first(subject: str, engine: str, times_ms: dict[str, list[float]], runs: int) -> list[Layer]:
    """Return the kinds that take at least 1 % of the time, the slowest first; times: of each layer in each run."""
    total_ms = sum(map(sum, times_ms.values()))
    layers = [
        Layer(subject, engine, kind, round(len(spent) / runs), sum(spent) / runs, sum(spent) / total_ms)
        for kind, spent in times_ms.items()
    ]
    return sorted((layer for layer in layers if layer.share >= _MIN_SHARE), key=lambda layer: -layer.ms)


def _random_input(shape: Any, kind: str) -> NDArray[Any]:
    """Return random values of a shape and type, small enough to be coordinates."""
    random = np.random.default_rng(0)
    if _TYPES[kind] is np.uint8:
        return random.integers(0, 256, tuple(shape), np.uint8)
    return (0.3 * random.standard_normal(tuple(shape))).astype(np.float32)
