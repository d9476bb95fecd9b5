"""Fades from one way of composing a portrait to another over a few frames, so that the exchange is not seen."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")
FRAMES = 8
"""Number of frames that mix both."""


class Crossfade(Generic[T]):
    """Tracks the exchange of what composes a picture; belongs to the thread that paints."""

    def __init__(self) -> None:
        """Begin without a picture."""
        self._shown: object = None
        self._before: T | None = None
        self._now: T | None = None
        self._mixed = FRAMES  # frames since the exchange

    def step(self, shown: object, now: T | None) -> tuple[T | None, float]:
        """Account for a frame.

        Args:
            shown: what the picture shows; another one appears at once.
            now: composes the picture; None: the plain way, which appears at once.

        Returns:
            What composed the pictures before, and the share of `now` in this picture, in (0, 1].
        """
        if shown != self._shown or now is None:
            self._mixed = FRAMES
        elif now is not self._now:
            self._before, self._mixed = self._now, 0
        elif self._mixed < FRAMES:
            self._mixed += 1
        self._shown, self._now = shown, now
        if self._mixed == FRAMES:
            self._before = None
        return self._before, (self._mixed + 1) / (FRAMES + 1)
