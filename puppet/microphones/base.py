"""The interface of microphones."""

from __future__ import annotations

from typing import Protocol

from puppet.domain import Floats

RATE = 48_000
"""Samples per second of every microphone; other rates are converted by the sound server or the device's adapter."""


class Microphone(Protocol):
    """Captures one channel at `RATE`. Belongs to one thread."""

    @property
    def name(self) -> str:
        """The device's name, as `--microphone` takes it."""

    def read(self) -> tuple[Floats, float]:
        """Return the next samples, and the seconds that have passed since the last of them was captured; blocks.

        Returns:
            (N,) float32 in [-1, 1], and the latency that the device reports; 0.0 when it reports none.

        Raises:
            MicrophoneError: the device was unplugged or failed.
        """

    def close(self) -> None:
        """Release the device; safe to call twice."""
