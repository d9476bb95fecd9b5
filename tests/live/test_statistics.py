"""The figures of a session, as scripts read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from puppet.domain import EngineInfo, Following, SessionState, SinkKind, StageTimes, Status
from puppet.errors import MediaError
from puppet.live.statistics import live_stats, resident_mb, write_json, write_stats
from tests.support.waiting import until

STATUS_FILE = Path("/proc/self/status")

STATUS = Status(
    state=SessionState.RUNNING,
    following=Following.TRACKING,
    camera="clip (1280x720, 30 fps)",
    camera_fps=29.97,
    fps=28.5,
    stages={"track": StageTimes(3, 4, 5.12345)},
    latency=StageTimes(40, 60, 80),
    sink_latency={SinkKind.RECORDER: StageTimes(45, 65, 85)},
    rendered=100,
    dropped=7,
    recorder_dropped=1,
    engine=EngineInfo("onnxruntime", "CPU", "fp32"),
    sinks={SinkKind.RECORDER: "recording o.mp4"},
)


def test_stats_hold_rates_drops_stages_and_latency(tmp_path: Path) -> None:
    write_stats(tmp_path / "s.json", STATUS, 3.5)
    written = json.loads((tmp_path / "s.json").read_text("utf-8"))
    assert (written["fps"], written["camera_fps"], written["seconds"]) == (28.5, 29.97, 3.5)
    assert (written["rendered"], written["dropped"], written["recorder_dropped"]) == (100, 7, 1)
    assert written["stages_ms"] == {"track": {"p50": 3, "p95": 4, "p99": 5.123}}
    assert written["latency_ms"] == {"p50": 40, "p95": 60, "p99": 80}
    assert written["sink_latency_ms"] == {"recorder": {"p50": 45, "p95": 65, "p99": 85}}
    assert (written["engine"], written["camera"]) == (str(STATUS.engine), STATUS.camera)
    assert written["rss_mb"] > 1


def test_before_the_first_frame_there_is_no_latency() -> None:
    assert live_stats(Status(), 0)["latency_ms"] is None


def test_stats_may_be_written_again(tmp_path: Path) -> None:
    write_json(tmp_path / "s.json", {"fps": 1})
    write_json(tmp_path / "s.json", {"fps": 2})
    assert json.loads((tmp_path / "s.json").read_text("utf-8")) == {"fps": 2}


def test_stats_that_cannot_be_written_are_an_error_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        write_json(tmp_path / "none" / "s.json", {})


@pytest.mark.skipif(not STATUS_FILE.exists(), reason="only Linux tells a process's memory in a file")
def test_resident_memory_is_what_linux_tells_of_this_process() -> None:
    """Asked again until nothing changes between the two readings: a test run's other threads take and give memory."""

    def told_mb() -> float:
        (line,) = (line for line in STATUS_FILE.read_text("ascii").splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1_000_000

    until(lambda: resident_mb() == pytest.approx(told_mb(), rel=0.02), "agreement")
