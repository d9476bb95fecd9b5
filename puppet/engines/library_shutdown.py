"""Let running calls into C++ libraries finish before the program ends, and start no new ones.

Daemon threads open engines and encode portraits while a window may be closed. Python stops a daemon thread where it
asks for the interpreter's lock again; inside a C++ library that aborts the whole process.
"""

from __future__ import annotations

import atexit
import threading

_MAX_WAIT_S = 20.0


class LibraryCalls:
    """Counts running calls: enter it around each call; calls must not be nested."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._ending = False

    def __enter__(self) -> None:
        with self._changed:
            while self._ending:  # for ever: only daemon threads are left, and nothing needs their results
                self._changed.wait()
            self._running += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def end(self) -> None:
        """Wait until no call is running, for at most 20 seconds: a driver may hang."""
        with self._changed:
            self._ending = True
            self._changed.wait_for(lambda: self._running == 0, _MAX_WAIT_S)


library_calls = LibraryCalls()
atexit.register(library_calls.end)
