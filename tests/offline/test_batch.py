"""Batches: every job in a process, failures that end no other job, and a second run that continues."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from puppet.config import RenderOptions
from puppet.errors import MediaError
from puppet.offline.batch import Batch, Result, State, _Growth, report
from puppet.offline.job_list import Job


def write_name(job: Job, options: RenderOptions, overwrite: bool, progress: Callable[..., None]) -> int:
    """Stand-in for a rendering, in the worker's process: the portrait's name says what happens."""
    for done in range(3):
        progress(done, 3)
    if job.source.stem == "bad":
        raise MediaError(f"{job.source}: is not a picture; choose another file")
    if job.source.stem == "crash":
        os._exit(9)
    if job.source.stem == "slow":
        time.sleep(30)
    job.out.write_text(f"{job.source.stem} {os.getpid()} {overwrite}")
    return 3


def _jobs(tmp_path: Path, *names: str) -> list[Job]:
    return [Job(Path(f"{name}.png"), Path("d.mp4"), tmp_path / f"{number}.mp4") for number, name in enumerate(names)]


def _run(jobs: Sequence[Job], *, overwrite: bool = False, workers: int | None = 1) -> list[Result]:
    batch = Batch(jobs, RenderOptions(), overwrite=overwrite, workers=workers, body=write_name)
    shown: list[State] = []
    batch.run(lambda results, index: shown.append(results[index].state))
    assert shown
    return batch.results


def test_a_bad_job_and_a_crash_end_no_other(tmp_path: Path) -> None:
    results = _run(_jobs(tmp_path, "good", "bad", "crash", "good"))
    assert [result.state for result in results] == [State.DONE, State.FAILED, State.FAILED, State.DONE]
    assert results[1].error == "bad.png: is not a picture; choose another file"
    assert "code 9" in results[2].error
    counts = report(results)
    assert (counts["jobs"], counts["done"], counts["failed"]) == (4, 2, 2)


def test_what_is_there_is_not_done_again_unless_it_may_be_replaced(tmp_path: Path) -> None:
    jobs = _jobs(tmp_path, "good", "good")
    jobs[0].out.write_text("finished before")
    assert [result.state for result in _run(jobs)] == [State.SKIPPED, State.DONE]
    assert jobs[0].out.read_text() == "finished before"
    assert [result.state for result in _run(jobs, overwrite=True)] == [State.DONE, State.DONE]
    assert jobs[0].out.read_text().endswith("True")


def test_several_at_once_run_in_processes_of_their_own(tmp_path: Path) -> None:
    jobs = _jobs(tmp_path, *["good"] * 4)
    _run(jobs, workers=2)
    processes = {job.out.read_text().split()[1] for job in jobs}
    assert str(os.getpid()) not in processes
    assert 1 <= len(processes) <= 2


def test_an_interruption_stops_the_running_job_and_ends_its_process(tmp_path: Path) -> None:
    batch = Batch(_jobs(tmp_path, "slow", "good"), RenderOptions(), workers=1, body=write_name)
    started: list[int] = []

    def interrupt(results: Sequence[Result], index: int) -> None:
        if results[index].total:
            started.append(index)
            raise KeyboardInterrupt

    began_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        batch.run(interrupt)
    assert time.monotonic() - began_s < 20
    assert started == [0]
    assert batch.results[1].state is State.WAITING
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fps_with", "settled"),
    [({1: 10.0, 2: 10.5}, 1), ({1: 10.0, 2: 19.0, 3: 20.0}, 2), ({1: 10.0, 2: 9.0}, 1)],
)
def test_workers_are_added_while_they_raise_the_throughput(fps_with: dict[int, float], settled: int) -> None:
    now_s, frames = 0.0, 0.0
    growth = _Growth(None, clock=lambda: now_s)
    for _ in range(600):
        now_s += 0.1
        frames += fps_with.get(growth.workers, 0.0) * 0.1
        growth.measure(round(frames), waiting=5)
    assert growth.workers == settled
