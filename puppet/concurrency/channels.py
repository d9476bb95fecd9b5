"""Channels between two threads: `Latest`, `Handoff` and `Backlog`. Any thread may call any method."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from typing_extensions import override

T = TypeVar("T")

_NEWEST_SHARE = 0.1  # of a hand-off's newest duration in their average


class Channel(Generic[T]):
    """Base of the channels: a closable first-in, first-out queue. Subclasses define `put` on a full queue."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[T] = deque()
        self._closed = False
        self._dropped = 0

    def put(self, item: T) -> None:
        """Leave an item; after `close` it does nothing. Never blocks, except in a `Handoff`."""
        with self._changed:
            if not self._closed:
                self._add(item)
                self._changed.notify_all()

    def take(self, timeout_s: float | None = None) -> T | None:
        """Remove and return the oldest item; None: `timeout_s` is over, or the channel is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            return self._items.popleft() if self._items else None

    def close(self) -> None:
        """Accept no more items and wake every waiting thread; items left in the channel can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """True after `close`."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """Number of items that were put and can never be taken, those discarded by `close` not counted."""
        with self._changed:
            return self._dropped

    def _add(self, item: T) -> None:
        """Append `item`, or count a dropped one; called with the lock held."""
        self._items.append(item)


class Latest(Channel[T]):
    """Single-slot queue; a new item replaces an unread one, which counts as dropped. `close` discards the item."""

    @override
    def _add(self, item: T) -> None:
        self._dropped += len(self._items)
        self._items.clear()
        self._items.append(item)

    @override
    def close(self) -> None:
        with self._changed:
            self._items.clear()
            super().close()

    def peek(self) -> T | None:
        """Return the item without removing it; None when there is none."""
        with self._changed:
            return self._items[0] if self._items else None


class Backlog(Channel[T]):
    """Bounded queue; when it is full, a new item is dropped and counted."""

    def __init__(self, length: int) -> None:
        """Hold at most `length` items."""
        super().__init__()
        self._length = length

    @override
    def _add(self, item: T) -> None:
        if len(self._items) < self._length:
            self._items.append(item)
        else:
            self._dropped += 1


class Handoff(Channel[T]):
    """Single-slot hand-off; `put` waits until the previous item is done, so no item is dropped."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: in seconds."""
        super().__init__()
        self._clock, self._begun_s = clock, 0.0
        self._busy = False  # from `put` to `done`
        self._usual_s = 0.0  # from `put` to `done`, averaged over some ten items

    @override
    def put(self, item: T) -> None:
        with self._changed:
            self.wait_idle()
            super().put(item)

    def done(self) -> None:
        """Mark the item that was taken as done."""
        with self._changed:
            self._usual_s += (self._clock() - self._begun_s - self._usual_s) * _NEWEST_SHARE
            self._busy = False
            self._changed.notify_all()

    def wait_idle(self, early_s: float = 0.0) -> None:
        """Block until the previous item is done, or the channel is closed.

        Args:
            early_s: return so many seconds before the item is likely to be done; 0: wait for it.
        """
        with self._changed:
            due_s = self._begun_s + self._usual_s - early_s - self._clock()
            self._changed.wait_for(lambda: self._closed or not self._busy, max(due_s, 0) if early_s else None)

    @override
    def _add(self, item: T) -> None:
        self._busy, self._begun_s = True, self._clock()
        super()._add(item)
