"""Predicts the performer's pose in frames that are not tracked, from the last two tracked ones.

Used while the governor tracks only every 2nd or 3rd frame. On the puppet thread.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from puppet.domain import Floats, Keypoints

_LONGEST_S = 0.25  # tracked frames further apart than this give no speed


class Predictor:
    """Decides which frames are tracked and predicts the pose in the others.

    Attributes:
        track_every: every n-th frame is tracked; 1: all.
    """

    def __init__(self) -> None:
        self.track_every = 1
        self._skipped = 0  # frames since the last tracked one
        self._view: object = None
        self._last: Keypoints | None = None
        self._before: Keypoints | None = None
        self._last_s = self._before_s = 0.0

    def update(self, keypoints: Keypoints | None, view: object, time_s: float) -> None:
        """Take over the result of a tracked frame.

        Args:
            keypoints: the pose; None when no face was found.
            view: size and mirroring of the frame; frames of another view are always tracked.
            time_s: the frame's time.
        """
        if view != self._view:
            self.forget()
        self._before, self._before_s = self._last, self._last_s
        self._last, self._last_s = keypoints, time_s
        self._view, self._skipped = view, 0

    def forget(self) -> None:
        """Discard the poses: the next frame is of another performer, box or camera."""
        self._last = self._before = None

    def predict(self, view: object, time_s: float) -> Keypoints | None:
        """Return the pose in the next frame; None when this frame has to be tracked."""
        if self._skipped + 1 >= self.track_every or view != self._view or self._last is None:
            return None
        self._skipped += 1
        return self._extrapolate(self._last, time_s)

    def _extrapolate(self, last: Keypoints, time_s: float) -> Keypoints:
        """Continue the motion by one step at most; return the last pose where the speed is unknown."""
        before, step_s = self._before, self._last_s - self._before_s
        if before is None or not 0 < step_s < _LONGEST_S:
            return last
        share = min(max((time_s - self._last_s) / step_s, 0.0), 1.0)

        def continued(now: Floats, then: Floats) -> Floats:
            return (now + share * (now - then)).astype(np.float32)

        # Covariances have to stay positive, segmentations have to stay in [0, 1].
        return replace(last.map(continued, before), covariances=last.covariances, segmentation=last.segmentation)
