"""Time of one call: on the clock, and of the CPU."""

from __future__ import annotations

import time
from collections.abc import Callable


def spent_ms(work: Callable[[], object]) -> float:
    """Run `work` and return its milliseconds."""
    began_s = time.perf_counter()
    work()
    return (time.perf_counter() - began_s) * 1000


def spent_cpu_ms(work: Callable[[], object]) -> float:
    """Run `work` and return the milliseconds that the cores spent on it and on the process's other threads."""
    began_s = time.process_time()
    work()
    return (time.process_time() - began_s) * 1000
