"""Short pieces of work shared by the calling thread and one helper thread of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import cv2

T = TypeVar("T")


def share(items: Iterable[T], work: Callable[[T, int], None], workers: int = 2) -> None:
    """Call `work(item, worker)` for every item; returns when all are done.

    The caller does not wait for a helper that has not begun. The work should release the interpreter's lock, and last a
    tenth of a millisecond or more.

    Args:
        items: each is taken by one of the threads.
        work: called with an item and 0 on the calling thread, 1 on the helper.
        workers: 1: the calling thread alone.
    """
    remaining, taking = iter(items), threading.Lock()
    if workers == 1:
        return _work(remaining, taking, work, 0)
    helping = _helper().submit(_work, remaining, taking, work, 1)
    try:
        _work(remaining, taking, work, 0)
    finally:
        _finish(helping)


def use_one_opencv_thread() -> None:
    """Let OpenCV compute on the calling threads alone, in the whole process.

    Its pool spins after every call, on cores that a live session needs for networks, decoder and encoder.
    """
    cv2.setNumThreads(1)


def _work(remaining: Iterator[T], taking: threading.Lock, work: Callable[[T, int], None], worker: int) -> None:
    while True:
        with taking:
            item = next(remaining, None)
        if item is None:
            return
        work(item, worker)


def _finish(helping: Future[None]) -> None:
    if not helping.cancel():
        helping.result()


@cache
def _helper() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "shared-work")
