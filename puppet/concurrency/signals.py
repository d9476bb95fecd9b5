"""Signals that end the program: Ctrl-C, Ctrl-Break, SIGTERM, and SIGHUP when the terminal closes. Main thread only."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # Windows has no SIGHUP, other systems no SIGBREAK
_SAME_S = 0.5  # `timeout`, shells and terminals may send a signal twice


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to end.

    Attributes:
        exit_code: 128 plus the signal's number.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def interrupt(number: int) -> None:
    """Raise `Interrupted`, for `on_signals`."""
    raise Interrupted(number)


@contextmanager
def on_signals(end: Callable[[int], None], clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Within this context, call `end` with the number of the first signal; a second one ends the program at once.

    A signal that follows within half a second belongs to the first. SIGHUP stays ignored where it is: under nohup.

    Args:
        end: called on the main thread, between two of its instructions; may raise.
        clock: seconds, monotonic.
    """
    first_s: float | None = None

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal first_s
        if first_s is None:
            first_s = clock()
            end(number)
        elif clock() - first_s > _SAME_S:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if number == signal.SIGINT or handler is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
