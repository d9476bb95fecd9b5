"""The governor holds the rate step by step, steps up again, and does not oscillate. Time is simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest

from puppet.domain import Step
from puppet.live.governor import LADDER, Governor, ladder

Load = Callable[[Step], float]
"""Duration of a frame at a step, in milliseconds."""
_SAVED_MS = {"preview_every": 4.0, "track_every": 8.0, "allow_low_precision": 1.0, "side_px": 3.0}


class _Loop:
    """A loop at the camera's rate, or slower where frames take longer; counts the changes of the step."""

    def __init__(self, governor: Governor, fps: float = 30.0) -> None:
        self.governor = governor
        self.now_s = 100.0
        self.changes: list[Step] = []
        self._fps = fps

    def run(self, seconds: float, load: Load) -> Step:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            before = self.governor.step
            spent_ms = load(before)
            self.now_s += max(spent_ms / 1000, 1 / self._fps)
            if self.governor.observe(spent_ms, self.now_s, self._fps) != before:
                self.changes.append(self.governor.step)
        return self.governor.step


def _load(full_ms: float) -> Load:
    """Each step saves what it would on a small laptop."""

    def spent_ms(step: Step) -> float:
        saved = _SAVED_MS["preview_every"] * (1 - 1 / step.preview_every)
        saved += _SAVED_MS["track_every"] * (1 - 1 / step.track_every)
        saved += _SAVED_MS["allow_low_precision"] * step.allow_low_precision
        saved += _SAVED_MS["side_px"] * (1 - (step.side_px or 720) / 720)
        return max(full_ms - saved, 1.0)

    return spent_ms


def test_a_fast_machine_keeps_full_quality() -> None:
    loop = _Loop(Governor())
    assert loop.run(60, _load(25)) == Step()
    assert loop.governor.pace is None


def test_another_step_down_is_taken_when_the_one_before_is_not_enough() -> None:
    loop = _Loop(Governor())
    loop.run(60, _load(40))
    assert loop.changes == list(LADDER[1:])


@pytest.mark.parametrize("index", range(1, len(LADDER)))
def test_it_stops_at_the_first_step_that_holds_the_rate(index: int) -> None:
    full_ms = 40.0
    enough = _load(full_ms)(LADDER[index])
    # Scaled so that this step just fits and the one before does not.
    load: Load = lambda step: _load(full_ms)(step) * 31.5 / enough  # noqa: E731
    loop = _Loop(Governor())
    loop.run(30, load)
    expected = next(step for step in LADDER if load(step) <= 0.95 * 1000 / 30)
    assert loop.governor.step == expected
    assert str(loop.governor.pace).startswith("holding 30 fps: ")


def test_each_step_up_is_taken_once_the_load_is_gone() -> None:
    loop = _Loop(Governor())
    loop.run(30, _load(40))
    loop.changes.clear()
    assert loop.run(120, _load(15)) == Step()
    assert loop.changes == list(reversed(LADDER[:-1]))
    assert loop.governor.pace is None


def test_the_line_says_what_it_aims_at_until_it_is_held() -> None:
    governor = Governor()
    loop = _Loop(governor)
    loop.run(1.6, _load(33))
    assert str(governor.pace) == "aiming at 30 fps: preview every 2nd frame"
    loop.run(3, _load(33))
    assert str(governor.pace) == "holding 30 fps: preview every 2nd frame"


def test_a_step_up_waits_for_some_seconds_of_spare_time() -> None:
    loop = _Loop(Governor(LADDER[:2]))
    loop.run(10, _load(35))
    assert loop.run(5, _load(15)) == LADDER[1]
    assert loop.run(10, _load(15)) == Step()


def test_a_load_that_only_fits_at_the_lower_step_does_not_oscillate() -> None:
    """Without the preview a frame takes 27 of 33 ms, with it 36: it tries again a few times, ever more rarely."""
    load: Load = lambda step: 27.0 if step.preview_every > 1 else 36.0  # noqa: E731
    loop = _Loop(Governor())
    tries = []
    for _ in range(6):
        loop.changes.clear()
        loop.run(300, load)
        tries.append(loop.changes.count(Step()))
    assert loop.governor.step == LADDER[1]
    assert sum(tries) <= 5
    assert sum(tries[3:]) <= 1


def test_a_step_that_just_fits_is_left_alone() -> None:
    """At 30 of 33 ms there is no room to try anything."""
    load: Load = lambda step: 30.0 if step.preview_every > 1 else 36.0  # noqa: E731
    loop = _Loop(Governor())
    loop.run(1800, load)
    assert loop.changes == [LADDER[1]]


