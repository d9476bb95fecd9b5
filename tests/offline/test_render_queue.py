"""The queue of the window: jobs one after the other, pause, cancel, crashes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from puppet.config import RenderOptions
from puppet.errors import MediaError
from puppet.media.files import unfinished_name
from puppet.offline.batch import State
from puppet.offline.job_list import Job
from puppet.offline.render_queue import RenderQueue
from tests.support.waiting import until


def _body(job: Job, options: RenderOptions, overwrite: bool, progress: Callable[..., None]) -> int:
    """Stand-in for a rendering, in the process: the portrait's name says what happens."""
    if job.source.stem == "bad":
        raise MediaError(f"{job.source}: is not a picture; choose another file")
    if job.source.stem == "crash":
        os._exit(9)
    done = 0
    try:
        while job.source.stem == "slow" and not job.source.exists():
            done += 1
            progress(done, 1000)
            time.sleep(0.05)
    except KeyboardInterrupt:
        unfinished_name(job.out).write_text("what was rendered")
        raise
    job.out.write_text(str(os.getpid()))
    return 3


@pytest.fixture
def queue() -> Iterator[RenderQueue]:
    made = RenderQueue(_body)
    yield made
    made.close(10.0)


def _job(folder: Path, name: str, number: int = 0) -> Job:
    return Job(folder / f"{name}.png", folder / "take", folder / f"{name}{number}.mp4")


def _states(queue: RenderQueue) -> list[State]:
    return [result.state for result in queue.results]


def test_jobs_are_rendered_in_one_process_and_failures_end_no_other(queue: RenderQueue, tmp_path: Path) -> None:
    queue.add([_job(tmp_path, "good"), _job(tmp_path, "bad"), _job(tmp_path, "good", 1), _job(tmp_path, "crash")])
    queue.add([_job(tmp_path, "good", 2)])
    until(lambda: State.WAITING not in _states(queue) and State.RUNNING not in _states(queue))
    assert _states(queue) == [State.DONE, State.FAILED, State.DONE, State.FAILED, State.DONE]
    first, second, last = (queue.results[number].job.out.read_text() for number in (0, 2, 4))
    assert first == second != last
    assert "code 9" in queue.results[3].error


def test_a_cancelled_job_leaves_nothing_and_the_next_one_begins(queue: RenderQueue, tmp_path: Path) -> None:
    queue.add([_job(tmp_path, "slow"), _job(tmp_path, "good"), _job(tmp_path, "good", 1)])
    until(lambda: queue.results[0].frames > 0)
    queue.cancel(1)
    queue.cancel(0)
    until(lambda: queue.results[2].state is State.DONE)
    assert _states(queue)[:2] == [State.CANCELLED, State.CANCELLED]
    assert [path.name for path in tmp_path.iterdir()] == ["good1.mp4"]


def test_a_paused_job_goes_on_where_it_was(queue: RenderQueue, tmp_path: Path) -> None:
    job = _job(tmp_path, "slow")
    queue.add([job])
    until(lambda: queue.results[0].frames > 0)
    queue.pause(True)
    job.source.touch()  # lets it end
    assert queue.paused
    assert not job.out.exists()
    queue.pause(False)
    until(lambda: queue.results[0].state is State.DONE)


def test_closing_stops_the_running_job_and_keeps_what_it_has_rendered(queue: RenderQueue, tmp_path: Path) -> None:
    job = _job(tmp_path, "slow")
    queue.add([job])
    until(lambda: queue.results[0].frames > 0)
    queue.close(10.0)
    assert unfinished_name(job.out).exists()
    queue.add([job])
    assert len(queue.results) == 1
