"""Runs a session without a window until its time is over, it ends by itself, its last sink fails, or a signal comes.

Main thread only: it installs signal handlers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from puppet.concurrency.signals import stop_on_signals
from puppet.config import LiveOptions
from puppet.domain import Status
from puppet.errors import PuppetError, SinkError
from puppet.live.session_protocol import LiveSession

POLL_S = 0.2
_FAILED = 2
_log = logging.getLogger(__name__)
_STOP_S = 2.0


@dataclass(frozen=True, slots=True)
class Ended:
    """Result of a live session.

    Attributes:
        status: the last one before the stop.
        seconds: duration.
        recording: the finished recording, or None.
        error: why it ended early, or None: the session or its last sink failed.
        exit_code: 0, 2 after a sink failed, or 128 plus the number of the signal that ended it: 130 after Ctrl-C
            (SIGINT), 143 after SIGTERM.
    """

    status: Status
    seconds: float
    recording: Path | None
    error: PuppetError | None
    exit_code: int


def run_live(
    session: LiveSession,
    options: LiveOptions,
    seconds: float | None,
    show: Callable[[Status], None],
    clock: Callable[[], float] = time.monotonic,
) -> Ended:
    """Run a session to its end and stop it; blocks.

    Args:
        session: not started yet.
        options: sinks to open.
        seconds: duration; None: until a signal or the end of the camera's file.
        show: called with the newest status several times a second.
        clock: seconds, monotonic.

    Raises:
        SinkError: a sink cannot be opened.
    """
    recording = None
    with stop_on_signals() as stop:
        started_s = clock()
        try:
            session.start()
            if options.record:
                session.start_recording(options.record)
            if options.virtual_camera:
                session.start_virtual_camera()
            if options.motion_track:
                session.keep_motion()
            told = _watch(session, stop.event, None if seconds is None else started_s + seconds, show, clock)
            status, ended_s = session.status(), clock()
            recording = session.stop_recording() if options.record else None
        finally:
            session.stop(_STOP_S)
    failed = list(session.status().failed_sinks.values())
    error = session.error() or next((SinkError(line) for line in failed if line not in told), None)
    return Ended(status, ended_s - started_s, recording, error, _FAILED if failed else stop.exit_code)


def _watch(
    session: LiveSession,
    stop: threading.Event,
    until_s: float | None,
    show: Callable[[Status], None],
    clock: Callable[[], float],
) -> set[str]:
    """Show the status until the session ends or has no sink left; return the failures of sinks that were reported."""
    told = set[str]()
    while session.running and not stop.is_set():
        left_s = POLL_S if until_s is None else min(POLL_S, until_s - clock())
        status = session.status()
        failed = set(status.failed_sinks.values())
        if left_s <= 0 or (failed and not status.sinks):
            return told
        for line in sorted(failed - told):
            _log.warning("%s; the session goes on with %s", line, ", ".join(status.sinks.values()))
        told |= failed
        show(replace(status, message="" if status.message in told else status.message))
        stop.wait(left_s)
    return told
