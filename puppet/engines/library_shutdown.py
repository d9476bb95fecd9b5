"""Let running calls into C++ libraries finish before the program ends, and start no new ones.

Daemon threads open engines and encode portraits while a window may be closed. Python stops a daemon thread where it
asks for the interpreter's lock again; inside a C++ library that aborts the whole process. A call that takes too long,
because a driver hangs or the machine is starved, is therefore ended with the process, without Python's finalisation.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import suppress

_MAX_WAIT_S = 5.0


class LibraryCalls:
    """Counts threads within calls: enter it around a call, or around a piece of work that makes several.

    Attributes:
        exit_code: of the program, if it is about to end.
    """

    def __init__(self) -> None:
        self.exit_code = 0
        self._changed = threading.Condition()
        self._running: dict[int, int] = {}  # by thread: calls within calls
        self._ending = False

    def __enter__(self) -> None:
        thread = threading.get_ident()
        with self._changed:
            while self._ending and thread not in self._running:
                self._changed.wait()  # for ever: only daemon threads are left, and nothing needs their results
            self._running[thread] = self._running.get(thread, 0) + 1

    def __exit__(self, *_: object) -> None:
        thread = threading.get_ident()
        with self._changed:
            self._running[thread] -= 1
            if not self._running[thread]:
                del self._running[thread]
                self._changed.notify_all()

    def end(self) -> None:
        """Wait until no call is running; after five seconds, end the process as it is."""
        with self._changed:
            self._ending = True
            finished = self._changed.wait_for(lambda: not self._running, _MAX_WAIT_S)
        if not finished:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(self.exit_code)


library_calls = LibraryCalls()
atexit.register(library_calls.end)
