"""Fair shares of one engine: the threads of several clients paint in turns. Any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class FairTurns:
    """Lets one thread paint at a time; of those that wait, the one that has painted for the least time.

    Start-time fair queueing (Goyal, Vin and Cheng 1996): a client of large pictures gets fewer of them, not more time,
    and one that did not paint for a while is not owed that time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        self._clock = clock
        self._changed = threading.Condition()
        self._spent_s: dict[object, float] = {}
        self._waiting: list[object] = []
        self._busy, self._now_s = False, 0.0

    @contextmanager
    def turn(self, client: object) -> Iterator[None]:
        """Wait for a turn of `client`, which lasts for the `with` block."""
        with self._changed:
            self._spent_s[client] = max(self._spent_s.get(client, 0.0), self._now_s)
            self._waiting.append(client)
            self._changed.wait_for(lambda: not self._busy and client is self._next())
            self._waiting.remove(client)
            self._busy, self._now_s = True, self._spent_s[client]
        began_s = self._clock()
        try:
            yield
        finally:
            with self._changed:
                self._spent_s[client] += self._clock() - began_s
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> object:
        return min(self._waiting, key=lambda client: self._spent_s[client])
