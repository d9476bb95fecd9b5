"""The interface of sinks, which take the finished pictures."""

from __future__ import annotations

from typing import Protocol

from puppet.domain import Picture


class Sink(Protocol):
    """Takes pictures on its own thread. A constructor opens it, and raises SinkError with the reason and the remedy."""

    @property
    def name(self) -> str:
        """Display name: "virtual camera (v4l2loopback, /dev/video10)", "recording /home/me/Videos/….mp4"."""

    def write(self, picture: Picture, captured_s: float) -> None:
        """Take one picture (H, W, 3) uint8 RGB of the size the sink was opened with; may block.

        Args:
            picture: one finished picture.
            captured_s: when its camera frame was captured, on the monotonic clock.

        Raises:
            SinkError: the device or the file failed; the sink is closed then.
        """

    def close(self) -> None:
        """Finish the file or release the device; safe to call twice. Raises SinkError."""
