"""What a live session measured, as a JSON file for scripts and benchmarks. Any thread; written once, at the end."""

from __future__ import annotations

import json
from pathlib import Path

import psutil

from puppet.domain import StageTimes, Status
from puppet.errors import MediaError
from puppet.media.files import whole_file

BYTES_PER_MB = 1_000_000


def resident_mb() -> float:
    """Resident memory of this process in megabytes."""
    return float(psutil.Process().memory_info().rss) / BYTES_PER_MB


def write_stats(path: Path, status: Status, seconds: float) -> None:
    """Write what the session measured in `seconds` of running; an older file is replaced.

    Raises:
        MediaError: the file cannot be written.
    """
    write_json(path, live_stats(status, seconds))


def live_stats(status: Status, seconds: float) -> dict[str, object]:
    """The figures of a session under the names that scripts rely on; times in milliseconds, memory in megabytes."""
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
        "state": status.state.value,
        "following": status.following.value,
        "sinks": list(status.sinks.values()),
        "message": status.message,
        "governor": status.governor,
        "stages_ms": {name: percentiles(times) for name, times in status.stages.items()},
        "latency_ms": percentiles(status.latency) if status.latency else None,
        "sink_latency_ms": {kind.value: percentiles(times) for kind, times in status.sink_latency.items()},
        "rss_mb": round(resident_mb(), 1),
    }


def percentiles(times: StageTimes) -> dict[str, float]:
    """A stage's times as JSON."""
    return {"p50": round(times.p50_ms, 3), "p95": round(times.p95_ms, 3), "p99": round(times.p99_ms, 3)}


def write_json(path: Path, content: dict[str, object]) -> None:
    """Write a whole JSON file or none. Raises MediaError."""
    try:
        with whole_file(path) as part:
            part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror}).") from error
