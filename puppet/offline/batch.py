"""Runs the jobs of a batch in processes of their own: one that fails or crashes ends no other.

An output exists only when it is complete, so a job whose output exists is done: the same command continues after a
kill. As many jobs run at once as raise the number of frames per second. Main thread only.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from puppet.config import RenderOptions
from puppet.errors import PuppetError
from puppet.offline.job_list import Job

if TYPE_CHECKING:
    from puppet.offline.kept_pack import KeptPack

MOST_WORKERS = 8
_GAIN = 1.1  # times as many frames per second, or a further worker is not worth its memory
_WARM_UP_S, _MEASURED_S = 3.0, 8.0  # after a worker's first frame; and the length of a measurement
_POLL_S = 0.2
_STOP_S = 10.0


class State(Enum):
    """State of a job; the values are written to the report."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"  # its output exists
    FAILED = "failed"
    CANCELLED = "cancelled"  # by the person


@dataclass(frozen=True, slots=True)
class Result:
    """A job and what became of it.

    Attributes:
        job: what was asked for.
        state: see State.
        frames: rendered frames.
        total: number of frames of the driver; None: unknown.
        seconds: time that it took.
        error: why it failed, one line, or "".
    """

    job: Job
    state: State = State.WAITING
    frames: int = 0
    total: int | None = None
    seconds: float = 0.0
    error: str = ""

    def as_json(self) -> dict[str, object]:
        """Return the fields for a report."""
        return {
            "source": str(self.job.source),
            "driving": str(self.job.driving),
            "out": str(self.job.out),
            "state": self.state.value,
            "frames": self.frames,
            "seconds": round(self.seconds, 1),
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Message:
    """A worker's report about its job; the fields are those of Result."""

    state: State
    frames: int = 0
    total: int | None = None
    error: str = ""


Show = Callable[[Sequence[Result], int], None]
"""Called several times a second, and after every change, with the number of the job that changed."""


class Body(Protocol):
    """Renders one job; raises PuppetError."""

    def __call__(self, job: Job, options: RenderOptions, overwrite: bool, progress: Callable[..., None]) -> int:
        """Return the number of frames; calls `progress` with the frames done and in all."""


def render_job(job: Job, options: RenderOptions, overwrite: bool, progress: Callable[..., None]) -> int:
    """Render a job; creates the output's folder. The pack and the portraits are kept for the next job."""
    from puppet.offline.render import animate

    job.out.parent.mkdir(parents=True, exist_ok=True)
    options, kept = job.options or options, _kept_pack()
    return animate(job.source, job.driving, job.out, options, overwrite=overwrite, progress=progress, kept=kept)


@cache
def _kept_pack() -> KeptPack:
    """Return the one of this process."""
    from puppet.offline.kept_pack import KeptPack

    return KeptPack()


class Worker:
    """A process that renders one job after the other."""

    def __init__(self, body: Body, options: RenderOptions, overwrite: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_work, args=(theirs, body, options, overwrite, os.getpid()), daemon=True
        )
        self.process.start()
        theirs.close()
        self.index = -1  # of its job; -1: none
        self.began_s = 0.0

    def begin(self, index: int, job: Job) -> None:
        """Give it a job."""
        self.index, self.began_s = index, time.monotonic()
        self.connection.send(job)

    def end(self) -> str:
        """End the process; return why it ended by itself, or ""."""
        self.connection.close()
        self.process.join(_STOP_S)
        code = self.process.exitcode
        if code is None:
            self.process.kill()
            self.process.join()
        return f"its process ended with code {code}; try it alone" if code else ""


class Batch:
    """Runs jobs.

    Attributes:
        results: one for each job, in their order.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        options: RenderOptions,
        *,
        overwrite: bool = False,
        workers: int | None = None,
        body: Body | None = None,
    ) -> None:
        """`workers`: number of jobs at once; None: as many as raise the throughput. `body` renders a job."""
        self.results = [Result(job) for job in jobs]
        self._options, self._overwrite, self._body = options, overwrite, body or render_job
        self._growth = _Growth(workers)
        self._waiting: deque[int] = deque()
        self._workers: list[Worker] = []

    def run(self, show: Show) -> None:
        """Run every job to its end. On KeyboardInterrupt, the running ones are stopped first."""
        for index, result in enumerate(self.results):
            if result.job.out.exists() and not self._overwrite:
                self._set(index, show, state=State.SKIPPED)
            else:
                self._waiting.append(index)
        try:
            while self._waiting or any(worker.index >= 0 for worker in self._workers):
                self._hand_out(show)
                self._listen(show)
        finally:
            for worker in self._workers:
                if worker.index >= 0:  # Ctrl-C reaches every process of a terminal, other signals only this one
                    with suppress(OSError):
                        worker.process.terminate()
            for worker in self._workers:
                worker.end()

    def _hand_out(self, show: Show) -> None:
        idle = [worker for worker in self._workers if worker.index < 0]
        busy = len(self._workers) - len(idle)
        while self._waiting and busy < self._growth.workers:
            if idle:
                worker = idle.pop()
            else:
                worker = Worker(self._body, self._options, self._overwrite)
                self._workers.append(worker)
            index = self._waiting.popleft()
            worker.begin(index, self.results[index].job)
            busy += 1
            self._set(index, show, state=State.RUNNING)

    def _listen(self, show: Show) -> None:
        """Take what the workers report."""
        ready = wait([worker.connection for worker in self._workers if worker.index >= 0], _POLL_S)
        for worker in [worker for worker in self._workers if worker.connection in ready]:
            try:
                self._take(worker, worker.connection.recv(), show)
            except (EOFError, OSError):
                self._workers.remove(worker)
                self._finish(worker, show, State.FAILED, error=worker.end() or "its process ended; try it alone")
        self._growth.measure(sum(result.frames for result in self.results), len(self._waiting))

    def _take(self, worker: Worker, message: Message, show: Show) -> None:
        if message.state is State.RUNNING:
            self._set(worker.index, show, frames=message.frames, total=message.total)
        elif message.state is State.DONE:
            self._finish(worker, show, State.DONE, frames=message.frames)
        else:
            self._finish(worker, show, State.FAILED, error=message.error)

    def _finish(self, worker: Worker, show: Show, state: State, **fields: object) -> None:
        index, worker.index = worker.index, -1
        self._set(index, show, state=state, seconds=time.monotonic() - worker.began_s, **fields)

    def _set(self, index: int, show: Show, **fields: object) -> None:
        self.results[index] = replace(self.results[index], **fields)  # type: ignore[arg-type]
        show(self.results, index)


class _Growth:
    """Chooses the number of workers: one more as long as that raises the number of frames per second."""

    def __init__(self, workers: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.workers = workers or 1
        self._settled = workers is not None
        self._clock = clock
        self._best_fps = 0.0
        self._since: tuple[float, int] | None = None  # time and frames when the measurement began
        self._changed_s: float | None = None

    def measure(self, frames: int, waiting: int) -> None:
        """Account for the frames of all jobs so far; `waiting`: jobs that no worker has."""
        if self._settled or not frames:
            return
        now_s = self._clock()
        if self._changed_s is None:
            self._changed_s = now_s
        if now_s - self._changed_s < _WARM_UP_S:
            return
        if self._since is None:
            self._since = now_s, frames
        elif now_s - self._since[0] >= _MEASURED_S:
            self._decide((frames - self._since[1]) / (now_s - self._since[0]), waiting)
            self._since, self._changed_s = None, now_s

    def _decide(self, fps: float, waiting: int) -> None:
        if fps >= _GAIN * self._best_fps and self.workers < MOST_WORKERS:
            self._best_fps = fps
            if waiting:
                self.workers += 1
            return
        self.workers = max(1, self.workers - 1)
        self._settled = True


def _work(connection: Connection, body: Body, options: RenderOptions, overwrite: bool, parent: int) -> None:
    """Body of a worker's process: render jobs until the connection closes or the parent is gone."""
    from puppet.concurrency.signals import on_signals

    def interrupt(_number: int) -> None:
        raise KeyboardInterrupt

    with suppress(EOFError, OSError, KeyboardInterrupt), on_signals(interrupt):
        while True:
            connection.send(_outcome(connection.recv(), connection, body, options, overwrite, parent))


def _outcome(
    job: Job, connection: Connection, body: Body, options: RenderOptions, overwrite: bool, parent: int
) -> Message:
    told_s = 0.0

    def progress(done: int, total: int | None) -> None:
        nonlocal told_s
        if os.getppid() != parent and os.name != "nt":
            raise KeyboardInterrupt  # what was rendered is kept
        if time.monotonic() - told_s > _POLL_S:
            told_s = time.monotonic()
            connection.send(Message(State.RUNNING, done, total))

    frames, error = attempt(lambda: body(job, options, overwrite, progress))
    return Message(State.FAILED if error else State.DONE, frames, error=error)


def attempt(render: Callable[[], int]) -> tuple[int, str]:
    """Return the number of frames that were rendered, and why that failed, one line, or ""."""
    try:
        return render(), ""
    except PuppetError as error:
        return 0, "; ".join([str(error), *getattr(error, "__notes__", [])])
    except (MemoryError, OSError) as error:
        return 0, f"{type(error).__name__}: {' '.join(str(error).split())}"


def report(results: Sequence[Result]) -> dict[str, object]:
    """Return the report of a batch for JSON: numbers in all, then every job."""
    counts = {state.value: sum(result.state is state for result in results) for state in State}
    return {"jobs": len(results), **counts, "results": [result.as_json() for result in results]}


def recovery_folders(jobs: Sequence[Job]) -> list[Path]:
    """Return the folders of the outputs that exist."""
    return [folder for folder in dict.fromkeys(job.out.parent for job in jobs) if folder.is_dir()]
