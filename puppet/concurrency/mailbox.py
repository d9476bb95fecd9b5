"""The one-place letterbox between two threads: the newest item wins, nobody waits for a slower reader.

Between camera and puppet thread, and before every sink that wants the newest picture only.
"""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one item; `put` replaces an untaken one and counts it as dropped. Any thread may call anything."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._dropped = 0

    def put(self, item: T) -> None:
        """Leave the newest item; never blocks. After `close` it does nothing."""
        with self._changed:
            if self._closed:
                return
            self._dropped += self._item is not None
            self._item = item
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """Remove and return the item, waiting at most `timeout_s`; None when none came or the box was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            return item

    def peek(self) -> T | None:
        """The item, left in place; None when there is none."""
        with self._changed:
            return self._item

    def close(self) -> None:
        """Drop the item and wake every waiting reader; for good."""
        with self._changed:
            self._closed, self._item = True, None
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """How many items were replaced before anybody took them."""
        with self._changed:
            return self._dropped
