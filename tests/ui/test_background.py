"""Lanes: order, results on the asking thread, errors, and an end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from puppet.errors import MediaError
from ui.background import Worker


@pytest.fixture
def lane() -> Iterator[Worker]:
    made = Worker("test lane")
    yield made
    assert made.close(5)


def finish(lane: Worker, is_done: Callable[[], object]) -> None:
    """Wait for the jobs that wait already, then collect what they left."""
    reached = threading.Event()
    lane.submit(reached.set, lambda _: None, _unexpected)
    assert reached.wait(5)
    while not is_done():
        lane.deliver()


def _unexpected(error: Exception) -> None:
    raise AssertionError(error)


def test_results_come_in_order_on_the_thread_that_delivers(lane: Worker) -> None:
    results: list[tuple[int, int]] = []
    for number in range(3):
        lane.submit(lambda number=number: number, lambda n: results.append((n, threading.get_ident())), _unexpected)  # type: ignore[misc]
    finish(lane, lambda: len(results) == 3)
    assert results == [(number, threading.get_ident()) for number in range(3)]


def test_an_urgent_job_goes_first(lane: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    lane.submit(gate.wait, lambda _: None, _unexpected)
    lane.submit(lambda: "later", done.append, _unexpected)
    lane.submit(lambda: "urgent", done.append, _unexpected, urgent=True)
    gate.set()
    finish(lane, lambda: len(done) == 2)
    assert done == ["urgent", "later"]


def test_a_waiting_job_can_be_hastened(lane: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    lane.submit(gate.wait, lambda _: None, _unexpected)
    lane.submit(lambda: "first", done.append, _unexpected)
    lane.prioritise(lane.submit(lambda: "second", done.append, _unexpected))
    gate.set()
    finish(lane, lambda: len(done) == 2)
    assert done == ["second", "first"]


def test_a_waiting_job_can_be_cancelled(lane: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    lane.submit(gate.wait, lambda _: None, _unexpected)
    lane.cancel(lane.submit(lambda: "first", done.append, _unexpected))
    lane.submit(lambda: "second", done.append, _unexpected)
    gate.set()
    finish(lane, lambda: done != [])
    assert done == ["second"]


def test_errors_reach_the_one_who_asked_and_the_lane_lives_on(lane: Worker) -> None:
    def refuse() -> None:
        raise MediaError("no picture")

    errors: list[Exception] = []
    lane.submit(refuse, lambda _: None, errors.append)
    lane.submit(lambda: 1 // 0, lambda _: None, errors.append)
    finish(lane, lambda: len(errors) == 2)
    assert [type(error) for error in errors] == [MediaError, ZeroDivisionError]


def test_a_closed_lane_forgets_what_waits(lane: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    lane.submit(gate.wait, lambda _: None, _unexpected)
    lane.submit(lambda: "never", done.append, _unexpected)
    assert not lane.close(0)
    gate.set()
    assert lane.close(5)
    lane.submit(lambda: "neither", done.append, _unexpected)
    lane.deliver()
    assert done == []
