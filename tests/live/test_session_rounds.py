"""Rounds of start, stop, switch and toggle from four threads: no thread, descriptor, lock or torn file is left.

PUPPET_ROUNDS sets their number, for a long run.
"""

from __future__ import annotations

import gc
import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from puppet.errors import MediaError, SinkError
from puppet.live.session import Session
from puppet.media.files import PART, locked
from puppet.media.video import VideoReader
from tests.support.fakes import (
    STILL,
    FakeCamera,
    FakeEngine,
    FakeVirtualCamera,
    make_puppeteer,
    portrait,
    register_virtual_camera,
)
from tests.support.sessions import session_threads
from tests.support.waiting import until

ROUNDS = int(os.environ.get("PUPPET_ROUNDS", "200"))


def _open_descriptors() -> int:
    process = psutil.Process()
    return int(process.num_handles() if hasattr(process, "num_handles") else process.num_fds())


def _round(number: int, folder: Path) -> None:
    """Use a session from four threads at once until one of them has stopped it."""
    chance, engine, cameras = random.Random(number), FakeEngine(), list[FakeCamera]()
    stopped = threading.Event()

    def open_camera() -> FakeCamera:
        cameras.append(FakeCamera())
        return cameras[-1]

    live = Session(make_puppeteer(engine), open_camera, STILL)
    shown = live.prepare(portrait(), "another")
    pauses_s = [chance.uniform(0.0, 0.02) for _ in range(4)]
    life_s = chance.choice([0.0, 0.01, 0.05, 0.15])

    def start_and_stop() -> None:
        live.start()
        time.sleep(life_s)
        live.stop(20.0)
        stopped.set()

    def record() -> None:
        for index in range(10_000):
            with suppress(SinkError):
                live.start_recording(folder / f"{number}-{index}.mp4")
            stopped.wait(pauses_s[1])
            live.stop_recording()
            if stopped.is_set():
                return

    def toggle_virtual_camera() -> None:
        while not stopped.is_set():
            with suppress(SinkError):
                live.start_virtual_camera()
            stopped.wait(pauses_s[2])
            live.stop_virtual_camera()

    def switch() -> None:
        while not stopped.is_set():
            live.choose_camera(open_camera)
            live.show(shown)
            live.status()
            stopped.wait(pauses_s[3])

    bodies: list[Callable[[], None]] = [start_and_stop, record, toggle_virtual_camera, switch]
    threads = [threading.Thread(target=body, name=body.__name__) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
        assert not thread.is_alive(), thread.name
    until(lambda: not session_threads(), "the end of every thread")
    assert live.error() is None
    assert engine.closed == 1
    assert all(camera.closed.is_set() for camera in cameras)
    assert all(camera.closed for camera in FakeVirtualCamera.opened)


def test_rounds_of_start_stop_switch_and_toggle_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register_virtual_camera(monkeypatch)
    _round(-1, tmp_path)  # what libraries open once
    gc.collect()  # what earlier tests of the process left open
    descriptors, threads = _open_descriptors(), threading.active_count()
    for number in range(ROUNDS):
        _round(number, tmp_path)
    assert _open_descriptors() <= descriptors
    assert threading.active_count() <= threads
    for path in tmp_path.iterdir():
        assert PART not in path.name
        with locked(path) as free:
            assert free, path
        try:
            with VideoReader(path) as reader:
                times_s = [timed.time_s for timed in reader.pictures()]
        except MediaError as error:
            raise AssertionError(path) from error
        assert times_s == sorted(times_s)
