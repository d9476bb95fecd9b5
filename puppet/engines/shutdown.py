"""Calls into the engines' libraries that are under way when the program ends.

Threads that open an engine or encode a portrait are daemons, and a window may be closed while they do. Python stops a
daemon where it asks for the interpreter's lock again; inside a library in C++ that aborts the whole process. So the end
of the program waits for what is under way, and lets nothing begin any more.
"""

from __future__ import annotations

import atexit
import threading

_LONGEST_S = 20.0


class LibraryCalls:
    """Counts calls under way: `with` around each, not one inside another."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._ending = False

    def __enter__(self) -> None:
        with self._changed:
            while self._ending:  # for ever: only daemons are left, and their work is of no use to anybody
                self._changed.wait()
            self._under_way += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()

    def end(self) -> None:
        """Wait for what is under way, but not for ever, for a driver may hang."""
        with self._changed:
            self._ending = True
            self._changed.wait_for(lambda: self._under_way == 0, _LONGEST_S)


library_calls = LibraryCalls()
atexit.register(library_calls.end)
