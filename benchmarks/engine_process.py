"""One engine in a process of its own: start-up time, memory, and times without some of the CPU's instruction sets.

`python -m benchmarks.engine_process PACK ENGINE PRECISION SECONDS` prints one line of JSON. ENGINE may be "plain":
eager PyTorch on random weights of vox-256, with the width of the network as PRECISION.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psutil

from puppet.config import EngineOptions
from puppet.domain import EngineInfo
from puppet.errors import EngineError, PuppetError
from puppet.schema import validate

_MIN_FRAMES, _MAX_FRAMES = 3, 60
_TIMEOUT_S = 180.0
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}
"""Environment that keeps oneDNN (PyTorch, OpenVINO), PyTorch's kernels and the BLAS libraries from AVX-512 and bf16.

A few of OpenVINO's own kernels (interpolation) use AVX-512 all the same. ONNX Runtime's kernels have no such switch.
"""


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """Figures of one process.

    Attributes:
        start_s: from the start of the process to the first picture.
        network_ms: median of the frames after the first.
        rss_mb: resident memory at the end.
        engine: library, device and precision in use.
        error: why nothing was measured, or "".
    """

    start_s: float = 0.0
    network_ms: float = 0.0
    rss_mb: float = 0.0
    engine: EngineInfo | None = None
    error: str = ""


def measure_in_process(
    pack: Path | str, engine: str, precision: str, seconds: float, limits: Mapping[str, str] | None = None
) -> ProcessFigures:
    """Measure in a new process; blocks for `seconds` and the start. `limits`: additional environment, as `AVX2`."""
    command = [sys.executable, "-m", "benchmarks.engine_process", str(pack), engine, precision, str(seconds)]
    with tempfile.TemporaryDirectory() as cache:
        # Graphs compiled for fewer instructions must not replace those that a live session has in its cache.
        environment = {**limits, "XDG_CACHE_HOME": cache} if limits else {}
        try:
            answer = subprocess.run(
                command,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_TIMEOUT_S,
                env={**os.environ, **environment},
                cwd=Path(__file__).parents[1],
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ProcessFigures(error=f"no answer in {_TIMEOUT_S:g} s")
    lines = answer.stdout.strip().splitlines()
    if answer.returncode or not lines:
        return ProcessFigures(error=f"the process ended with {answer.returncode}: {answer.stderr.strip()[-200:]}")
    return validate(ProcessFigures, json.loads(lines[-1]), "benchmarks.engine_process", EngineError)


def _measure(frame_ms: Callable[[int], float], seconds: float, engine: EngineInfo) -> ProcessFigures:
    process = psutil.Process()
    frame_ms(0)
    start_s = time.time() - process.create_time()
    times: list[float] = []
    until_s = time.perf_counter() + seconds
    while len(times) < _MIN_FRAMES or (time.perf_counter() < until_s and len(times) < _MAX_FRAMES):
        times.append(frame_ms(len(times) + 1))
    return ProcessFigures(start_s, median(times), process.memory_info().rss / 1e6, engine)


def _measure_engine(pack: str, engine: str, precision: str, seconds: float) -> ProcessFigures:
    # Import only what a live session imports: PyTorch's memory would count for every engine.
    import numpy as np

    from benchmarks.face_poses import nodding_poses
    from benchmarks.timed_engines import Poses, TimedEngine
    from puppet.engines.factory import open_without_fallback
    from puppet.packs import open_pack

    opened = open_pack(pack)
    running = open_without_fallback(opened, EngineOptions(engine, precision, "cpu"))
    noise = np.random.default_rng(0).integers(0, 256, (opened.size, opened.size, 3), np.uint8)
    poses = Poses(noise, None, [noise]) if running.detects else nodding_poses(noise)
    return _measure(TimedEngine(running, poses).frame_ms, seconds, running.info)


def _measure_plain(width: int, seconds: float) -> ProcessFigures:
    import numpy as np

    from benchmarks.inputs import random_fomm, vox256
    from benchmarks.reference_loop import BareModule

    side, depth = (256, 5) if width == 64 else (64, 2)
    pictures = [np.random.default_rng(at).integers(0, 256, (side, side, 3), np.uint8) for at in range(2)]
    module = BareModule(random_fomm(vox256(width, depth), pictures), pictures[0], pictures)
    return _measure(module.frame_ms, seconds, EngineInfo("torch", "CPU", "fp32", "eager"))


def _main(pack: str, engine: str, precision: str, seconds: str) -> ProcessFigures:
    try:
        if engine == "plain":
            return _measure_plain(int(precision), float(seconds))
        return _measure_engine(pack, engine, precision, float(seconds))
    except PuppetError as error:
        return ProcessFigures(error=" ".join(str(error).split()))


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(asdict(_main(*sys.argv[1:]))) + "\n")
