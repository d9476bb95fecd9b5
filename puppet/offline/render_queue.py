"""Renders jobs in the background, one after the other, in a process of low priority: for the window. Any thread."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait

import psutil

from puppet.config import RenderOptions
from puppet.media.files import unfinished_name
from puppet.offline.batch import Body, Message, Result, State, Worker, render_job
from puppet.offline.job_list import Job

_POLL_S = 0.2
_ENDED = (State.DONE, State.FAILED, State.CANCELLED)


class RenderQueue:
    """Renders in a process of its own, so that the live picture goes on; a crash there is one failed job.

    Attributes:
        results: one for each job that was added, in their order; replaced whole.
    """

    def __init__(self, body: Body = render_job) -> None:
        """Start nothing yet. `body` renders a job in the process."""
        self.results: tuple[Result, ...] = ()
        self._body = body
        self._changed = threading.Condition()
        self._paused = self._closed = False
        self._worker: Worker | None = None
        self._running = -1  # number of the job in the process
        self._thread: threading.Thread | None = None

    def add(self, jobs: Sequence[Job]) -> None:
        """Render these jobs after those that wait; never blocks. Outputs that exist are not replaced."""
        with self._changed:
            if self._closed:
                return
            self.results = (*self.results, *map(Result, jobs))
            self._changed.notify_all()
            if self._thread is None:
                # A daemon: it must not keep the window from ending.
                self._thread = threading.Thread(target=self._run, name="puppet-renders", daemon=True)
                self._thread.start()

    def cancel(self, index: int) -> None:
        """Drop a waiting job, or stop the running one and remove what it has written."""
        with self._changed:
            if self.results[index].state in _ENDED:
                return
            self._set(index, state=State.CANCELLED)
            if index == self._running:
                self._resume()
                self._end_process()
            self._changed.notify_all()

    @property
    def paused(self) -> bool:
        """True if no job goes on."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Halt the running job and begin no other, or go on."""
        with self._changed:
            self._paused = paused
            self._halt() if paused else self._resume()
            self._changed.notify_all()

    def close(self, timeout_s: float = 2.0) -> None:
        """Stop the running job and drop the others; blocks. What was rendered is kept as NAME-unfinished."""
        with self._changed:
            self._closed = True
            self._resume()
            self._end_process()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        """Body of the thread."""
        while (index := self._next()) is not None:
            self._render(index)

    def _next(self) -> int | None:
        """Return the next job, once there is one; None after `close`."""
        with self._changed:
            while not self._closed:
                waiting = (number for number, each in enumerate(self.results) if each.state is State.WAITING)
                if not self._paused and (index := next(waiting, None)) is not None:
                    if self._worker is None:
                        self._worker = Worker(self._body, RenderOptions(), False)
                        _lower_priority(self._worker.process.pid)
                    self._running = index
                    self._set(index, state=State.RUNNING)
                    self._worker.begin(index, self.results[index].job)
                    return index
                self._changed.wait()
        return None

    def _render(self, index: int) -> None:
        """Follow a job to its end."""
        worker, began_s, message = self._worker, time.monotonic(), None
        assert worker is not None
        with suppress(EOFError, OSError):
            while message is None or message.state is State.RUNNING:
                if wait([worker.connection], _POLL_S):
                    message = worker.connection.recv()
                    with self._changed:
                        if self.results[index].state is State.RUNNING:
                            self._set(index, frames=message.frames, total=message.total or self.results[index].total)
        reason = "" if message is not None and message.state in _ENDED else worker.end()
        with self._changed:
            if reason or message is None or message.state is State.RUNNING:
                self._worker, message = None, Message(State.FAILED, error=reason or "its process ended; try it again")
            self._running = -1
            cancelled = self.results[index].state is State.CANCELLED
            if not cancelled:
                frames = message.frames or self.results[index].frames
                taken_s = time.monotonic() - began_s
                self._set(index, state=message.state, error=message.error, seconds=taken_s, frames=frames)
        if cancelled:
            with suppress(OSError):
                unfinished_name(self.results[index].job.out).unlink()

    def _set(self, index: int, **fields: object) -> None:
        changed = replace(self.results[index], **fields)  # type: ignore[arg-type]
        self.results = (*self.results[:index], changed, *self.results[index + 1 :])

    def _end_process(self) -> None:
        if self._worker is not None:
            with suppress(OSError):
                self._worker.process.terminate()

    def _halt(self) -> None:
        if self._running >= 0 and self._worker is not None:
            with suppress(psutil.Error):
                psutil.Process(self._worker.process.pid).suspend()

    def _resume(self) -> None:
        if self._worker is not None:
            with suppress(psutil.Error):
                psutil.Process(self._worker.process.pid).resume()


def _lower_priority(process: int | None) -> None:
    """Let the live picture go first."""
    with suppress(psutil.Error):
        psutil.Process(process).nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if os.name == "nt" else 10)
