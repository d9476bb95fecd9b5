"""The end of the program waits for running library calls, and starts no new ones."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from puppet.engines.library_shutdown import LibraryCalls
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


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


def test_a_call_within_a_call_goes_on_while_the_program_ends() -> None:
    calls = LibraryCalls()
    inner_done = threading.Event()

    def work() -> None:
        with calls:
            inside.set()
            ending.wait(10)
            with calls:
                inner_done.set()

    inside, ending = threading.Event(), threading.Event()
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    assert inside.wait(10)
    threading.Timer(0.1, ending.set).start()
    calls.end()
    assert inner_done.is_set()


_STUCK = """
import sys, threading, time
from puppet.engines import library_shutdown

library_shutdown._MAX_WAIT_S = 0.1
inside = threading.Event()

def work():
    with library_shutdown.library_calls:
        inside.set()
        time.sleep(60)

threading.Thread(target=work, daemon=True).start()
inside.wait()
print("written", end="")
library_shutdown.end_program(3)
"""


def test_a_call_that_does_not_return_ends_with_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", _STUCK], capture_output=True, text=True, timeout=30, cwd=ROOT)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "written", "")
