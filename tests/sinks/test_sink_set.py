"""The open sinks of a session: pictures for all of them, failures, what was dropped, the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
import pytest

from puppet.concurrency.channels import Backlog, Latest
from puppet.domain import SinkKind
from puppet.errors import SinkError
from puppet.sinks.base import Finished, Sink
from puppet.sinks.sink_set import SinkSet
from tests.support.fakes import FakeSink
from tests.support.waiting import until

PICTURE = np.zeros((4, 4, 3), np.uint8)
RECORDER, VIRTUAL_CAMERA = SinkKind.RECORDER, SinkKind.VIRTUAL_CAMERA


def _start(name: str, body: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=body, name=name)
    thread.start()
    return thread


@pytest.fixture
def sinks() -> Iterator[SinkSet]:
    """An empty set; no thread of it may be left at the end."""
    made = SinkSet()
    yield made
    made.end()
    for thread in made.threads:
        thread.join(10.0)
        assert not thread.is_alive()


def test_every_open_sink_gets_the_pictures(sinks: SinkSet) -> None:
    recorder, camera = FakeSink("recorder"), FakeSink("camera")
    sinks.open(RECORDER, lambda: recorder, Backlog[Finished](8))
    sinks.open(VIRTUAL_CAMERA, lambda: camera, Latest[Finished]())
    assert sinks.names == {RECORDER: "recorder", VIRTUAL_CAMERA: "camera"}
    assert [thread.name for thread in sinks.threads] == ["puppet-recorder", "puppet-virtual-camera"]
    sinks.hand_out(Finished(PICTURE, 1.0))
    until(lambda: recorder.times_s == camera.times_s == [1.0])
    until(lambda: sinks.latency.keys() == {RECORDER, VIRTUAL_CAMERA})


def test_a_closed_sink_has_written_everything_and_its_drops_stay_counted(sinks: SinkSet) -> None:
    sink = FakeSink()
    sink.gate.shut()
    sinks.open(RECORDER, lambda: sink, Backlog[Finished](2))
    sinks.hand_out(Finished(PICTURE, 0.0))
    assert sink.gate.held.wait(10.0)
    for number in range(1, 6):
        sinks.hand_out(Finished(PICTURE, number))
    assert sinks.dropped(RECORDER) == 3
    sink.gate.open()
    worker = sinks.close(RECORDER)
    assert worker is not None
    assert (worker.written, sink.times_s, sink.closed) == (3, [0.0, 1.0, 2.0], 1)
    assert (sinks.names, sinks.dropped(RECORDER), sinks.dropped(VIRTUAL_CAMERA)) == ({}, 3, 0)
    assert sinks.close(RECORDER) is None


def test_a_sink_that_fails_leaves_the_set_with_a_message_until_another_is_opened(sinks: SinkSet) -> None:
    sinks.open(RECORDER, lambda: FakeSink(fails_at=0), Backlog[Finished](8))
    sinks.hand_out(Finished(PICTURE, 0.0))
    until(lambda: not sinks.names)
    assert "disk is full" in sinks.message
    sinks.open(RECORDER, FakeSink, Backlog[Finished](8))
    assert sinks.message == ""
    with pytest.raises(SinkError, match="already on"):
        sinks.open(RECORDER, FakeSink, Backlog[Finished](8))


def test_after_the_end_no_sink_opens_and_one_that_was_opening_is_closed(sinks: SinkSet) -> None:
    late = FakeSink()

    def end_and_open() -> Sink:
        sinks.end()
        return late

    with pytest.raises(SinkError, match="has ended"):
        sinks.open(RECORDER, end_and_open, Backlog[Finished](8))
    assert (late.closed, sinks.threads, sinks.names) == (1, [], {})
    with pytest.raises(SinkError, match="has ended"):
        sinks.open(VIRTUAL_CAMERA, FakeSink, Latest[Finished]())


def test_the_end_waits_for_a_sink_that_is_opening(sinks: SinkSet) -> None:
    late, opening, go_on = FakeSink(), threading.Event(), threading.Event()

    def open_slowly() -> Sink:
        opening.set()
        go_on.wait(10.0)
        return late

    def open_it() -> None:
        with suppress(SinkError):
            sinks.open(RECORDER, open_slowly, Backlog[Finished](8))

    opener = _start("opener", open_it)
    assert opening.wait(10.0)
    sinks.end(0.01)
    assert late.closed == 0
    ending = _start("ending", lambda: sinks.end(10.0))
    go_on.set()
    ending.join(10.0)
    assert late.closed == 1
    opener.join(10.0)
