"""Signals that end the program: Ctrl-C, Ctrl-Break, SIGTERM, and SIGHUP when the terminal closes.

Only the main thread gets them; on another thread nothing happens here.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # Windows has no SIGHUP, other systems no SIGBREAK
_SAME_S = 0.5  # `timeout`, shells and terminals may send a signal twice
_AGAIN_S = 1.0


@contextmanager
def on_signals(end: Callable[[int], None], clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Within this context, call `end` with the number of the first signal; a second one ends the program at once.

    A signal that follows within half a second belongs to the first. SIGHUP stays ignored where it is: under nohup.

    Args:
        end: called on the main thread, between two of its instructions; may raise.
        clock: seconds, monotonic.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone gets signals
        yield
        return
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
    before = {number: handler for number in numbers if (handler := signal.getsignal(number)) is not None}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN or signal.Signals(number).name != "SIGHUP":
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def interrupt_on_signals(again_s: float = _AGAIN_S) -> Iterator[list[int]]:
    """Within this context, the first signal raises KeyboardInterrupt; yield the list that gets its number.

    Libraries that catch every exception, while they are imported for example, would swallow the interrupt: it is
    raised again every `again_s` seconds until it has an effect, where the system has timers.
    """
    received: list[int] = []

    def interrupt(number: int) -> None:
        received.append(number)
        if sys.platform != "win32":
            signal.signal(signal.SIGALRM, _raise_if_swallowed)
            signal.setitimer(signal.ITIMER_REAL, again_s, again_s)
        raise KeyboardInterrupt

    try:
        with on_signals(interrupt):
            yield received
    finally:
        if received and sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _raise_if_swallowed(_number: int, _frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, unless one is on its way and the running code cleans up."""
    error = sys.exception()
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return
        error = error.__context__
    raise KeyboardInterrupt


@dataclass(slots=True)
class Stop:
    """A request to end: `event` is set, and `number` is the signal's; 0: there was none."""

    event: threading.Event = field(default_factory=threading.Event)
    number: int = 0

    @property
    def exit_code(self) -> int:
        """The program's exit code: 0, or 128 plus the signal's number."""
        return 128 + self.number if self.number else 0


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Within this context, a signal sets the yielded `Stop`; a second one ends the program at once."""
    stop = Stop()

    def request_stop(number: int) -> None:
        stop.number = number
        stop.event.set()

    with on_signals(request_stop):
        yield stop
