"""How long the stages of a frame take, and how many frames come a second: what the status line shows.

A `StageClock` belongs to the thread that runs the stages; its percentiles may be read from any other.
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
"""How many of the newest times the percentiles are taken over: half a minute at 30 frames a second."""
RATE_WINDOW_S = 2.0


class StageClock:
    """Milliseconds per stage: of the frame at hand, and percentiles over the newest `window` frames."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter, window: int = WINDOW_FRAMES) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._window = window
        self._lock = threading.Lock()
        self._frame_ms: dict[str, float] = {}
        self._past_ms: dict[str, deque[float]] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time the block as `stage`; entered twice for one frame, the times add up. One that raises is not counted."""
        began_s = self._clock()
        yield
        self._frame_ms[stage] = self._frame_ms.get(stage, 0.0) + (self._clock() - began_s) * 1000

    def finish_frame(self) -> dict[str, float]:
        """The frame's milliseconds by stage, in the order they ran; the next frame begins."""
        frame_ms, self._frame_ms = self._frame_ms, {}
        for stage, spent_ms in frame_ms.items():
            self.add(stage, spent_ms)
        return frame_ms

    def add(self, stage: str, spent_ms: float) -> None:
        """Count a time that was measured elsewhere. Any thread."""
        with self._lock:
            self._past_ms.setdefault(stage, deque(maxlen=self._window)).append(spent_ms)

    def times(self) -> dict[str, StageTimes]:
        """Percentiles of every stage seen so far, in the order of a frame's journey. Any thread."""
        with self._lock:
            past_ms = {stage: list(spent_ms) for stage, spent_ms in self._past_ms.items()}
        return {stage: percentiles(spent_ms) for stage, spent_ms in past_ms.items()}


def percentiles(spent_ms: Iterable[float]) -> StageTimes:
    """p50, p95 and p99 of at least one time in milliseconds."""
    p50, p95, p99 = np.percentile(np.fromiter(spent_ms, np.float64), (50, 95, 99))
    return StageTimes(float(p50), float(p95), float(p99))


class RateMeter:
    """Counts events and tells how many came a second lately. `tick` on one thread, `rate` on any."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, window_s: float = RATE_WINDOW_S) -> None:
        """`clock` counts seconds; events older than `window_s` are forgotten."""
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
        """Events per second over the last seconds; 0.0 before the second event and when they have stopped coming."""
        now_s = self._clock()
        with self._lock:
            self._forget(now_s)
            if len(self._ticks_s) < 2:
                return 0.0
            spans, spread_s = len(self._ticks_s) - 1, self._ticks_s[-1] - self._ticks_s[0]
            # What has not come yet counts too, once it is overdue: a stalled source slows down at once.
            overdue_s = max(0.0, now_s - self._ticks_s[-1] - 1.5 * spread_s / spans)
            return spans / (spread_s + overdue_s) if spread_s + overdue_s > 0 else 0.0

    def _forget(self, now_s: float) -> None:
        while self._ticks_s and now_s - self._ticks_s[0] > self._window_s:
            self._ticks_s.popleft()
