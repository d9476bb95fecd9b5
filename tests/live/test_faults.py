"""Faults around a running session: a full disk, a deleted folder, suspend, clocks that jump, a machine without time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from puppet.domain import SinkKind
from puppet.live.session import Session
from puppet.media import video
from puppet.media.video import VideoReader
from tests.support.fakes import STILL, FakeCamera, FakeClock, make_puppeteer
from tests.support.sessions import session_threads
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]

_RUN = """
import signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from puppet.config import LiveOptions
from puppet.live.headless import run_live
from puppet.live.session import Session
from tests.support.fakes import STILL, FakeCamera, make_puppeteer

if int(sys.argv[3]):
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
session = Session(make_puppeteer(size=(320, 180)), FakeCamera, STILL)
show = lambda status: print(status.rendered, status.message, flush=True)
ended = run_live(session, LiveOptions(record=Path(sys.argv[2])), None, show)
print("ended", ended.exit_code, ended.recording, ended.error)
"""


def _start(out: Path, *, limit_bytes: int = 0) -> subprocess.Popen[str]:
    """Run a session with fakes and a real recording in a process of its own, until a signal."""
    command = [sys.executable, "-c", _RUN, str(ROOT), str(out), str(limit_bytes)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for(process: subprocess.Popen[str], frames: int) -> None:
    """Return when the session has rendered so many frames more."""
    assert process.stdout is not None
    first = None
    for line in process.stdout:
        rendered = int(line.split()[0])
        first = rendered if first is None else first
        if rendered >= first + frames:
            return
    raise AssertionError(process.communicate()[1])


def _times_s(path: Path) -> list[float]:
    with VideoReader(path) as reader:
        return [round(timed.time_s, 6) for timed in reader.pictures()]  # sums of floats


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX's")
def test_a_full_disk_ends_the_recording_with_one_line_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    out, err = _start(path, limit_bytes=60_000).communicate(timeout=60)
    *_, ended = out.splitlines()
    assert ended.startswith(f"ended 2 {path} The recording stopped: {path}: cannot be written (")
    assert ended.endswith("; what was recorded until then is kept")
    assert out.count("cannot be written") == 1
    assert err == ""
    assert len(_times_s(path)) > 5


@pytest.mark.skipif(sys.platform == "win32", reason="files that are written cannot be deleted there")
def test_a_deleted_folder_is_noticed_and_nothing_is_said_to_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "_CHECK_S", 0.0)
    folder = tmp_path / "videos"
    folder.mkdir()
    live = Session(make_puppeteer(), FakeCamera, STILL)
    live.start()
    live.start_recording(path := folder / "a.mp4")
    until(lambda: path.exists() and path.stat().st_size > 0)  # the recorder creates it on its own thread
    shutil.rmtree(folder)
    until(lambda: live.status().failed_sinks)
    line = live.status().failed_sinks[SinkKind.RECORDER]
    assert "was deleted or moved" in line
    assert "kept" not in line
    assert live.stop_recording() is None
    live.start_recording(tmp_path / "b.mp4")  # the session goes on
    assert not live.status().failed_sinks
    live.stop()
    assert session_threads() == []


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows suspends no single process")
def test_a_suspended_session_goes_on_and_its_recording_has_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    process = _start(path)
    _wait_for(process, 20)
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(2.0)  # the length of the gap
    os.kill(process.pid, signal.SIGCONT)
    _wait_for(process, 20)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (out.splitlines()[-1], err) == (f"ended 143 {path} None", "")
    times_s = _times_s(path)
    assert times_s == sorted(times_s)
    assert max(after - before for before, after in pairwise(times_s)) > 1.8


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are POSIX's")
def test_a_session_without_time_on_the_processor_still_ends_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    process = _start(path)
    _wait_for(process, 1)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        psutil.Process(process.pid).nice(3)
        _wait_for(process, 10)
        process.terminate()
        out, err = process.communicate(timeout=60)
    finally:
        for each in busy:
            each.kill()
            each.wait()
    assert (out.splitlines()[-1], err) == (f"ended 143 {path} None", "")
    assert _times_s(path)


@pytest.mark.parametrize("jump_s", [1e7, -50.0])
def test_a_clock_that_jumps_leaves_the_session_and_its_recording_in_order(tmp_path: Path, jump_s: float) -> None:
    clock = FakeClock(100.0)
    live = Session(make_puppeteer(clock=clock), lambda: FakeCamera(clock=clock), STILL, clock=clock)
    live.start()
    live.start_recording(tmp_path / "a.mkv")
    for now_s in (100.04, 100.08, 100.12 + jump_s, 100.16 + jump_s):
        clock.now_s = now_s
        more = live.status().rendered + 2
        until(lambda more=more: live.status().rendered > more)  # type: ignore[misc]
    live.stop()
    assert live.error() is None
    times_s = _times_s(tmp_path / "a.mkv")
    assert times_s == sorted(times_s)
    assert len(times_s) > 8
