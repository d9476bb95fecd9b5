"""A microphone's sound on the frames' clock: late arrivals, a clock that drifts, gaps; a device that goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from puppet.domain import Floats
from puppet.errors import MicrophoneError
from puppet.microphones.base import RATE, Microphone
from puppet.microphones.feed import LATE_S, SILENT_DB, Aligner, MicrophoneFeed, Ring
from tests.support.waiting import until

BLOCK = RATE // 50


def _tone(times_s: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Floats:
    """Return a sound whose value tells its time: a slow sine."""
    return np.sin(2 * np.pi * 3 * times_s).astype(np.float32) * np.float32(0.5)


def _align(ppm: float, jitter_s: float, seconds: float, gap: tuple[float, float] = (0, 0)) -> tuple[Ring, float]:
    """Feed a tone from a device whose clock is `ppm` fast, as blocks that arrive late by up to `jitter_s`."""
    ring, rng = Ring(), np.random.default_rng(0)
    aligner = Aligner(ring, 100.0)
    rate = RATE * (1 + ppm * 1e-6)
    now_s = 0.0
    for number in range(round(seconds * rate / BLOCK)):
        captured_s = 100.3 + (number * BLOCK + np.arange(BLOCK)) / rate
        arrival_s = captured_s[-1] + 1 / rate + 0.01 + rng.exponential(jitter_s / 4)
        now_s = max(now_s, arrival_s)
        if not gap[0] <= captured_s[0] - 100 < gap[1]:
            aligner.add(_tone(captured_s), 0.01, now_s)
    return ring, now_s


def _deviation_s(ring: Ring, at_s: float, seconds: float = 1.0) -> float:
    """Return by how much the sound from `at_s` on (epoch: 100 s) is off, by the best match of the tone."""
    found = ring.read(round((at_s - 100) * RATE), round(seconds * RATE))
    times_s = at_s + np.arange(len(found)) / RATE
    shifts = np.arange(-0.06, 0.06, 0.0005)
    errors = [float(np.abs(_tone(times_s - shift) - found).mean()) for shift in shifts]
    return float(shifts[int(np.argmin(errors))])


@pytest.mark.parametrize("ppm", [800, -800])
def test_a_clock_that_drifts_and_blocks_that_come_late_stay_in_step(ppm: float) -> None:
    ring, end_s = _align(ppm, 0.03, 18)
    for before_s in (8.0, 2.0):
        assert abs(_deviation_s(ring, end_s - before_s)) < 0.005


def test_the_sound_is_not_distorted() -> None:
    ring, end_s = _align(50, 0.02, 10)
    found = ring.read(round((end_s - 102) * RATE), RATE)
    assert np.abs(np.diff(found)).max() < 1.1 * 0.5 * 2 * np.pi * 3 / RATE


def test_a_gap_is_silence_and_what_follows_is_in_step() -> None:
    ring, end_s = _align(0, 0.02, 15, gap=(5.0, 8.0))
    assert not ring.read(round(6.0 * RATE), RATE).any()
    assert abs(_deviation_s(ring, end_s - 3)) < 0.005


def test_a_process_that_was_stopped_for_a_second_catches_up() -> None:
    ring = Ring()
    aligner, now_s = Aligner(ring, 100.0), 0.0
    for number in range(400):
        captured_s = 100.3 + (number * BLOCK + np.arange(BLOCK)) / RATE
        now_s = captured_s[-1] + 0.01
        aligner.add(_tone(captured_s), 0.0, 105.0 if 104 < now_s < 105 else now_s)
    for at_s in (103.5, 104.5, 105.5):
        assert abs(_deviation_s(ring, at_s)) < 0.012


def test_sound_that_waits_in_the_server_for_seconds_stays_in_step() -> None:
    """A busy machine reads every block late, and the server reports by how much."""
    ring = Ring()
    aligner, rng = Aligner(ring, 100.0), np.random.default_rng(0)
    for number in range(800):
        captured_s = 100.3 + (number * BLOCK + np.arange(BLOCK)) / RATE
        waited_s = 0.1 + rng.exponential(0.02) if 106 < captured_s[0] < 110 else 0.0
        aligner.add(_tone(captured_s), 0.01 + waited_s, captured_s[-1] + 0.01 + waited_s)
    for at_s in (105.5, 107.0, 109.0, 112.0):
        assert abs(_deviation_s(ring, at_s)) < 0.005


def test_a_server_that_reports_too_much_latency_after_an_overload_moves_no_sound() -> None:
    """As PipeWire does: the sound arrives as before."""
    ring = Ring()
    aligner, rng = Aligner(ring, 100.0), np.random.default_rng(0)
    for number in range(1000):
        captured_s = 100.3 + (number * BLOCK + np.arange(BLOCK)) / RATE
        excess_s = max(0.0, 0.1 - (captured_s[0] - 105) * 0.005) if captured_s[0] > 105 else 0.0
        aligner.add(_tone(captured_s), 0.01 + excess_s, captured_s[-1] + 0.01 + rng.exponential(0.002))
    for at_s in (104.0, 107.0, 112.0, 118.0):
        assert abs(_deviation_s(ring, at_s)) < 0.005


def test_the_ring_keeps_the_newest_and_is_silent_elsewhere() -> None:
    ring = Ring()
    ring.write(10, np.ones(5, np.float32))
    ring.write(20, np.ones(5, np.float32))
    assert ring.read(8, 20).tolist() == [0] * 2 + [1] * 5 + [0] * 5 + [1] * 5 + [0] * 3
    ring.write(100 * RATE, np.ones(5, np.float32))
    assert not ring.read(10, 20).any()
    assert ring.end == 100 * RATE + 5


class _Device:
    """A microphone that delivers a constant, and fails when it is told to."""

    name = "a device"

    def __init__(self, clock: list[float], value: float) -> None:
        self.unplugged, self.closed = threading.Event(), False
        self._clock, self._value = clock, value

    def read(self) -> tuple[Floats, float]:
        if self.unplugged.wait(0.001):
            raise MicrophoneError("a device: was unplugged; plug it in again")
        self._clock[0] += BLOCK / RATE
        return np.full(BLOCK, self._value, np.float32), 0.0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def devices(clock: list[float]) -> list[_Device]:
    return [_Device(clock, 0.25), _Device(clock, 0.5)]


@pytest.fixture
def feed(clock: list[float], devices: list[_Device], monkeypatch: pytest.MonkeyPatch) -> Iterator[MicrophoneFeed]:
    monkeypatch.setattr("puppet.microphones.feed.PAUSES_S", (0.01,))
    waiting = list(devices)

    def opener() -> Microphone:
        if not waiting:
            raise MicrophoneError("No microphone; plug one in")
        return waiting.pop(0)

    running = MicrophoneFeed(opener, gain=2.0, clock=lambda: clock[0])
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_gain_and_level(feed: MicrophoneFeed) -> None:
    until(lambda: feed.level_db > SILENT_DB)
    assert feed.level_db == pytest.approx(20 * np.log10(0.5), abs=0.1)
    assert (feed.name, feed.problem) == ("a device", "")


def test_an_unplugged_device_is_told_once_and_used_again_when_it_is_back(
    feed: MicrophoneFeed, devices: list[_Device], clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    until(lambda: feed.level_db > SILENT_DB)
    devices[0].unplugged.set()
    until(lambda: clock[0] > 0 and feed.level_db > -1)  # the second one is twice as loud
    devices[1].unplugged.set()
    until(lambda: feed.problem == "No microphone; plug one in")
    assert devices[0].closed
    assert devices[1].closed
    assert feed.level_db == SILENT_DB
    told = [record.getMessage() for record in caplog.records]
    assert told == ["a device: was unplugged; plug it in again; until then there is silence"] * 2
    clock[0] += 10
    assert feed.complete_until_s == pytest.approx(clock[0] - LATE_S)
    assert not feed.read(clock[0] - 5, RATE).any()
