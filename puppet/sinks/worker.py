"""Where finished pictures leave the loop: one slot and one thread per sink, so that nobody waits for a slower one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from puppet.concurrency.timing import StageClock
from puppet.domain import Picture, StageTimes
from puppet.errors import SinkError
from puppet.sinks.base import Sink

BACKLOG = 8
"""How many pictures a recording may be behind: a quarter of a second that an encoder or a disk may stutter."""
_LOOK_EVERY_S = 0.5
_WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished picture (H, W, 3) uint8 RGB and when its camera frame was captured."""

    picture: Picture
    captured_s: float


class Slot(Protocol):
    """What lies between the loop and a sink. Any thread may call anything; `put` never blocks."""

    def put(self, item: Finished) -> None:
        """Leave a picture."""

    def take(self, timeout_s: float) -> Finished | None:
        """The next picture, waiting at most `timeout_s`; None when none came."""

    def close(self) -> None:
        """No more pictures."""

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""

    @property
    def dropped(self) -> int:
        """How many pictures were never taken."""


class Backlog:
    """A short queue in order: when it is full, the newcomer is dropped and counted. After `close` it can be emptied."""

    def __init__(self, length: int = BACKLOG) -> None:
        """`length`: how many it holds."""
        self._changed = threading.Condition()
        self._items: deque[Finished] = deque()
        self._length = length
        self._closed = False
        self._dropped = 0

    def put(self, item: Finished) -> None:
        """Append, or drop when it is full; never blocks. After `close` it does nothing."""
        with self._changed:
            if self._closed:
                return
            if len(self._items) >= self._length:
                self._dropped += 1
                return
            self._items.append(item)
            self._changed.notify()

    def take(self, timeout_s: float) -> Finished | None:
        """The oldest, waiting at most `timeout_s`; None when none came, or it is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._items) or self._closed, timeout_s)
            return self._items.popleft() if self._items else None

    def close(self) -> None:
        """Take no more; for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """How many did not fit."""
        with self._changed:
            return self._dropped


class SinkWorker:
    """Carries pictures from a slot into a sink; `run` is the body of a thread that owns the sink."""

    def __init__(self, sink: Sink, slot: Slot, clock: Callable[[], float] = time.monotonic) -> None:
        """Take over `sink`: `run` closes it. `clock`: the one that frames are stamped with."""
        self.sink = sink
        self.slot = slot
        self._clock = clock
        self._latency = StageClock(clock)
        self.written = 0
        self.error: SinkError | None = None

    @property
    def latency(self) -> StageTimes | None:
        """Camera's timestamp to the picture taken by the sink, lately; None before the first. Any thread."""
        return self._latency.times().get(_WRITTEN)

    def run(self) -> None:
        """Write until the slot is closed and empty or the sink fails, then close the sink; `error` keeps the reason."""
        try:
            self._write_all()
        except SinkError as error:
            self.error = error
        finally:
            self.slot.close()
            self._close_sink()

    def _write_all(self) -> None:
        while True:
            item = self.slot.take(_LOOK_EVERY_S)
            if item is not None:
                self.sink.write(item.picture, item.captured_s)
                self.written += 1
                self._latency.add(_WRITTEN, (self._clock() - item.captured_s) * 1000)
            elif self.slot.closed:
                return

    def _close_sink(self) -> None:
        try:
            self.sink.close()
        except SinkError as error:
            self.error = self.error or error
