"""Background work of the window: worker threads whose results are delivered on the GUI thread.

The window has no other threads than these and the session's. No Qt signal leaves a worker: a finished job waits in a
queue until the window's timer calls `Worker.deliver`, so callbacks always run on the GUI thread.
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
    """A daemon thread that runs jobs in order. Call every method except `post` on the GUI thread.

    Args:
        name: of the thread, for logs and debuggers.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._callbacks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
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
        """Run `work` on the thread; `deliver` then calls `done(result)` or `failed(error)`. Never blocks.

        Args:
            work: the job.
            done: takes its result.
            failed: takes the exception it raised.
            urgent: run it before the jobs that already wait.

        Returns:
            The job, for `prioritise` and `cancel`.
        """
        job = partial(self._run_job, work, done, failed)
        with self._changed:
            if self._closed:
                return job
            (self._jobs.appendleft if urgent else self._jobs.append)(job)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return job

    def prioritise(self, job: Job) -> None:
        """Move a waiting job to the front of the queue."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)
                self._jobs.appendleft(job)

    def cancel(self, job: Job) -> None:
        """Remove a waiting job from the queue."""
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

    def deliver(self) -> None:
        """Run the callbacks of the jobs that finished since the last call."""
        while not self._callbacks.empty():  # nothing else takes from it
            self._callbacks.get()()

    def post(self, callback: Callable[[], None]) -> None:
        """Let `deliver` run a callback; any thread."""
        self._callbacks.put(callback)

    def close(self, timeout_s: float) -> bool:
        """Drop waiting jobs and wait for the running one; return False when it still runs after `timeout_s`."""
        with self._changed:
            self._closed = True
            self._jobs.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if self._closed:
                    return
                job = self._jobs.popleft()
            job()

    def _run_job(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        try:
            result = work()
        except PuppetError as error:
            self.post(partial(failed, error))
        except Exception as error:  # noqa: BLE001 — a bug must neither end the thread nor stay unseen
            if not self._closed:  # after that, the objects the job works on may be gone
                _log.exception("A job on %s failed", self._name)
            self.post(partial(failed, error))
        else:
            self.post(partial(done, result))
