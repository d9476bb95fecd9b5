"""The end of the program waits for running library calls, and starts no new ones."""

from __future__ import annotations

import threading

from puppet.engines.library_shutdown import LibraryCalls
from tests.support.waiting import until


def test_the_end_waits_for_running_calls() -> None:
    calls = LibraryCalls()
    ends = threading.Thread(target=calls.end)
    with calls, calls:  # two engines at once
        ends.start()
        until(lambda: calls._ending)
        assert ends.is_alive()
    ends.join(20)
    assert not ends.is_alive()


def test_no_call_starts_after_the_end() -> None:
    calls = LibraryCalls()
    began = []

    def call() -> None:
        with calls:
            began.append(True)

    calls.end()
    threading.Thread(target=call, daemon=True).start()
    until(lambda: len(calls._changed._waiters) == 1)  # type: ignore[attr-defined]
    assert not began
