"""One piece at a time passes from thread to thread; none is lost, and a closed handover keeps nobody waiting."""

from __future__ import annotations

import threading

from puppet.concurrency.handover import Handover
from tests.support.waiting import until


def _in_background(work: object) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_the_next_piece_is_passed_on_when_the_one_before_is_done() -> None:
    handover = Handover[int]()
    handover.put(1)
    second = _in_background(lambda: handover.put(2))
    assert handover.take() == 1
    second.join(0.1)
    assert second.is_alive()
    handover.done()
    second.join(5.0)
    assert not second.is_alive()
    assert handover.take() == 2


def test_waiting_ends_when_nothing_is_under_way() -> None:
    handover = Handover[int]()
    handover.wait()
    handover.put(1)
    waiting = _in_background(handover.wait)
    handover.take()
    waiting.join(0.1)
    assert waiting.is_alive()
    handover.done()
    waiting.join(5.0)
    assert not waiting.is_alive()


def test_what_was_put_before_the_end_is_still_taken() -> None:
    handover = Handover[int]()
    handover.put(1)
    handover.close()
    assert handover.take() == 1
    assert handover.take() is None


def test_the_end_wakes_everybody() -> None:
    handover = Handover[int]()
    taken: list[int | None] = []
    taker = _in_background(lambda: taken.append(handover.take()))
    handover.close()
    taker.join(5.0)
    assert taken == [None]
    full = Handover[int]()
    full.put(1)
    full.take()
    putter, waiter = _in_background(lambda: full.put(2)), _in_background(full.wait)
    full.close()
    until(lambda: not putter.is_alive() and not waiter.is_alive())
    assert full.take() is None
