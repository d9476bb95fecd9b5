"""Time of one call."""

from __future__ import annotations

import time
from collections.abc import Callable


def spent_ms(work: Callable[[], object]) -> float:
    """Run `work` and return its milliseconds."""
    began_s = time.perf_counter()
    work()
    return (time.perf_counter() - began_s) * 1000
