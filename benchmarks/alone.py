"""One engine in a process of its own: start-up and memory, and times with instruction sets switched off.

`python -m benchmarks.alone PACK ENGINE PRECISION SECONDS` prints one line of JSON; ENGINE may be "plain": eager torch
on random weights of vox-256, whose PRECISION is the width of the network.
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

from puppet.domain import EngineInfo
from puppet.errors import PuppetError

_FRAMES, _MOST_FRAMES = 3, 60
_PATIENCE_S = 180.0
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}
"""Environment that keeps oneDNN (torch, OpenVINO), torch's own kernels and the BLAS libraries from AVX-512 and bf16.

A few of OpenVINO's own kernels (interpolation) keep AVX-512 all the same. ONNX Runtime's ask the processor itself and
know no such switch at all: it has no such rows.
"""


@dataclass(frozen=True, slots=True)
class Alone:
    """What was measured.

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


def alone(
    pack: Path | str, engine: str, precision: str, seconds: float, limits: Mapping[str, str] | None = None
) -> Alone:
    """Measure in a new process; blocks for `seconds` and the start."""
    command = [sys.executable, "-m", "benchmarks.alone", str(pack), engine, precision, str(seconds)]
    with tempfile.TemporaryDirectory() as cache:
        # What is compiled for fewer instructions must not take the place of what a live session finds compiled.
        environment = {**limits, "XDG_CACHE_HOME": cache} if limits else {}
        try:
            answer = subprocess.run(
                command,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_PATIENCE_S,
                env={**os.environ, **environment},
                cwd=Path(__file__).parents[1],
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Alone(error=f"no answer in {_PATIENCE_S:g} s")
    lines = answer.stdout.strip().splitlines()
    if answer.returncode or not lines:
        return Alone(error=f"the process ended with {answer.returncode}: {answer.stderr.strip()[-200:]}")
    found = json.loads(lines[-1])
    return Alone(**{**found, "engine": found["engine"] and EngineInfo(**found["engine"])})


def _measure(frame: Callable[[int], float], seconds: float, engine: EngineInfo) -> Alone:
    process = psutil.Process()
    frame(0)
    start_s = time.time() - process.create_time()
    times: list[float] = []
    until_s = time.perf_counter() + seconds
    while len(times) < _FRAMES or (time.perf_counter() < until_s and len(times) < _MOST_FRAMES):
        times.append(frame(len(times) + 1))
    return Alone(start_s, median(times), process.memory_info().rss / 1e6, engine)


def _engine(pack: str, engine: str, precision: str, seconds: float) -> Alone:
    # Only what a live session loads too: torch's weight would count for every engine.
    import numpy as np

    from benchmarks.candidates import Candidate, Poses
    from benchmarks.landmarks import rest_poses
    from puppet.config import EngineOptions
    from puppet.engines.factory import open_without_fallback
    from puppet.packs import open_pack

    opened = open_pack(pack)
    running = open_without_fallback(opened, EngineOptions(engine, precision, "cpu"))
    grey = np.random.default_rng(0).integers(0, 256, (opened.size, opened.size, 3), np.uint8)
    poses = Poses(grey, None, [grey]) if running.detects else rest_poses(grey)
    candidate = Candidate(engine, running, poses)
    return _measure(candidate.frame, seconds, running.info)


def _plain(width: int, seconds: float) -> Alone:
    import numpy as np

    from benchmarks.plain import BareModule
    from benchmarks.subjects import random_fomm, vox256

    side, depth = (256, 5) if width == 64 else (64, 2)
    pictures = [np.random.default_rng(at).integers(0, 256, (side, side, 3), np.uint8) for at in range(2)]
    module = BareModule(random_fomm(vox256(width, depth), pictures), pictures[0], pictures)
    return _measure(module.frame, seconds, EngineInfo("torch", "CPU", "fp32", "eager"))


def _main(pack: str, engine: str, precision: str, seconds: str) -> Alone:
    try:
        if engine == "plain":
            return _plain(int(precision), float(seconds))
        return _engine(pack, engine, precision, float(seconds))
    except PuppetError as error:
        return Alone(error=" ".join(str(error).split()))


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(asdict(_main(*sys.argv[1:]))) + "\n")
