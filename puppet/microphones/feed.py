"""The body of the microphone's thread: keep a device open by its name, and lay its sound on the clock of the frames.

A device counts samples by its own clock and hands them over late, by a varying time. No block arrives before it was
captured: the earliest arrivals of the last seconds tell when each sample was captured. The
sound is resampled to follow that line, so that it neither drifts nor jumps.
The least latency that a device ever reported is subtracted: after an overload, PipeWire reports 100 ms too much for a
minute, while the sound arrives as before.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from puppet.domain import Floats
from puppet.errors import MicrophoneError
from puppet.microphones.base import RATE, Microphone

PAUSES_S = (0.5, 1.0, 2.0)
"""Pauses between attempts to open a device; the last one is repeated."""
KEPT_S = 40.0
LATE_S = 0.5
"""Sound that has not arrived after this time counts as silence."""
SILENT_DB = -90.0
_SETTLE_S = 0.5  # from opening a device to the first sound that is used: its first blocks come in bursts
_WINDOW_S = 5.0  # of arrivals
_FOLLOW_S = 2.0  # time in which a deviation from the line is corrected,
_MOST_STRETCH = 0.003  # by this change of speed at most, which nobody hears;
_JUMP_S = 0.04  # a larger deviation is a gap, as overloaded servers leave them
_METER_S = 0.1
_log = logging.getLogger(__name__)


class Ring:
    """The newest `KEPT_S` seconds of sound, by numbers of samples; silence where nothing was written. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples = np.zeros(round(KEPT_S * RATE), np.float32)
        self._end = 0

    @property
    def end(self) -> int:
        """Number of the sample after the newest one."""
        with self._lock:
            return self._end

    def write(self, start: int, samples: Floats) -> None:
        """Write `samples`, the first one as number `start`, at or after `end`; what lies between is silence."""
        with self._lock:
            size = len(self._samples)
            gap = min(start - self._end, size)
            self._samples[np.arange(start - gap, start) % size] = 0
            self._samples[np.arange(start, start + len(samples)) % size] = samples
            self._end = start + len(samples)

    def read(self, start: int, count: int) -> Floats:
        """Return `count` samples from number `start` on; (count,) float32."""
        with self._lock:
            numbers = np.arange(start, start + count)
            found = self._samples[numbers % len(self._samples)]
            found[(numbers >= self._end) | (numbers < self._end - len(self._samples))] = 0
            return found


class Aligner:
    """Lays the blocks of one device on a ring's timeline: a sample's number is seconds since `epoch_s` × `RATE`."""

    def __init__(self, ring: Ring, epoch_s: float) -> None:
        self._ring, self._epoch_s = ring, epoch_s
        self._received = 0
        self._opened_s: float | None = None
        # Time, latest time of sample 0, and the same less the latency that was reported.
        self._arrivals: deque[tuple[float, float, float]] = deque()
        self._latency_s = math.inf  # the least one reported
        self._late_since_s: float | None = None
        self._kept = np.empty(0, np.float32)  # the last samples received, for interpolation
        self._position: float | None = None  # in the device's samples, of the next sample to write
        self._number = 0  # of the next sample to write

    def add(self, block: Floats, latency_s: float, now_s: float) -> None:
        """Take a block (N,) whose last sample was captured `latency_s` before `now_s`."""
        self._received += len(block)
        if self._opened_s is None:
            self._opened_s = now_s
        zero_s = now_s - self._received / RATE
        self._note_arrival(now_s, zero_s, zero_s - latency_s)
        self._kept = np.concatenate([self._kept, block])
        if now_s - self._opened_s >= _SETTLE_S:
            # The earliest arrival had the least latency; what waits in a buffer, and false reports, only add to it.
            self._latency_s = min(self._latency_s, latency_s)
            self._write(min(zero_s for _, zero_s, _ in self._arrivals) - self._latency_s)
        self._kept = self._kept[-max(len(block), 4) * 2 :]

    def _note_arrival(self, now_s: float, zero_s: float, reported_s: float) -> None:
        """Keep the arrivals of the last seconds; after a gap in the sound, only those since then.

        A single late block is none: a process that was stopped receives what waited at once.
        """
        late = self._arrivals and reported_s > min(reported_s for *_, reported_s in self._arrivals) + _JUMP_S
        self._late_since_s = (self._late_since_s or now_s) if late else None
        self._arrivals.append((now_s, zero_s, reported_s))
        gap = self._late_since_s is not None and now_s - self._late_since_s > _SETTLE_S
        oldest_s = self._late_since_s if gap and self._late_since_s else now_s - _WINDOW_S
        while self._arrivals[0][0] < oldest_s:
            self._arrivals.popleft()

    def _write(self, zero_s: float) -> None:
        """Write what has been received; `zero_s` is the time at which the device captured its sample 0."""
        first = self._received - len(self._kept)
        if self._position is None:
            self._position = first + 1.0
            self._go_to(zero_s)
        late = (self._epoch_s - zero_s) * RATE + self._number - self._position  # samples to catch up with
        if abs(late) > _JUMP_S * RATE:
            self._position = max(self._position, first + 1.0)
            self._go_to(zero_s)
            late = 0.0
        step = 1 + float(np.clip(late / (_FOLLOW_S * RATE), -_MOST_STRETCH, _MOST_STRETCH))
        count = int((self._received - 2 - self._position) / step)
        if count > 0:
            self._ring.write(self._number, _interpolated(self._kept, self._position - first + step * np.arange(count)))
            self._number += count
            self._position += step * count

    def _go_to(self, zero_s: float) -> None:
        """Write the next sample where it was captured, or leave out samples whose time was written already."""
        assert self._position is not None
        number = round((zero_s - self._epoch_s) * RATE + self._position)
        self._number = max(number, self._ring.end)
        self._position += self._number - number


