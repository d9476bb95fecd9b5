"""The thread that writes to a sink: what is still written at the end, a sink that fails, latency."""

from __future__ import annotations

import numpy as np
import pytest

from puppet.concurrency.channels import Backlog, Latest
from puppet.sinks.base import Finished
from puppet.sinks.sink_worker import SinkWorker
from tests.support.fakes import FakeClock, FakeSink

PICTURE = np.zeros((4, 4, 3), np.uint8)


def _at(time_s: float) -> Finished:
    return Finished(PICTURE, time_s)


def test_what_is_in_the_queue_at_the_end_is_still_written_and_then_the_sink_is_closed() -> None:
    sink, backlog = FakeSink(), Backlog[Finished](8)
    for number in range(4):
        backlog.put(_at(number))
    backlog.close()
    worker = SinkWorker(sink, backlog)
    worker.run()
    assert sink.times_s == [0.0, 1.0, 2.0, 3.0]
    assert (worker.written, worker.error, sink.closed) == (4, None, 1)


def test_a_sink_that_wants_the_newest_only_ends_without_the_rest() -> None:
    sink, latest = FakeSink(), Latest[Finished]()
    latest.put(_at(1.0))
    latest.close()
    SinkWorker(sink, latest).run()
    assert (sink.times_s, sink.closed) == ([], 1)


def test_a_sink_that_fails_is_closed_its_error_kept_and_nothing_more_accepted() -> None:
    sink, backlog = FakeSink(fails_at=1), Backlog[Finished](8)
    for number in range(3):
        backlog.put(_at(number))
    worker = SinkWorker(sink, backlog)
    worker.run()
    assert worker.error is not None
    assert "disk is full" in str(worker.error)
    assert (sink.closed, worker.written, backlog.closed) == (1, 1, True)


def test_latency_is_counted_to_the_sink_s_last_byte() -> None:
    clock = FakeClock(100.0)

    class Slow(FakeSink):
        def write(self, finished: Finished) -> None:
            clock.wait(0.02)

    backlog = Backlog[Finished](8)
    worker = SinkWorker(Slow(), backlog, clock)
    assert worker.latency is None
    backlog.put(_at(99.95))
    backlog.close()
    worker.run()
    assert worker.latency is not None
    assert worker.latency.p50_ms == pytest.approx(70)
