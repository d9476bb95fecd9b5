"""The live loop without a window: start a session, watch it, end it cleanly on time, on Ctrl-C or when it ends itself.

Main thread only: signal handlers live there.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from puppet.config import LiveOptions
from puppet.domain import Status
from puppet.errors import PuppetError
from puppet.live.api import LiveSession

LOOK_EVERY_S = 0.2
STOP_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a live session ended.

    Attributes:
        status: the last one before the stop.
        seconds: how long it ran.
        recording: the finished recording, or None.
        error: what ended it early, or None.
        exit_code: 0, 130 after Ctrl-C, 143 after a request to terminate.
    """

    status: Status
    seconds: float
    recording: Path | None
    error: PuppetError | None
    exit_code: int


class StopSignals:
    """While entered, Ctrl-C and a request to terminate set `event` instead of tearing down what runs."""

    def __init__(self) -> None:
        """Not entered yet."""
        self.event = threading.Event()
        self.exit_code = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        """Take over the handlers."""
        self._before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the handlers back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.exit_code = 128 + number
        self.event.set()


def run_live(
    session: LiveSession,
    options: LiveOptions,
    seconds: float | None,
    show: Callable[[Status], None],
    clock: Callable[[], float] = time.monotonic,
) -> Ended:
    """Run an opened session to its end; blocks. It is stopped when this returns or raises.

    Args:
        session: not started yet.
        options: which sinks to open.
        seconds: when to end, counted from here; None: on a signal or when the camera's file ends.
        show: called with the newest status several times a second.
        clock: seconds, monotonic.

    Raises:
        SinkError: a sink of the options cannot be opened.
    """
    recording = None
    with StopSignals() as stop:
        started_s = clock()
        try:
            session.start()
            _open_sinks(session, options)
            _watch(session, stop.event, None if seconds is None else started_s + seconds, show, clock)
            status, ended_s = session.status(), clock()
            recording = session.stop_recording() if options.record else None
        finally:
            session.stop(STOP_WITHIN_S)
    return Ended(status, ended_s - started_s, recording, session.error(), stop.exit_code)


def _open_sinks(session: LiveSession, options: LiveOptions) -> None:
    if options.record:
        session.start_recording(options.record)
    if options.virtual_camera:
        session.start_virtual_camera()
    if options.motion_track:
        session.keep_motion()


def _watch(
    session: LiveSession,
    stop: threading.Event,
    until_s: float | None,
    show: Callable[[Status], None],
    clock: Callable[[], float],
) -> None:
    while session.running and not stop.is_set():
        left_s = LOOK_EVERY_S if until_s is None else min(LOOK_EVERY_S, until_s - clock())
        if left_s <= 0:
            return
        show(session.status())
        stop.wait(left_s)
