"""Measures the stages of a frame and the rate of frames.

A `StageClock` belongs to the thread that runs the stages; its percentiles may be read on any other.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np

from puppet.domain import StageTimes

WINDOW_FRAMES = 900
"""Number of the newest times that percentiles are computed from: half a minute at 30 frames per second."""
RATE_WINDOW_S = 2.0


class StageClock:
    """Milliseconds per stage: of the current frame, and percentiles over the newest `window` frames."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter, window: int = WINDOW_FRAMES) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._window = window
        self._lock = threading.Lock()
        self._frame_ms: dict[str, float] = {}
        self._past_ms: dict[str, deque[float]] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time the block as `stage`; two blocks of one frame add up, one that raises is not counted."""
        began_s = self._clock()
        yield
        self._frame_ms[stage] = self._frame_ms.get(stage, 0.0) + (self._clock() - began_s) * 1000

    def finish_frame(self) -> dict[str, float]:
        """Return the frame's milliseconds by stage, in the order they ran, and start the next frame."""
        frame_ms, self._frame_ms = self._frame_ms, {}
        for stage, spent_ms in frame_ms.items():
            self.add(stage, spent_ms)
        return frame_ms

    def add(self, stage: str, spent_ms: float) -> None:
        """Add a time that was measured elsewhere. Any thread."""
        with self._lock:
            self._past_ms.setdefault(stage, deque(maxlen=self._window)).append(spent_ms)

    def times(self) -> dict[str, StageTimes]:
        """Return the percentiles of every stage so far, in the order of a frame's journey. Any thread."""
        with self._lock:
            past_ms = {stage: list(spent_ms) for stage, spent_ms in self._past_ms.items()}
        return {stage: percentiles(spent_ms) for stage, spent_ms in past_ms.items()}


def percentiles(spent_ms: Iterable[float]) -> StageTimes:
    """Return p50, p95 and p99 of at least one time in milliseconds."""
    p50, p95, p99 = np.percentile(np.fromiter(spent_ms, np.float64), (50, 95, 99))
    return StageTimes(float(p50), float(p95), float(p99))


class RateMeter:
    """Measures the rate of events over the last seconds. `tick` on one thread, `rate` on any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, window_s: float = RATE_WINDOW_S) -> None:
        """`clock` counts seconds; events older than `window_s` do not count."""
        self._clock = clock
        self._window_s = window_s
        self._lock = threading.Lock()
        self._ticks_s: deque[float] = deque()

    def tick(self) -> None:
        """Count one event now."""
        now_s = self._clock()
        with self._lock:
            self._ticks_s.append(now_s)
            self._forget(now_s)

    def rate(self) -> float:
        """Return events per second; 0.0 before the second event and some seconds after the last."""
        now_s = self._clock()
        with self._lock:
            self._forget(now_s)
            if len(self._ticks_s) < 2:
                return 0.0
            spans, spread_s = len(self._ticks_s) - 1, self._ticks_s[-1] - self._ticks_s[0]
            # An overdue event counts as time without one, so that the rate of a stalled source falls at once.
            overdue_s = max(0.0, now_s - self._ticks_s[-1] - 1.5 * spread_s / spans)
            return spans / (spread_s + overdue_s) if spread_s + overdue_s > 0 else 0.0

    def _forget(self, now_s: float) -> None:
        while self._ticks_s and now_s - self._ticks_s[0] > self._window_s:
            self._ticks_s.popleft()
