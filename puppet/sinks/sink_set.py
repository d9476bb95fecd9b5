"""The open sinks, at most one of each kind; a session may pass them on to the session that replaces it."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

from puppet.concurrency.channels import Channel
from puppet.domain import SinkKind, StageTimes
from puppet.errors import SinkError
from puppet.sinks.base import Finished, Sink
from puppet.sinks.sink_worker import SinkWorker

T = TypeVar("T")
_CLOSE_S = 2.0
_log = logging.getLogger(__name__)


class SinkSet:
    """Opens and closes sinks, and hands pictures to them. Each sink has a thread of its own. Any thread.

    A sink that fails is closed and leaves the set; everything else continues.

    Attributes:
        failure: why the last sink failed; "" once another was opened.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, the clock that stamps frames."""
        self.failure = ""
        self._clock = clock
        self._switching = threading.Lock()  # one sink is opened or closed at a time
        self._lock = threading.Lock()  # for writing the fields below
        self._workers: dict[SinkKind, SinkWorker] = {}  # replaced as a whole
        self._failed: dict[SinkKind, SinkWorker] = {}  # until another of the kind is opened; replaced as a whole
        self._threads: dict[SinkKind, threading.Thread] = {}  # the last one of each kind
        self._dropped: Counter[SinkKind] = Counter()  # by sinks that have left
        self._ended = False

    def open(self, kind: SinkKind, open_sink: Callable[[], Sink], channel: Channel[Finished]) -> None:
        """Open a sink and start its thread, which takes the pictures from `channel`.

        Raises:
            SinkError: `open_sink` raised it, a sink of this kind is open, or `end` was called, before or meanwhile.
        """
        with self._switching, ExitStack() as opened:
            if worker := self._workers.get(kind):
                raise SinkError(f"{worker.sink.name}: already on; stop it first")
            self._check_not_ended()
            worker = SinkWorker(open_sink(), channel, self._clock)
            opened.callback(worker.close_sink)
            with self._lock:
                self._check_not_ended()
                # A daemon: a thread that hangs in a driver must not keep the program from ending.
                body, name = partial(self._run, kind, worker), f"puppet-{kind.value}"
                self._threads[kind] = threading.Thread(target=body, name=name, daemon=True)
                self._threads[kind].start()
                opened.pop_all()
                self._workers, self.failure = {**self._workers, kind: worker}, ""
                self._failed = _without(self._failed, kind)

    def close(self, kind: SinkKind) -> SinkWorker | None:
        """Close a sink and return its worker; blocks until everything is written.

        Return the worker of a sink that failed, too; None when none of the kind was opened, or it is closed already.
        """
        with self._switching:
            worker = self._workers.get(kind)
            if worker is None:
                return self._failed.get(kind)
            worker.channel.close()
            self._threads[kind].join(_CLOSE_S)
            self._remove(kind, worker)
            return worker

    def leave(self, kind: SinkKind) -> None:
        """Let a sink end by itself; does nothing when there is none. Never blocks."""
        if (worker := self._workers.get(kind)) is not None:
            worker.channel.close()
            self._remove(kind, worker)

    def hand_out(self, finished: Finished, *, without: SinkKind | None = None) -> None:
        """Leave a picture for every sink, except those of one kind; never blocks."""
        for kind, worker in self._workers.items():
            if kind is not without:
                worker.channel.put(finished)

    def end(self, timeout_s: float = 0.0) -> None:
        """Open no more sinks; each thread writes the pictures left, closes its sink and ends.

        Waits up to `timeout_s` for a sink that is being opened or closed; one that opens later is closed at once.
        """
        with self._lock:
            self._ended = True
            for worker in self._workers.values():
                worker.channel.close()
        if self._switching.acquire(timeout=timeout_s):
            self._switching.release()

    @property
    def message(self) -> str:
        """Why the last sink failed, or what an open one warns of; ""."""
        problems = (worker.sink.problem for worker in self._workers.values())
        return self.failure or next(filter(None, problems), "")

    def sink(self, kind: SinkKind) -> Sink | None:
        """Return the open sink of a kind, or None."""
        worker = self._workers.get(kind)
        return worker.sink if worker else None

    @property
    def ended(self) -> bool:
        """True after `end`."""
        return self._ended

    @property
    def names(self) -> dict[SinkKind, str]:
        """Display name of each open sink."""
        return {kind: worker.sink.name for kind, worker in self._workers.items()}

    @property
    def failures(self) -> dict[SinkKind, str]:
        """Why a sink failed, for each kind that has not been opened again since."""
        return {kind: str(worker.error) for kind, worker in self._failed.items()}

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
            _log.info("%s", worker.error)  # shown by whoever shows the status
            with self._lock:
                self.failure = str(worker.error)
                self._failed = {**self._failed, kind: worker}
            self._remove(kind, worker)

    def _check_not_ended(self) -> None:
        if self._ended:
            raise SinkError("The session has ended; start it again first")

    def _remove(self, kind: SinkKind, worker: SinkWorker) -> None:
        with self._lock:
            if self._workers.get(kind) is worker:
                self._workers = _without(self._workers, kind)
                self._dropped[kind] += worker.channel.dropped


def _without(values: Mapping[SinkKind, T], kind: SinkKind) -> dict[SinkKind, T]:
    return {other: value for other, value in values.items() if other is not kind}
