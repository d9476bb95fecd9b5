"""From the loop to a sink: a queue that drops rather than delays, and a sink that may fail."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from puppet.concurrency.mailbox import Mailbox
from puppet.domain import Picture
from puppet.sinks.worker import Backlog, Finished, SinkWorker
from tests.support.fakes import FakeClock, FakeSink

PICTURE = np.zeros((4, 4, 3), np.uint8)


def _at(time_s: float) -> Finished:
    return Finished(PICTURE, time_s)


def test_a_backlog_keeps_the_order_and_drops_the_newcomer_when_full() -> None:
    backlog = Backlog(3)
    for number in range(5):
        backlog.put(_at(number))
    taken = [backlog.take(0.0) for _ in range(4)]
    assert [item.captured_s if item else None for item in taken] == [0.0, 1.0, 2.0, None]
    assert backlog.dropped == 2


def test_a_closed_backlog_can_be_emptied_but_not_filled() -> None:
    backlog = Backlog()
    backlog.put(_at(1.0))
    backlog.close()
    backlog.put(_at(2.0))
    first, second = backlog.take(0.0), backlog.take(0.0)
    assert first is not None
    assert (first.captured_s, second) == (1.0, None)
    assert backlog.closed


def test_closing_a_backlog_wakes_who_waits_for_it() -> None:
    backlog = Backlog()
    waiting = threading.Thread(target=backlog.take, args=(3600.0,))
    waiting.start()
    backlog.close()
    waiting.join(10.0)
    assert not waiting.is_alive()


def test_what_is_in_the_queue_at_the_end_is_still_written_and_then_the_sink_is_closed() -> None:
    sink, backlog = FakeSink(), Backlog()
    for number in range(4):
        backlog.put(_at(number))
    backlog.close()
    outlet = SinkWorker(sink, backlog)
    outlet.run()
    assert sink.times_s == [0.0, 1.0, 2.0, 3.0]
    assert (outlet.written, outlet.error, sink.closed) == (4, None, 1)


def test_a_sink_that_wants_the_newest_only_ends_without_the_rest() -> None:
    sink, box = FakeSink(), Mailbox[Finished]()
    box.put(_at(1.0))
    box.close()
    SinkWorker(sink, box).run()
    assert (sink.times_s, sink.closed) == ([], 1)


def test_a_sink_that_fails_is_closed_its_error_kept_and_nothing_more_accepted() -> None:
    sink, backlog = FakeSink(fails_at=1), Backlog()
    for number in range(3):
        backlog.put(_at(number))
    outlet = SinkWorker(sink, backlog)
    outlet.run()
    assert outlet.error is not None
    assert "disk is full" in str(outlet.error)
    assert (sink.closed, outlet.written, backlog.closed) == (1, 1, True)


def test_latency_is_counted_to_the_sink_s_last_byte() -> None:
    clock = FakeClock(100.0)

    class Slow(FakeSink):
        def write(self, picture: Picture, captured_s: float) -> None:
            clock.wait(0.02)

    backlog = Backlog()
    outlet = SinkWorker(Slow(), backlog, clock)
    assert outlet.latency is None
    backlog.put(_at(99.95))
    backlog.close()
    outlet.run()
    assert outlet.latency is not None
    assert outlet.latency.p50_ms == pytest.approx(70)
