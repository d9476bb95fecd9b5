"""A session that stops, or is killed: every thread ends, no recording is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from puppet.cameras.base import Camera
from puppet.domain import SessionState, SinkKind
from puppet.errors import SinkError
from puppet.live.session import Session
from puppet.media.mark_reader import read_mark
from puppet.media.video import VideoReader
from tests.support.fakes import (
    STILL,
    FakeCamera,
    FakeEngine,
    FakeSink,
    make_puppeteer,
)
from tests.support.sessions import attach, away, session_threads
from tests.support.waiting import until

OPEN = Callable[[], Camera]


@pytest.mark.parametrize("open_camera", [FakeCamera, away, lambda: FakeCamera(blocks="until closed")])
def test_stop_ends_every_thread_whatever_the_camera_does(open_camera: OPEN) -> None:
    engine = FakeEngine()
    live = Session(make_puppeteer(engine), open_camera, STILL)
    live.start()
    live.stop()
    assert session_threads() == []
    assert live.status().state is SessionState.STOPPED
    assert engine.closed == 1
    live.stop()
    assert engine.closed == 1


def test_stop_before_start_and_twice_is_fine() -> None:
    live = Session(make_puppeteer(), FakeCamera, STILL)
    live.stop()
    live.stop()
    with pytest.raises(SinkError, match="has ended"):
        live.start_recording(Path("a.mp4"))


def test_a_start_after_the_stop_starts_nothing() -> None:
    live = Session(make_puppeteer(), FakeCamera, STILL)
    live.stop()
    live.start()
    assert session_threads() == []


def test_stop_leaves_a_deaf_camera_behind_and_returns() -> None:
    camera = FakeCamera(blocks="deaf")
    live = Session(make_puppeteer(), lambda: camera, STILL)
    live.start()
    until(lambda: live.status().camera)
    live.stop(0.2)
    assert session_threads() == ["puppet-capture"]
    camera.released.set()
    until(lambda: not session_threads())


def test_stop_leaves_a_hanging_sink_behind_and_returns() -> None:
    sink = FakeSink()
    live = Session(make_puppeteer(), FakeCamera, STILL)
    live.start()
    attach(live, sink, SinkKind.VIRTUAL_CAMERA)
    until(lambda: sink.times_s)
    sink.gate.shut()
    assert sink.gate.held.wait(10.0)
    live.stop(0.2)
    assert session_threads() == ["puppet-virtual-camera"]
    sink.gate.open()
    until(lambda: sink.closed)
    until(lambda: not session_threads())


def test_stop_does_not_close_the_engine_under_a_running_frame() -> None:
    engine = FakeEngine()
    live = Session(make_puppeteer(engine), FakeCamera, STILL)
    live.start()
    until(lambda: engine.rendered)
    engine.gate.shut()
    assert engine.gate.held.wait(10.0)
    live.stop(0.2)
    assert engine.closed == 0
    engine.gate.open()
    until(lambda: not session_threads())
    live.stop()
    assert engine.closed == 1


_RECORD_FOREVER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from puppet.live.session import Session
from tests.support.fakes import STILL, FakeCamera, make_puppeteer

live = Session(make_puppeteer(size=(320, 180)), FakeCamera, STILL)
live.start()
live.start_recording(Path(sys.argv[1]))
while True:
    print(live.status().rendered, flush=True)
    time.sleep(0.05)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_kill_loses_a_second_and_not_the_recording(tmp_path: Path, name: str) -> None:
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", _RECORD_FOREVER, str(tmp_path / name), root], stdout=subprocess.PIPE, cwd=root
    ) as process:
        assert process.stdout is not None
        began_s = 0.0
        for line in process.stdout:
            began_s = began_s or (time.monotonic() if int(line) else 0.0)
            if began_s and time.monotonic() - began_s > 3.0:
                break
        os.kill(process.pid, signal.SIGKILL)
        ran_s = time.monotonic() - began_s
    with VideoReader(tmp_path / name) as reader:
        assert [timed.time_s for timed in reader.pictures()][-1] > ran_s - 1.5
    assert read_mark(tmp_path / name).ai_made
