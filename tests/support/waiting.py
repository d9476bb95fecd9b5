"""Waits in tests for another thread: until a condition holds, never for a fixed time."""

from __future__ import annotations

import threading
from collections.abc import Callable

PATIENCE_S = 20.0


def until(true: Callable[[], object], what: str = "it") -> None:
    """Return as soon as `true()` holds; fail after a time-out."""
    tick = threading.Event()
    for _ in range(round(PATIENCE_S / 0.005)):
        if true():
            return
        tick.wait(0.005)
    raise AssertionError(f"{what} did not happen")
