"""Work that must not hold up the window: lanes of background jobs whose results the window collects.

Besides the session's own threads these are the only ones. No Qt signal leaves a worker: a finished job waits in a queue
until the window's timer calls `Worker.deliver`, so callbacks always run on the GUI thread.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeAlias, TypeVar

from puppet.errors import PuppetError

T = TypeVar("T")
Job: TypeAlias = Callable[[], None]
_log = logging.getLogger(__name__)


class Worker:
    """One named daemon thread that does jobs in order. Call everything but `post` from the GUI thread.

    Args:
        name: of the thread, for logs and debuggers.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._finished: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        urgent: bool = False,
    ) -> Job:
        """Have `work` done on the thread, then `done(result)` or `failed(error)` by `deliver`; never blocks.

        An `urgent` job goes before those that wait already. The job that is returned can be hastened or cancelled.
        """
        job = partial(self._do, work, done, failed)
        with self._changed:
            if self._closed:
                return job
            (self._jobs.appendleft if urgent else self._jobs.append)(job)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        return job

    def prioritise(self, job: Job) -> None:
        """Put a job that still waits before the others."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)
                self._jobs.appendleft(job)

    def cancel(self, job: Job) -> None:
        """Forget a job if it still waits."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

    def deliver(self) -> None:
        """Run the callbacks of the jobs finished since the last call."""
        while True:
            try:
                self._finished.get_nowait()()
            except queue.Empty:
                return

    def post(self, callback: Callable[[], None]) -> None:
        """Have `deliver` run a callback; any thread."""
        self._finished.put(callback)

    def close(self, timeout_s: float) -> bool:
        """Forget the waiting jobs and wait for the running one; False when it is still running after `timeout_s`."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    return
                job = self._jobs.popleft()
            job()

    def _do(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        try:
            result = work()
        except PuppetError as error:
            self._finished.put(partial(failed, error))
        except Exception as error:  # noqa: BLE001 — a bug: the thread must live on, and the person must hear of it
            if not self._closed:  # after that, what the job works on may be gone
                _log.exception("a job on %s failed", self._name)
            self._finished.put(partial(failed, error))
        else:
            self._finished.put(partial(done, result))
