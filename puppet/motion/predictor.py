"""Where the performer is in a frame that nobody looked at: the motion of the last two looks goes on.

Used when the governor has the tracker look at every 2nd or 3rd frame only. Belongs to the puppet thread.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from puppet.domain import Floats, Keypoints

_LONGEST_S = 0.25  # looks further apart than this say nothing about the speed between them


class Predictor:
    """Decides which frames are looked at, and says where the performer is in the others.

    Attributes:
        every: every how many frames are looked at; 1: all.
    """

    def __init__(self) -> None:
        """Has seen nothing."""
        self.every = 1
        self._passed = 0  # frames since the last look
        self._view: object = None
        self._last: Keypoints | None = None
        self._before: Keypoints | None = None
        self._last_s = self._before_s = 0.0

    def see(self, keypoints: Keypoints | None, view: object, time_s: float) -> None:
        """What a look found.

        Args:
            keypoints: the pose; None: nobody there.
            view: what a frame must have in common with the last one to be passed over: size, mirroring.
            time_s: the frame's.
        """
        if view != self._view:
            self.forget()
        self._before, self._before_s = self._last, self._last_s
        self._last, self._last_s = keypoints, time_s
        self._view, self._passed = view, 0

    def forget(self) -> None:
        """The next frame is of another performer, square or camera."""
        self._last = self._before = None

    def expected(self, view: object, time_s: float) -> Keypoints | None:
        """The pose in a frame that need not be looked at; None: look at this one."""
        if self._passed + 1 >= self.every or view != self._view or self._last is None:
            return None
        self._passed += 1
        return self._at(time_s)

    def _at(self, time_s: float) -> Keypoints | None:
        """The pose expected at a time after the last look; the last one itself where the speed is not known."""
        last, before = self._last, self._before
        span_s = self._last_s - self._before_s
        if last is None or before is None or not 0 < span_s < _LONGEST_S:
            return last
        share = min(max((time_s - self._last_s) / span_s, 0.0), 1.0)
        return replace(
            last,
            points=_further(last.points, before.points, share),
            depth=_further_or_none(last.depth, before.depth, share),
            jacobians=_further_or_none(last.jacobians, before.jacobians, share),
            body=_further_or_none(last.body, before.body, share),
        )


def _further_or_none(last: Floats | None, before: Floats | None, share: float) -> Floats | None:
    return None if last is None or before is None else _further(last, before, share)


def _further(last: Floats, before: Floats, share: float) -> Floats:
    return (last + share * (last - before)).astype(np.float32)
