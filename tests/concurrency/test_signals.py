"""Signals that end the program: the first one is handed on, its repetition is not a second one, nohup is obeyed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from puppet.concurrency.signals import interrupt_on_signals, on_signals, stop_on_signals
from tests.support.fakes import FakeClock

ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


@pytest.mark.parametrize("number", ENDING)
def test_the_first_signal_is_handed_on_and_its_repetition_ignored(number: int) -> None:
    before, ended = signal.getsignal(number), list[int]()
    with on_signals(ended.append, FakeClock()):
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGTERM)  # as `timeout` does
    assert ended == [number]
    assert signal.getsignal(number) is before


def test_a_stop_has_the_shell_s_exit_code() -> None:
    with stop_on_signals() as stop:
        assert (stop.event.is_set(), stop.exit_code) == (False, 0)
        signal.raise_signal(signal.SIGTERM)
    assert (stop.event.is_set(), stop.exit_code) == (True, 143)


_TWICE = """
import time
from puppet.concurrency.signals import stop_on_signals
with stop_on_signals() as stop:
    print("ready", flush=True)
    stop.event.wait()
    time.sleep(0.6)  # from here on a signal is a second one
    print("stopping", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent to one process there")
def test_a_second_signal_ends_the_program_at_once() -> None:
    with subprocess.Popen([sys.executable, "-c", _TWICE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.stdout.readline() == "stopping\n"
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM


@pytest.mark.skipif(sys.platform == "win32", reason="no timers there")
def test_an_interrupt_that_a_library_swallows_is_raised_again() -> None:
    def careless_library() -> None:
        with suppress(BaseException):
            signal.raise_signal(signal.SIGTERM)

    never, before = threading.Event(), signal.getsignal(signal.SIGALRM)
    with pytest.raises(KeyboardInterrupt), interrupt_on_signals(0.01) as received:  # noqa: PT012
        careless_library()
        never.wait(30.0)
    assert received == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.skipif(sys.platform == "win32", reason="no timers there")
def test_an_interrupt_does_not_disturb_the_cleaning_up_that_it_starts() -> None:
    cleaned = []
    with pytest.raises(KeyboardInterrupt), interrupt_on_signals(0.01):  # noqa: PT012
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            try:
                raise ValueError("an error while cleaning up")
            except ValueError:
                cleaned.append(threading.Event().wait(0.2))
            cleaned.append(threading.Event().wait(0.2))
    assert cleaned == [False, False]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_under_nohup_the_end_of_the_terminal_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_on_signals() as stop:
            signal.raise_signal(signal.SIGHUP)
        assert not stop.event.is_set()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_on_another_thread_nothing_is_installed() -> None:
    found = list[object]()

    def look() -> None:
        with stop_on_signals():
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]
