"""Let running calls into C++ libraries finish before the program ends, and start no new ones.

Daemon threads open engines and encode portraits while a window may be closed. Python stops a daemon thread where it
asks for the interpreter's lock again; inside a C++ library that aborts the whole process. A thread that does not end,
because a driver hangs or the machine is starved, is therefore ended with the process, without Python's finalisation.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

_MAX_WAIT_S = 5.0


class LibraryCalls:
    """Counts threads within calls: enter it around a call, or around a piece of work that makes several."""

    def __init__(self) -> None:
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
        """Wait until no call is running, for at most five seconds in all."""
        with self._changed:
            wait_s = 0.0 if self._ending else _MAX_WAIT_S
            self._ending = True
            self._changed.wait_for(lambda: not self._running, wait_s)


library_calls = LibraryCalls()
atexit.register(library_calls.end)


def end_program(code: int) -> NoReturn:
    """End the process: as Python does, or at once if a thread of the program still runs after some seconds.

    Args:
        code: exit code.
    """
    deadline_s = time.monotonic() + _MAX_WAIT_S
    library_calls.end()
    threads = [each for each in threading.enumerate() if each.daemon and not isinstance(each, threading._DummyThread)]
    for thread in threads:
        thread.join(max(0.0, min(deadline_s - time.monotonic(), 0.5)))
    if any(thread.is_alive() for thread in threads):
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)
