"""Figures of a live session: measured frame by frame, and written as a JSON file for scripts and benchmarks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from puppet.concurrency.timing import RateMeter, StageClock
from puppet.domain import StageTimes, Status
from puppet.media.files import write_text

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered

BYTES_PER_MB = 1_000_000
_LATENCY = "latency"


class FrameStatistics:
    """Figures of the finished frames. `count` on the painter thread, the rest on any.

    Attributes:
        rendered: number of frames.
        rate: frames per second over the last seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, the clock that stamps camera frames."""
        self.rendered = 0
        self.rate = RateMeter(clock)
        self._clock = clock
        self._times = StageClock(clock)

    def count(self, rendered: Rendered) -> None:
        """Add a frame that has just been handed to preview and sinks."""
        for stage, spent_ms in rendered.stages_ms.items():
            self._times.add(stage, spent_ms)
        self._times.add(_LATENCY, (self._clock() - rendered.frame.captured_s) * 1000)
        self.rate.tick()
        self.rendered += 1

    def times(self) -> tuple[dict[str, StageTimes], StageTimes | None]:
        """Return the times of each stage, and the latency: camera timestamp to the picture handed to the sinks."""
        stages = self._times.times()
        latency = stages.pop(_LATENCY, None)
        return stages, latency


def resident_mb() -> float:
    """Return the resident memory of this process in megabytes."""
    return float(psutil.Process().memory_info().rss) / BYTES_PER_MB


def write_stats(path: Path, status: Status, seconds: float) -> None:
    """Write the figures of a session that ran for `seconds`; replace an older file.

    Raises:
        MediaError: the file cannot be written.
    """
    write_json(path, live_stats(status, seconds))


def live_stats(status: Status, seconds: float) -> dict[str, object]:
    """Return the figures of a session under names that scripts rely on; times in milliseconds, memory in megabytes."""
    return {
        "seconds": round(seconds, 3),
        "fps": round(status.fps, 2),
        "rendered": status.rendered,
        "dropped": status.dropped,
        "recorder_dropped": status.recorder_dropped,
        "camera": status.camera,
        "camera_fps": round(status.camera_fps, 2),
        "engine": str(status.engine or ""),
        "avatar": status.portrait,
        "microphone": status.microphone,
        "state": status.state.value,
        "following": status.following.value,
        "sinks": list(status.sinks.values()),
        "message": status.message,
        "governor": str(status.governor or ""),
        "stages_ms": {name: percentiles(times) for name, times in status.stages.items()},
        "latency_ms": percentiles(status.latency) if status.latency else None,
        "sink_latency_ms": {kind.value: percentiles(times) for kind, times in status.sink_latency.items()},
        "rss_mb": round(resident_mb(), 1),
    }


def percentiles(times: StageTimes) -> dict[str, float]:
    """Return a stage's times for JSON."""
    return {"p50": round(times.p50_ms, 3), "p95": round(times.p95_ms, 3), "p99": round(times.p99_ms, 3)}


def write_json(path: Path, content: dict[str, object]) -> None:
    """Write a whole JSON file or none. Raises MediaError."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
