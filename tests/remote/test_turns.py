"""Fair turns: one thread paints at a time; clients of one engine get the same time, not the same number of turns."""

from __future__ import annotations

import threading
from collections import Counter

from puppet.remote.turns import FairTurns
from tests.support.fakes import FakeClock
from tests.support.waiting import until


def _shares(costs_s: dict[str, float], rounds: int) -> Counter[str]:
    """Let clients paint whose pictures cost so much; return how many turns each had of so many."""
    clock, taken, painting = FakeClock(), Counter[str](), threading.Lock()
    turns, enough = FairTurns(clock), threading.Event()
    barrier = threading.Barrier(len(costs_s))

    def paint(client: str) -> None:
        barrier.wait()
        while not enough.is_set():
            with turns.turn(client):
                assert painting.acquire(blocking=False)
                until(lambda: len(turns._waiting) == len(costs_s) - 1 or enough.is_set())
                clock.now_s += costs_s[client]
                taken[client] += 1
                if taken.total() >= rounds:
                    enough.set()
                painting.release()

    threads = [threading.Thread(target=paint, args=(client,)) for client in costs_s]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def test_equal_clients_take_turns() -> None:
    taken = _shares({"a": 0.02, "b": 0.02, "c": 0.02}, 60)
    assert max(taken.values()) - min(taken.values()) <= 3


def test_a_client_of_large_pictures_gets_the_same_time() -> None:
    taken = _shares({"small": 0.01, "large": 0.04}, 100)
    assert 3 <= taken["small"] / taken["large"] <= 5


def test_a_client_that_paused_is_not_owed_its_time() -> None:
    turns, clock = FairTurns(clock := FakeClock()), clock
    for _ in range(100):
        with turns.turn("busy"):
            clock.now_s += 1
    with turns.turn("new"):
        clock.now_s += 1
    assert turns._spent_s["new"] >= turns._spent_s["busy"] - 1


def test_an_error_ends_the_turn() -> None:
    turns = FairTurns()
    try:
        with turns.turn("a"):
            raise ValueError
    except ValueError:
        pass
    with turns.turn("b"):
        pass
