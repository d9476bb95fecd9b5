"""Fades from one portrait, or one way of composing it, to another, so that the exchange is not seen."""

from __future__ import annotations

from typing import Generic, TypeVar

from puppet.compositing.backdrops import mixed
from puppet.domain import Picture

T = TypeVar("T")
FRAMES = 8
"""Number of frames that mix both."""


class Crossfade(Generic[T]):
    """Tracks the exchange of what composes a picture; belongs to the thread that renders."""

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


class PortraitFade:
    """Mixes the last picture of one portrait into the first ones of another; belongs to the thread that paints."""

    def __init__(self) -> None:
        """Begin without a picture."""
        self._portrait: object = None
        self._last: Picture | None = None  # of the portrait shown
        self._before: Picture | None = None  # of the one before it
        self._began_s = 0.0

    def step(self, portrait: object, picture: Picture, now_s: float, fade_s: float) -> Picture:
        """Return the picture of a frame, (H, W, C) uint8 as given, with what is left of the portrait before.

        Args:
            portrait: the one in `picture`; None: the performer, who is never mixed into a picture.
            picture: without a fade.
            now_s: time of the frame, in seconds.
            fade_s: length of a fade; 0: none.
        """
        if portrait is not self._portrait:
            self._before, self._began_s = self._last, now_s
        share = 1.0 if fade_s <= 0 else (now_s - self._began_s) / fade_s
        fits = self._before is not None and self._before.shape == picture.shape
        self._portrait, self._last = portrait, None if portrait is None else picture
        if portrait is None or self._before is None or not fits or not 0 <= share < 1:
            self._before = None
            return picture
        self._last = mixed(picture, share, self._before)  # a switch within a fade begins from what is seen
        return self._last
