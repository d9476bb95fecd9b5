"""Work passed from one thread to the next, one piece at a time: nothing is lost, and nothing waits in line to grow old.

Between the thread that looks at frames and the one that paints them: the next frame is looked at while this one is
painted, and passed on when that is done.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """Holds at most one piece, taken or not, until it is done. Any thread may call anything."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._piece: T | None = None
        self._under_way = False
        self._closed = False

    def put(self, piece: T) -> None:
        """Pass a piece on, as soon as the one before is done. After `close` it does nothing."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._under_way)
            if not self._closed:
                self._piece, self._under_way = piece, True
                self._changed.notify_all()

    def take(self) -> T | None:
        """The next piece, waiting for it; None: it was closed, and there is none left."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._piece is not None)
            piece, self._piece = self._piece, None
            return piece

    def done(self) -> None:
        """What was taken is finished."""
        with self._changed:
            self._under_way = False
            self._changed.notify_all()

    def wait(self) -> None:
        """Until nothing is under way, or it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._under_way)

    def close(self) -> None:
        """Nothing comes any more; wakes everybody, for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
