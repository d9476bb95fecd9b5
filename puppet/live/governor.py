"""Holds the camera's frame rate on a busy machine by reducing preview rate, precision, size and tracking rate.

Pure logic without threads or clocks: the session reports the duration of each frame, and applies the returned `Step`
between two frames. Steps are ordered from least to most visible.
"""

from __future__ import annotations

from collections.abc import Sequence

from puppet.domain import Aim, Pace, Step

MAX_FPS = 30.0
_WINDOW_S, _WINDOW_FRAMES = 1.5, 8  # least duration and number of frames that a decision is based on
_OUTLIERS = 0.1  # share of the slowest frames that is ignored: a single slow frame is no load
_FULL, _ROOM = 0.95, 0.85  # shares of the frame period: slower is a step down; a step up must be expected to fit
_STEP_UP_AFTER_S = 6.0  # spare time needed before a step up that is expected to fit
_RETRY_AFTER_S = 60.0  # and before one that is not: the load may have ended just when the step down was taken
_LONGEST_WAIT_S = 3600.0
_LEAST_RATE = 9.0  # previews or tracked frames per second that a step down must leave,
_TOO_RARE = 7.0  # and below which it is undone
_UNDONE_S = 10.0  # a step up that is undone within this time doubles the wait for the next


LADDER = (
    Step(),
    Step(preview_every=2),
    Step(preview_every=2, allow_low_precision=True),
    Step(preview_every=2, allow_low_precision=True, side_px=540),
    Step(preview_every=2, allow_low_precision=True, side_px=540, track_every=2),
    Step(preview_every=3, allow_low_precision=True, side_px=360, track_every=3),
)


def ladder(*, preview: bool = True, allow_low_precision: bool = True, side_px: int = 720) -> tuple[Step, ...]:
    """Return the steps that are possible.

    Args:
        preview: False if there is no preview.
        allow_low_precision: False if the engine has no lower precision.
        side_px: shorter side of pictures that are composed from the portrait's own pixels; 0: none are.
    """
    possible = (
        Step(
            step.preview_every if preview else 1,
            step.track_every,
            step.allow_low_precision and allow_low_precision,
            step.side_px if step.side_px < side_px else 0,
        )
        for step in LADDER
    )
    return tuple(dict.fromkeys(possible))


class Governor:
    """Decides the step. `observe` belongs to the painter thread; `step` and `line` may be read on any.

    When frames take longer than the rate allows, it takes a step down and measures how much that saves. When a frame is
    expected to fit at the step above, it takes a step up. Each step up that has to be undone doubles the wait for the
    next, so that it does not oscillate. It takes no step that would leave too few previews or tracked frames: on a
    machine that is far too slow, reducing quality does not help.
    """

    def __init__(self, steps: Sequence[Step] = LADDER) -> None:
        """`steps`: from full quality down."""
        self._steps = tuple(steps)
        self._at = 0
        self._costs = [1.0] * len(self._steps)  # last measured: a frame at this step takes so many times the next's
        self._before_ms = 0.0  # a frame's duration before the last step down; 0 once its effect is measured
        self._frames_ms: list[float] = []
        self._window_since_s: float | None = None
        self._spare_since_s: float | None = None
        self._stepped_up_s: float | None = None
        self._wait_factor = 1.0  # doubles with every step up that was undone
        self._pace: Pace | None = None

    @property
    def step(self) -> Step:
        """The current step."""
        return self._steps[self._at]

    @property
    def pace(self) -> Pace | None:
        """The frame rate that is held, and the reductions for it; None at full quality."""
        return self._pace

    def observe(self, frame_ms: float, now_s: float, wanted_fps: float) -> Step:
        """Account for a finished frame and return the step for the next.

        Args:
            frame_ms: duration of its computation, without waiting for the camera.
            now_s: time, on any monotonic clock.
            wanted_fps: the camera's rate; above 30 counts as 30. 0: frames come on demand, no rate is held.
        """
        if wanted_fps <= 0:
            return self.step
        if self._window_since_s is None:
            self._window_since_s = now_s
        self._frames_ms.append(frame_ms)
        if now_s - self._window_since_s >= _WINDOW_S and len(self._frames_ms) >= _WINDOW_FRAMES:
            self._decide(_typical(self._frames_ms), now_s, min(wanted_fps, MAX_FPS))
        return self.step

    def _decide(self, frame_ms: float, now_s: float, wanted_fps: float) -> None:
        """Step down, step up or stay, and start the next window."""
        self._frames_ms, self._window_since_s = [], now_s
        budget_ms = 1000 / wanted_fps
        if self._before_ms:
            self._costs[self._at - 1], self._before_ms = max(self._before_ms / frame_ms, 1.0), 0.0
        too_slow = frame_ms > _FULL * budget_ms
        fps = min(1000 / frame_ms, wanted_fps)
        if too_slow and self._at + 1 < len(self._steps) and self._steps[self._at + 1].rate(fps) >= _LEAST_RATE:
            self._step_down(frame_ms, now_s)
        elif self._at and (self.step.rate(fps) < _TOO_RARE or self._may_step_up(frame_ms, budget_ms, now_s)):
            self._step_up(now_s)
        aim = Aim.AIMING if self._before_ms else Aim.MISSING if too_slow else Aim.HOLDING
        self._pace = Pace(aim, wanted_fps, self.step) if self._at or aim is not Aim.HOLDING else None

    def _step_down(self, frame_ms: float, now_s: float) -> None:
        undone = self._stepped_up_s is not None and now_s - self._stepped_up_s < _UNDONE_S
        self._wait_factor = 2 * self._wait_factor if undone else 1.0
        self._at += 1
        self._before_ms, self._spare_since_s, self._stepped_up_s = frame_ms, None, None

    def _may_step_up(self, frame_ms: float, budget_ms: float, now_s: float) -> bool:
        """Return True after enough spare time; more is needed if a frame is not expected to fit at the step above."""
        if frame_ms > _ROOM * budget_ms:
            self._spare_since_s = None
            return False
        if self._spare_since_s is None:
            self._spare_since_s = now_s
        fits = frame_ms * self._costs[self._at - 1] <= _ROOM * budget_ms
        wait_s = (_STEP_UP_AFTER_S if fits else _RETRY_AFTER_S) * self._wait_factor
        return now_s - self._spare_since_s >= min(wait_s, _LONGEST_WAIT_S)

    def _step_up(self, now_s: float) -> None:
        self._at -= 1
        self._spare_since_s, self._stepped_up_s = None, now_s


def _typical(frames_ms: Sequence[float]) -> float:
    """Return the mean without the slowest frames: with tracking every 2nd frame a median would ignore half of them."""
    kept = sorted(frames_ms)[: max(1, round(len(frames_ms) * (1 - _OUTLIERS)))]
    return max(sum(kept) / len(kept), 1e-3)
