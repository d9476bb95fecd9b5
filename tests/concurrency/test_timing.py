"""Stage times and rates, on clocks that tests advance."""

from __future__ import annotations

import pytest

from puppet.concurrency.timing import RateMeter, StageClock, percentiles
from tests.support.fakes import FakeClock


def test_a_stage_takes_what_the_clock_says() -> None:
    clock = FakeClock()
    stages = StageClock(clock)
    with stages("track"):
        clock.now_s += 0.004
    with stages("render"):
        clock.now_s += 0.020
    assert stages.finish_frame() == pytest.approx({"track": 4.0, "render": 20.0})


def test_a_stage_entered_twice_in_a_frame_adds_up() -> None:
    clock = FakeClock()
    stages = StageClock(clock)
    for _ in range(2):
        with stages("track"):
            clock.now_s += 0.003
    assert stages.finish_frame() == pytest.approx({"track": 6.0})


def test_stages_stay_in_the_order_of_a_frames_journey() -> None:
    stages = StageClock(FakeClock())
    for name in ("track", "detect", "render"):
        with stages(name):
            pass
    stages.finish_frame()
    assert list(stages.times()) == ["track", "detect", "render"]


def test_percentiles_are_of_the_newest_frames_only() -> None:
    stages = StageClock(FakeClock(), window=10)
    for spent_ms in [1000.0] * 5 + [2.0] * 10:
        stages.add("render", spent_ms)
    assert stages.times()["render"].p99_ms == pytest.approx(2.0)


def test_a_stage_that_raises_is_not_counted() -> None:
    stages = StageClock(FakeClock())
    with pytest.raises(ValueError, match="on purpose"), stages("track"):
        raise ValueError("on purpose")
    assert stages.finish_frame() == {}


def test_percentiles_of_a_ramp() -> None:
    times = percentiles(float(number) for number in range(101))
    assert (times.p50_ms, times.p95_ms, times.p99_ms) == pytest.approx((50.0, 95.0, 99.0))


def test_rate_of_even_events() -> None:
    clock = FakeClock()
    meter = RateMeter(clock)
    for _ in range(61):
        meter.tick()
        clock.now_s += 1 / 30
    assert meter.rate() == pytest.approx(30.0, rel=0.02)


def test_rate_falls_as_soon_as_events_stay_away_and_ends_at_zero() -> None:
    clock = FakeClock()
    meter = RateMeter(clock)
    for _ in range(30):
        meter.tick()
        clock.now_s += 1 / 30
    clock.now_s += 0.5
    assert 10 < meter.rate() < 25
    clock.now_s += 10
    assert meter.rate() == 0.0


def test_one_event_has_no_rate() -> None:
    meter = RateMeter(FakeClock())
    meter.tick()
    assert meter.rate() == 0.0
