"""The open sinks of a session, at most one of each kind."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from puppet.concurrency.channels import Channel
from puppet.domain import Picture, SinkKind, StageTimes
from puppet.errors import SinkError
from puppet.sinks.base import Sink
from puppet.sinks.sink_worker import Finished, SinkWorker

_CLOSE_S = 2.0
_log = logging.getLogger(__name__)


class SinkSet:
    """Opens and closes sinks, and hands pictures to them. Each sink has a thread of its own. Any thread.

    A sink that fails is closed and leaves the set.

    Attributes:
        message: why the last sink failed; "" once another was opened.
    """

    def __init__(
        self,
        start_thread: Callable[[str, Callable[[], None]], threading.Thread],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`start_thread` starts a thread with a name and a body. `clock`: seconds, the clock that stamps frames."""
        self.message = ""
        self._start_thread = start_thread
        self._clock = clock
        self._switching = threading.Lock()  # one sink is opened or closed at a time
        self._lock = threading.Lock()  # for writing the fields below
        self._workers: dict[SinkKind, SinkWorker] = {}  # replaced as a whole
        self._threads: dict[SinkKind, threading.Thread] = {}  # the last one of each kind
        self._dropped: Counter[SinkKind] = Counter()  # by sinks that have left
        self._ended = False

    def open(self, kind: SinkKind, open_sink: Callable[[], Sink], channel: Channel[Finished]) -> None:
        """Open a sink and start its thread, which takes the pictures from `channel`.

        Raises:
            SinkError: `open_sink` raised it, a sink of this kind is open, or `end` was called.
        """
        with self._switching:
            if self._ended:
                raise SinkError("The session has ended; start it again first")
            if worker := self._workers.get(kind):
                raise SinkError(f"{worker.sink.name}: already on; stop it first")
            worker = SinkWorker(open_sink(), channel, self._clock)
            with self._lock:
                self._workers, self.message = {**self._workers, kind: worker}, ""
                self._threads[kind] = self._start_thread(kind.value, partial(self._run, kind, worker))
                if self._ended:  # meanwhile
                    channel.close()

    def close(self, kind: SinkKind) -> SinkWorker | None:
        """Close a sink and return its worker, or None if it is not open; blocks until everything is written."""
        with self._switching:
            worker = self._workers.get(kind)
            if worker is not None:
                worker.channel.close()
                self._threads[kind].join(_CLOSE_S)
                self._remove(kind, worker)
            return worker

    def hand_out(self, picture: Picture, captured_s: float) -> None:
        """Leave a picture for every sink; never blocks."""
        finished = Finished(picture, captured_s)
        for worker in self._workers.values():
            worker.channel.put(finished)

    def end(self) -> None:
        """Open no more sinks; each thread writes the pictures left, closes its sink and ends."""
        with self._lock:
            self._ended = True
            for worker in self._workers.values():
                worker.channel.close()

    @property
    def names(self) -> dict[SinkKind, str]:
        """Display name of each open sink."""
        return {kind: worker.sink.name for kind, worker in self._workers.items()}

    @property
    def latency(self) -> dict[SinkKind, StageTimes]:
        """Camera timestamp to the picture written, for each open sink that has written one."""
        return {kind: times for kind, worker in self._workers.items() if (times := worker.latency) is not None}

    @property
    def threads(self) -> list[threading.Thread]:
        """The last thread of each kind of sink, in the order they were started."""
        with self._lock:
            return list(self._threads.values())

    def dropped(self, kind: SinkKind) -> int:
        """Return the number of pictures that sinks of this kind never took."""
        with self._lock:
            worker = self._workers.get(kind)
            return self._dropped[kind] + (worker.channel.dropped if worker else 0)

    def _run(self, kind: SinkKind, worker: SinkWorker) -> None:
        """Body of a sink's thread."""
        worker.run()
        if worker.error is not None:
            _log.warning("%s", worker.error)
            self.message = str(worker.error)
            self._remove(kind, worker)

    def _remove(self, kind: SinkKind, worker: SinkWorker) -> None:
        with self._lock:
            if self._workers.get(kind) is worker:
                self._workers = {other: kept for other, kept in self._workers.items() if other is not kind}
                self._dropped[kind] += worker.channel.dropped
