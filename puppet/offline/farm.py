"""Runs the jobs of a batch on a Ray cluster: one worker on each machine, progress and retries in one place.

A worker is a Ray actor: a process that keeps the pack and its portraits open between jobs. Files lie in a folder that
all machines have under the same name, or are copied through a store that fsspec opens. Main thread only.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from puppet.config import RenderOptions
from puppet.errors import ConfigError, PuppetError
from puppet.media.files import temporary_folder
from puppet.offline.batch import Body, Result, Show, State, attempt, render_job
from puppet.offline.file_store import FileStore
from puppet.offline.job_list import Job

RETRIES = 2
"""Attempts after the first for a job whose worker was lost."""
_POLL_S = 0.3
_ROOT = Path(__file__).parents[2]


class Farm:
    """Runs jobs on a cluster; the interface is that of `Batch`.

    Attributes:
        results: one for each job, in their order.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        options: RenderOptions,
        address: str,
        *,
        overwrite: bool = False,
        workers: int | None = None,
        store: str = "",
        body: Body = render_job,
    ) -> None:
        """Connect to the cluster.

        Args:
            jobs: what to render.
            options: of jobs that have none of their own.
            address: "auto", the cluster this machine belongs to, or "ray://HOST:PORT".
            overwrite: do jobs again whose output exists.
            workers: number of workers; None: one for each machine.
            store: URL of a folder that fsspec opens, through which files are copied; "": the folders are shared.
            body: renders a job.

        Raises:
            ConfigError: Ray is missing, the cluster cannot be reached, or the store cannot be opened.
        """
        self.results = [Result(job) for job in jobs]
        self._options, self._overwrite, self._body = options, overwrite, body
        self._url, self._store = store, FileStore(store) if store else None
        self._ray = connected(address)
        self._workers = workers or max(1, sum(bool(node["Alive"]) for node in self._ray.nodes()))
        self._waiting: deque[int] = deque()
        self._tries: dict[int, int] = {}

    def run(self, show: Show) -> None:
        """Run every job to its end. On KeyboardInterrupt the workers are stopped first."""
        for index, result in enumerate(self.results):
            if result.job.out.exists() and not self._overwrite:
                self._set(index, show, state=State.SKIPPED)
            else:
                self._waiting.append(index)
        workers = [_Worker(self._ray) for _ in range(min(self._workers, len(self._waiting)))]
        try:
            while self._waiting or any(worker.index >= 0 for worker in workers):
                for worker in workers:
                    if worker.index < 0 and self._waiting:
                        self._begin(worker, self._waiting.popleft(), show)
                self._listen(workers, show)
        finally:
            for worker in workers:
                worker.end()
            self._ray.shutdown()

    def _begin(self, worker: _Worker, index: int, show: Show) -> None:
        job = self.results[index].job
        self._tries[index] = self._tries.get(index, 0) + 1
        try:
            sent = self._store.send(job, index) if self._store else job
        except (PuppetError, OSError) as error:
            self._set(index, show, state=State.FAILED, error=" ".join(str(error).split()))
            return
        worker.begin(index, sent, self._options, self._overwrite, self._url, self._body)
        self._set(index, show, state=State.RUNNING, frames=0)

    def _listen(self, workers: Sequence[_Worker], show: Show) -> None:
        """Take what the workers report."""
        busy = [worker for worker in workers if worker.index >= 0]
        if not busy:
            return
        ended, _ = self._ray.wait([worker.task for worker in busy], timeout=_POLL_S)
        for worker in busy:
            if worker.task in ended:
                self._take(worker, show)
            elif (progress := worker.progress()) is not None and progress[0]:
                self._set(worker.index, show, frames=progress[0], total=progress[1])

    def _take(self, worker: _Worker, show: Show) -> None:
        index, worker.index = worker.index, -1
        seconds = time.monotonic() - worker.began_s
        try:
            frames, error = self._ray.get(worker.task)
        except (self._ray.exceptions.RayError, OSError) as lost:
            worker.restart()
            if self._tries[index] <= RETRIES:
                self._set(index, show, state=State.WAITING)
                self._waiting.append(index)
            else:
                reason = f"its worker was lost {self._tries[index]} times ({type(lost).__name__}); try it alone"
                self._set(index, show, state=State.FAILED, error=reason, seconds=seconds)
            return
        if not error and self._store:
            error = self._store.fetch(self.results[index].job, index, overwrite=self._overwrite)
        state = State.FAILED if error else State.DONE
        self._set(index, show, state=state, error=error, frames=frames, seconds=seconds)

    def _set(self, index: int, show: Show, **fields: object) -> None:
        self.results[index] = replace(self.results[index], **fields)  # type: ignore[arg-type]
        show(self.results, index)


class _Worker:
    """One Ray actor, as the driver sees it."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self.index, self.began_s = -1, 0.0
        self.task: Any = None
        self._asked: Any = None
        self.restart()

    def restart(self) -> None:
        """Start another process, on the machine with the fewest."""
        kind = self._ray.remote(FarmWorker)
        self._actor = kind.options(max_concurrency=2, num_cpus=1, scheduling_strategy="SPREAD").remote()
        self._asked = None

    def begin(self, index: int, job: Job, options: RenderOptions, overwrite: bool, store: str, body: Body) -> None:
        """Give it a job."""
        self.index, self.began_s, self._asked = index, time.monotonic(), None
        self.task = self._actor.render.remote(job, options, overwrite, store, body)

    def progress(self) -> tuple[int, int | None] | None:
        """Return the frames done and in all, as far as they are known; does not block."""
        found = None
        if self._asked is not None and self._ray.wait([self._asked], timeout=0)[0]:
            with suppress(self._ray.exceptions.RayError):
                found = self._ray.get(self._asked)
            self._asked = None
        if self._asked is None:
            self._asked = self._actor.progress.remote()
        return found

    def end(self) -> None:
        """Stop its process."""
        with suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(self._actor)


class FarmWorker:
    """Renders jobs on its machine. Two threads: one renders, one answers."""

    def __init__(self) -> None:
        self._done: tuple[int, int | None] = 0, None

    def progress(self) -> tuple[int, int | None]:
        """Return the frames done and in all; None: not known."""
        return self._done

    def render(self, job: Job, options: RenderOptions, overwrite: bool, store: str, body: Body) -> tuple[int, str]:
        """Return the number of frames, and why the job failed, or ""."""
        self._done = 0, None

        def progress(done: int, total: int | None) -> None:
            self._done = done, total

        def stored() -> int:
            with temporary_folder() as folder:
                return FileStore(store).render(job, folder, lambda local: body(local, options, True, progress))

        return attempt(stored if store else lambda: body(job, options, overwrite, progress))


def connected(address: str) -> Any:
    """Return Ray, connected to a cluster. Raises ConfigError when it is missing or no cluster answers."""
    try:
        import ray  # type: ignore[import-not-found, unused-ignore] # of the extra "farm"
    except ImportError as error:
        raise ConfigError(f"--on {address}: Ray is not installed; run pip install 'puppet-portrait[farm]'") from error
    try:
        # Workers on this machine run this very code, others the Puppet that is installed there.
        paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        environment = {"env_vars": {"PYTHONPATH": paths}}
        ray.init(address, runtime_env=environment, log_to_driver=False, logging_level="error", ignore_reinit_error=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"--on {address}: no Ray cluster answers ({reason}); start one with ray start --head"
        ) from error
    return ray
