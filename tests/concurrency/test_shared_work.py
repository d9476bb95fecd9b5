"""Work shared with a helper thread."""

from __future__ import annotations

import threading

import cv2
import pytest

from puppet.concurrency.shared_work import share, use_one_opencv_thread


@pytest.mark.parametrize("workers", [1, 2])
def test_every_item_is_worked_on_once(workers: int) -> None:
    done: list[int] = []
    share(range(1000), lambda item, worker: done.append(item), workers)
    assert sorted(done) == list(range(1000))


def test_the_helper_takes_items_while_the_caller_works() -> None:
    both = threading.Barrier(2, timeout=20)

    def work(item: int, worker: int) -> None:
        both.wait()

    share(range(2), work)


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_of_either_thread_is_raised(failing: int) -> None:
    both = threading.Barrier(2, timeout=20)

    def work(item: int, worker: int) -> None:
        both.wait()
        if worker == failing:
            raise ValueError("failed")

    with pytest.raises(ValueError, match="failed"):
        share(range(2), work)


def test_opencv_starts_no_threads_beside_those_of_a_session() -> None:
    before = cv2.getNumThreads()
    try:
        use_one_opencv_thread()
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