def _interpolated(samples: Floats, at: Floats) -> Floats:
    """Return samples between samples, by a cubic curve through four of them (Catmull and Rom)."""
    whole = np.floor(at).astype(int)
    part = (at - whole).astype(np.float32)
    before, left, right, behind = (samples[whole + shift] for shift in (-1, 0, 1, 2))
    slope_left, slope_right = (right - before) / 2, (behind - left) / 2
    jump = left - right
    curve = left + part * (
        slope_left + part * (-3 * jump - 2 * slope_left - slope_right + part * (2 * jump + slope_left + slope_right))
    )
    return np.asarray(curve, np.float32)


class MicrophoneFeed:
    """Captures from a microphone that may come and go. `run` is the thread's body; the rest is for any thread.

    Attributes:
        gain: factor for the samples.
        problem: why there is no sound, one line, or "" while it comes.
    """

    def __init__(
        self,
        open_microphone: Callable[[], Microphone],
        gain: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`open_microphone` is called on the thread. `clock`: seconds, the clock that stamps camera frames."""
        self.gain = gain
        self.problem = ""
        self._open_microphone = open_microphone
        self._clock, self._epoch_s = clock, clock()
        self._ring = Ring()
        self._name = ""
        self._stopped = threading.Event()
        self._attempts = 0

    @property
    def name(self) -> str:
        """Name of the device, once it was open; "" before."""
        return self._name

    @property
    def level_db(self) -> float:
        """Loudest sample of the last tenth of a second, in dB of full scale; `SILENT_DB` for silence."""
        count = round(_METER_S * RATE)
        newest = self._ring.end
        if self.problem or self._number(self._clock()) - newest > LATE_S * RATE:
            return SILENT_DB
        peak = float(np.abs(self._ring.read(newest - count, count)).max())
        return max(20 * float(np.log10(max(peak, 1e-9))), SILENT_DB)

    @property
    def complete_until_s(self) -> float:
        """Time before which all sound has arrived, or never will."""
        return max(self._epoch_s + self._ring.end / RATE, self._clock() - LATE_S)

    def read(self, start_s: float, count: int) -> Floats:
        """Return (count,) float32 samples captured from `start_s` on; silence where there was no sound."""
        return self._ring.read(self._number(start_s), count)

    def stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    def run(self) -> None:
        """Capture until `stop`."""
        while not self._stopped.is_set():
            try:
                microphone = self._open_microphone()
            except MicrophoneError as error:
                self._pause(error)
                continue
            try:
                self._capture(microphone)
            except MicrophoneError as error:
                self._pause(error)
            finally:
                microphone.close()

    def _number(self, time_s: float) -> int:
        return round((time_s - self._epoch_s) * RATE)

    def _capture(self, microphone: Microphone) -> None:
        aligner = Aligner(self._ring, self._epoch_s)
        while not self._stopped.is_set():
            block, latency_s = microphone.read()
            if self.problem:
                _log.info("%s: is back", microphone.name)
            self._name, self.problem, self._attempts = microphone.name, "", 0
            aligner.add(np.clip(block * np.float32(self.gain), -1, 1), latency_s, self._clock())

    def _pause(self, error: MicrophoneError) -> None:
        """Report the problem once, and wait before the next attempt."""
        if not self.problem:
            _log.warning("%s; until then there is silence", error)
        self.problem = str(error)
        self._stopped.wait(PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)])
        self._attempts += 1