def test_after_a_load_that_ended_with_the_step_down_the_step_above_is_tried_again() -> None:
    loop = _Loop(Governor())
    loop.run(1.6, lambda step: 50.0)
    assert loop.governor.step == LADDER[1]
    assert loop.run(30, lambda step: 20.0) == LADDER[1]
    assert loop.run(40, lambda step: 20.0) == Step()


def test_a_rate_that_no_step_reaches_ends_at_the_last_step() -> None:
    loop = _Loop(Governor())
    loop.run(600, _load(43))
    assert loop.changes == list(LADDER[1:])
    assert str(loop.governor.pace).startswith("not reaching 30 fps: preview every 3rd frame")


def test_a_machine_far_too_slow_keeps_full_quality() -> None:
    """At 10 frames a second, every 3rd of them would look like a still."""
    loop = _Loop(Governor())
    loop.run(600, _load(100))
    assert loop.changes == []
    assert str(loop.governor.pace) == "not reaching 30 fps"


def test_reductions_are_undone_when_they_no_longer_help() -> None:
    loop = _Loop(Governor())
    loop.run(30, _load(40))
    assert loop.governor.step == LADDER[-1]
    loop.changes.clear()
    assert loop.run(300, _load(100)) == Step()
    assert loop.changes == list(reversed(LADDER[:-1]))


def test_a_load_at_that_limit_does_not_oscillate() -> None:
    count = iter(range(100_000))
    loop = _Loop(Governor())
    loop.run(600, lambda step: 54.0 + 6 * (next(count) // 40 % 2))
    assert len(loop.changes) < len(LADDER)


def test_steps_up_that_are_undone_at_once_become_rare() -> None:
    """Something else gets busy soon after each climb and calm soon after each step down: no step's doing, and foul."""
    loop = _Loop(Governor(LADDER[:2]))
    changes_s = [loop.now_s]

    def load(step: Step) -> float:
        if len(loop.changes) >= len(changes_s):
            changes_s.append(loop.now_s)
        calm_at_first = step == Step()
        return 20.0 if (loop.now_s - changes_s[-1] < 5) is calm_at_first else 60.0

    loop.run(1800, load)
    climbs_s = changes_s[2::2]
    waits_s = [later - earlier for earlier, later in pairwise(climbs_s)]
    assert len(climbs_s) >= 4
    assert waits_s == sorted(waits_s)
    assert waits_s[-1] > 4 * waits_s[0]


def test_a_single_stutter_is_no_load() -> None:
    loop = _Loop(Governor())
    count = iter(range(10_000))
    assert loop.run(60, lambda step: 400.0 if next(count) % 40 == 39 else 20.0) == Step()


def test_alternating_frames_count_with_their_mean() -> None:
    """With tracking every 2nd frame one takes 24 ms, the next 34: together they hold 30 fps."""
    count = iter(range(10_000))
    loop = _Loop(Governor())
    assert loop.run(30, lambda step: 24.0 if next(count) % 2 else 34.0) == Step()


def test_a_slow_camera_leaves_more_time() -> None:
    loop = _Loop(Governor(), fps=15.0)
    assert loop.run(30, _load(50)) == Step()


def test_a_fast_camera_is_followed_to_30_fps_only() -> None:
    loop = _Loop(Governor(), fps=60.0)
    assert loop.run(30, _load(25)) == Step()


def test_frames_on_demand_have_no_rate_to_hold() -> None:
    governor = Governor()
    for index in range(1000):
        assert governor.observe(500.0, index * 0.5, 0.0) == Step()


@pytest.mark.parametrize(
    ("steps", "forbidden"),
    [
        (ladder(preview=False), lambda step: step.preview_every > 1),
        (ladder(allow_low_precision=False), lambda step: step.allow_low_precision),
        (ladder(side_px=480), lambda step: step.side_px >= 480),
        ((Step(),), lambda step: step != Step()),
    ],
)
def test_impossible_steps_are_never_taken(steps: Sequence[Step], forbidden: Callable[[Step], bool]) -> None:
    loop = _Loop(Governor(steps))
    loop.run(60, _load(41))
    assert loop.governor.step == steps[-1]
    assert not any(map(forbidden, loop.changes))
    assert "fps" in str(loop.governor.pace)


def test_a_ladder_has_no_step_twice_and_starts_at_full_quality() -> None:
    for steps in (
        ladder(),
        ladder(preview=False),
        ladder(allow_low_precision=False),
        ladder(preview=False, allow_low_precision=False),
        ladder(side_px=0),
        ladder(side_px=480),
    ):
        assert steps[0] == Step()
        assert len(set(steps)) == len(steps)
    assert ladder() == LADDER


def test_the_words_name_every_reduction() -> None:
    assert Step(2, 3).words == "preview every 2nd frame, tracking every 3rd frame"
    assert Step(allow_low_precision=True, side_px=540).words == "lower precision, composed at 540 px"
    assert Step().words == ""
