"""Short pieces of work shared by the calling thread and one helper thread of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def share(items: Iterable[T], work: Callable[[T, int], None]) -> None:
    """Call `work(item, worker)` for every item; returns when all are done.

    The calling thread is worker 0, the helper worker 1. The caller does not wait for a helper that has not begun. For
    work that releases the interpreter's lock, and pieces of a tenth of a millisecond or more.
    """
    remaining, taking = iter(items), threading.Lock()
    helping = _helper().submit(_work, remaining, taking, work, 1)
    try:
        _work(remaining, taking, work, 0)
    finally:
        _finish(helping)


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
