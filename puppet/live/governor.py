"""Holds the wanted frame rate on a machine that gets busy: gives up a little at a time, and takes it back when it can.

Pure logic without threads or clocks: the session tells it what each frame took and when, and applies the `Step` it
answers with between two frames. Steps are ordered from what is hardly seen to what is seen at once; what a person
forbids is not among them.
"""

from __future__ import annotations

from collections.abc import Sequence

from puppet.domain import Step

MOST_FPS = 30.0
_JUDGE_S, _JUDGE_FRAMES = 1.5, 8  # a judgement looks at this long, and at this many frames at least
_OUTLIERS = 0.1  # the slowest tenth is left out: one stutter is no load
_FULL, _ROOM = 0.95, 0.85  # of a frame's time: above, a step down; what a step up may be expected to take
_CLIMB_AFTER_S = 6.0  # of calm, where a step up is expected to fit
_DOUBT_AFTER_S = 60.0  # of calm, where it is not: what a step saved may have been something else that ended just then
_LONGEST_WAIT_S = 3600.0
_LEAST_RATE = 9.0  # previews or looks a second that a step must leave to be taken,
_TOO_RARE = 7.0  # and below which it is given back
_TAKEN_BACK_S = 10.0  # a climb that lasted no longer doubles the wait for the next


LADDER = (
    Step(),
    Step(preview_every=2),
    Step(preview_every=2, allow_low_precision=True),
    Step(preview_every=2, allow_low_precision=True, track_every=2),
    Step(preview_every=3, allow_low_precision=True, track_every=3),
)


def ladder(*, preview: bool = True, allow_low_precision: bool = True) -> tuple[Step, ...]:
    """The steps that are left.

    Args:
        preview: whether there is one to slow down.
        allow_low_precision: whether the engine has a lower precision than the one it keeps to.
    """
    left = (
        Step(step.preview_every if preview else 1, step.track_every, step.allow_low_precision and allow_low_precision)
        for step in LADDER
    )
    return tuple(dict.fromkeys(left))


class Governor:
    """Decides the step; belongs to the loop's thread, `line` may be read on any.

    A step down is taken when frames take longer than the rate allows. On the way it learns what each step saves, and
    climbs back when a frame is expected to fit there. It seldom doubts that, and each climb that has to be taken back
    doubles the wait for the next: so it settles instead of swinging. Where frames take so long that a step would show
    a standing picture, it is not taken: a machine far too slow gives up nothing, since that would not help.
    """

    def __init__(self, steps: Sequence[Step] = LADDER) -> None:
        """`steps`: what may be given up, the first one nothing."""
        self._steps = tuple(steps)
        self._at = 0
        self._costs = [1.0] * len(self._steps)  # a frame at this step over one at the next, as last seen
        self._left_ms = 0.0  # what a frame took before the last step down; 0 once the step is judged
        self._frames_ms: list[float] = []
        self._since_s: float | None = None
        self._calm_since_s: float | None = None
        self._climbed_s: float | None = None
        self._waits = 1.0  # times longer than at first, after climbs that were taken back
        self._line = ""

    @property
    def step(self) -> Step:
        """What is done for each frame now."""
        return self._steps[self._at]

    @property
    def line(self) -> str:
        """What people see: "" at full quality."""
        return self._line

    def observe(self, frame_ms: float, now_s: float, wanted_fps: float) -> Step:
        """One frame is finished.

        Args:
            frame_ms: what it took on the loop's thread, without waiting for the camera.
            now_s: when, on any monotonic clock.
            wanted_fps: the camera's rate; above 30 counts as 30. 0: frames come when they are wanted, nothing is held.

        Returns:
            What to do for the next frame.
        """
        if wanted_fps <= 0:
            return self.step
        if self._since_s is None:
            self._since_s = now_s
        self._frames_ms.append(frame_ms)
        if now_s - self._since_s >= _JUDGE_S and len(self._frames_ms) >= _JUDGE_FRAMES:
            self._judge(_typical(self._frames_ms), now_s, min(wanted_fps, MOST_FPS))
        return self.step

    def _judge(self, frame_ms: float, now_s: float, wanted_fps: float) -> None:
        """Step down, step up or stay; the next judgement begins from nothing."""
        self._frames_ms, self._since_s = [], now_s
        budget_ms = 1000 / wanted_fps
        if self._left_ms:
            self._costs[self._at - 1], self._left_ms = max(self._left_ms / frame_ms, 1.0), 0.0
        too_slow = frame_ms > _FULL * budget_ms
        fps = min(1000 / frame_ms, wanted_fps)
        if too_slow and self._at + 1 < len(self._steps) and self._steps[self._at + 1].rate(fps) >= _LEAST_RATE:
            self._step_down(frame_ms, now_s)
        elif self._at and (self.step.rate(fps) < _TOO_RARE or self._may_climb(frame_ms, budget_ms, now_s)):
            self._step_up(now_s)
        self._line = self._words(wanted_fps, too_slow)

    def _step_down(self, frame_ms: float, now_s: float) -> None:
        taken_back = self._climbed_s is not None and now_s - self._climbed_s < _TAKEN_BACK_S
        self._waits = 2 * self._waits if taken_back else 1.0
        self._at += 1
        self._left_ms, self._calm_since_s, self._climbed_s = frame_ms, None, None

    def _may_climb(self, frame_ms: float, budget_ms: float, now_s: float) -> bool:
        """Whether there has been room for long enough; longer where the step up is not expected to fit."""
        if frame_ms > _ROOM * budget_ms:
            self._calm_since_s = None
            return False
        if self._calm_since_s is None:
            self._calm_since_s = now_s
        fits = frame_ms * self._costs[self._at - 1] <= _ROOM * budget_ms
        wait_s = (_CLIMB_AFTER_S if fits else _DOUBT_AFTER_S) * self._waits
        return now_s - self._calm_since_s >= min(wait_s, _LONGEST_WAIT_S)

    def _step_up(self, now_s: float) -> None:
        self._at -= 1
        self._calm_since_s, self._climbed_s = None, now_s

    def _words(self, wanted_fps: float, too_slow: bool) -> str:
        given_up = f": {self.step.words}" if self._at else ""
        if self._left_ms:
            return f"aiming at {wanted_fps:.0f} fps{given_up}"
        if too_slow:
            return f"not reaching {wanted_fps:.0f} fps{given_up}"
        return f"holding {wanted_fps:.0f} fps{given_up}" if given_up else ""


def _typical(frames_ms: Sequence[float]) -> float:
    """The mean without the slowest: with tracking every 2nd frame a median would see only half of the frames."""
    kept = sorted(frames_ms)[: max(1, round(len(frames_ms) * (1 - _OUTLIERS)))]
    return max(sum(kept) / len(kept), 1e-3)
