"""Latest, Backlog and Handoff: order, what is dropped, what `close` does."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from puppet.concurrency.channels import Backlog, Channel, Handoff, Latest
from tests.support.fakes import FakeClock
from tests.support.waiting import until


def _in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _channels() -> list[Channel[int]]:
    return [Latest[int](), Backlog[int](3), Handoff[int]()]


@pytest.mark.parametrize("channel", _channels(), ids=lambda channel: type(channel).__name__)
def test_closing_wakes_a_waiting_reader_and_ends_putting(channel: Channel[int]) -> None:
    taken: list[int | None] = []
    reader = _in_background(lambda: taken.append(channel.take()))
    assert not channel.closed
    channel.close()
    reader.join(10.0)
    channel.put(1)
    assert channel.closed
    assert [*taken, channel.take()] == [None, None]


@pytest.mark.parametrize("channel", _channels(), ids=lambda channel: type(channel).__name__)
def test_a_reader_waits_no_longer_than_it_asks_for(channel: Channel[int]) -> None:
    assert channel.take(0.0) is None
    channel.put(7)
    assert channel.take(0.0) == 7


def test_the_latest_item_replaces_an_unread_one() -> None:
    latest = Latest[int]()
    for number in range(3):
        latest.put(number)
    assert latest.peek() == 2
    assert (latest.take(0.0), latest.peek(), latest.dropped) == (2, None, 2)


def test_a_closed_latest_discards_its_item() -> None:
    latest = Latest[int]()
    latest.put(1)
    latest.close()
    assert (latest.take(0.0), latest.dropped) == (None, 0)


def test_a_backlog_keeps_the_order_and_drops_the_newcomer_when_full() -> None:
    backlog = Backlog[int](3)
    for number in range(5):
        backlog.put(number)
    assert [backlog.take(0.0) for _ in range(4)] == [0, 1, 2, None]
    assert backlog.dropped == 2


def test_a_closed_backlog_can_be_emptied_but_not_filled() -> None:
    backlog = Backlog[int](3)
    backlog.put(1)
    backlog.close()
    backlog.put(2)
    assert (backlog.take(0.0), backlog.take(0.0)) == (1, None)


def test_a_handoff_waits_until_the_item_before_is_done() -> None:
    handoff = Handoff[int]()
    handoff.put(1)
    second = _in_background(lambda: handoff.put(2))
    assert handoff.take() == 1
    second.join(0.1)
    assert second.is_alive()
    handoff.done()
    second.join(5.0)
    assert not second.is_alive()
    assert handoff.take() == 2


def test_waiting_ends_when_the_item_is_done() -> None:
    handoff = Handoff[int]()
    handoff.wait_idle()
    handoff.put(1)
    waiting = _in_background(handoff.wait_idle)
    handoff.take()
    waiting.join(0.1)
    assert waiting.is_alive()
    handoff.done()
    waiting.join(5.0)
    assert not waiting.is_alive()


def test_waiting_ends_early_where_the_item_is_likely_to_be_done_soon() -> None:
    clock = FakeClock()
    handoff = Handoff[int](clock)
    for _ in range(50):  # each takes 1000 s
        handoff.put(1)
        handoff.take()
        clock.now_s += 1000
        handoff.done()
    handoff.put(2)
    clock.now_s += 750
    handoff.wait_idle(300)
    waiting = _in_background(lambda: handoff.wait_idle(100))
    waiting.join(0.05)
    assert waiting.is_alive()
    handoff.done()
    waiting.join(5.0)
    assert not waiting.is_alive()


def test_a_closed_handoff_gives_its_item_away() -> None:
    handoff = Handoff[int]()
    handoff.put(1)
    handoff.close()
    assert handoff.take() == 1
    assert handoff.take() is None


def test_closing_a_handoff_wakes_whoever_puts_or_waits() -> None:
    handoff = Handoff[int]()
    handoff.put(1)
    handoff.take()
    putter, waiter = _in_background(lambda: handoff.put(2)), _in_background(handoff.wait_idle)
    handoff.close()
    until(lambda: not putter.is_alive() and not waiter.is_alive())
    assert handoff.take() is None
