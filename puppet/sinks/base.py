"""Sinks take finished pictures: the virtual camera and the recorder. The preview is not a sink: Qt pulls it."""

from __future__ import annotations

from typing import Protocol

from puppet.domain import Picture


class Sink(Protocol):
    """Something that takes pictures, on its own thread; opening one raises SinkError with the reason and what to do."""

    @property
    def name(self) -> str:
        """What is open: "virtual camera (v4l2loopback, /dev/video10)", "recording /home/me/Videos/….mp4"."""

    def write(self, picture: Picture, captured_s: float) -> None:
        """Take one picture (H, W, 3) uint8 RGB of the size the sink was opened with; may block. Raises SinkError."""

    def close(self) -> None:
        """Finish what was written and release the device; safe to call twice."""
