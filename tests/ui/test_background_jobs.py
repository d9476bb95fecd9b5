"""Workers: order, delivery of results and errors, closing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from puppet.errors import MediaError
from ui.background_jobs import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("test worker")
    yield made
    assert made.close(5)


def finish(worker: Worker, is_done: Callable[[], object]) -> None:
    """Wait for the jobs that wait already, then collect what they left."""
    reached = threading.Event()
    worker.submit(reached.set, lambda _: None, _unexpected)
    assert reached.wait(5)
    while not is_done():
        worker.deliver()


def _unexpected(error: Exception) -> None:
    raise AssertionError(error)


def test_results_come_in_order_on_the_thread_that_delivers(worker: Worker) -> None:
    results: list[tuple[int, int]] = []
    for number in range(3):
        worker.submit(lambda number=number: number, lambda n: results.append((n, threading.get_ident())), _unexpected)  # type: ignore[misc]
    finish(worker, lambda: len(results) == 3)
    assert results == [(number, threading.get_ident()) for number in range(3)]


def test_an_urgent_job_goes_first(worker: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    worker.submit(gate.wait, lambda _: None, _unexpected)
    worker.submit(lambda: "later", done.append, _unexpected)
    worker.submit(lambda: "urgent", done.append, _unexpected, urgent=True)
    gate.set()
    finish(worker, lambda: len(done) == 2)
    assert done == ["urgent", "later"]


def test_a_waiting_job_can_be_prioritised(worker: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    worker.submit(gate.wait, lambda _: None, _unexpected)
    worker.submit(lambda: "first", done.append, _unexpected)
    worker.prioritise(worker.submit(lambda: "second", done.append, _unexpected))
    gate.set()
    finish(worker, lambda: len(done) == 2)
    assert done == ["second", "first"]


def test_a_waiting_job_can_be_cancelled(worker: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    worker.submit(gate.wait, lambda _: None, _unexpected)
    worker.cancel(worker.submit(lambda: "first", done.append, _unexpected))
    worker.submit(lambda: "second", done.append, _unexpected)
    gate.set()
    finish(worker, lambda: done != [])
    assert done == ["second"]


def test_errors_are_delivered_and_the_worker_continues(worker: Worker) -> None:
    def refuse() -> None:
        raise MediaError("no picture")

    errors: list[Exception] = []
    worker.submit(refuse, lambda _: None, errors.append)
    worker.submit(lambda: 1 // 0, lambda _: None, errors.append)
    finish(worker, lambda: len(errors) == 2)
    assert [type(error) for error in errors] == [MediaError, ZeroDivisionError]


def test_a_closed_worker_drops_waiting_jobs(worker: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    worker.submit(gate.wait, lambda _: None, _unexpected)
    worker.submit(lambda: "never", done.append, _unexpected)
    assert not worker.close(0)
    gate.set()
    assert worker.close(5)
    worker.submit(lambda: "neither", done.append, _unexpected)
    worker.deliver()
    assert done == []
