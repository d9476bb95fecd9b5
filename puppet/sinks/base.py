"""The interface of sinks, which take the finished pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from puppet.domain import Keypoints, Picture


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished picture on its way to the sinks.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        captured_s: when its camera frame was captured, on the monotonic clock.
        driving: the performer's pose in that frame; None: no face, or nobody is followed.
        neutral: the performer's neutral pose; None: not known.
        performer: the camera's picture, for a recording side by side; None: it is not to be shown.
        paused_s: length of the recording's pauses before this picture.
    """

    picture: Picture
    captured_s: float
    driving: Keypoints | None = None
    neutral: Keypoints | None = None
    performer: Picture | None = None
    paused_s: float = 0.0


class Sink(Protocol):
    """Takes pictures on its own thread. A constructor opens it, and raises SinkError with the reason and the remedy."""

    @property
    def name(self) -> str:
        """Display name: "virtual camera (v4l2loopback, /dev/video10)", "recording /home/me/Videos/….mp4"."""

    @property
    def problem(self) -> str:
        """Why pictures are lost while the sink stays open, or what it warns of, one line; "" for nothing."""

    @property
    def wait_s(self) -> float | None:
        """Longest time without a picture before `idle` is called; None: it is never called."""

    def write(self, finished: Finished) -> None:
        """Take one picture of the size the sink was opened with; may block.

        Raises:
            SinkError: the device or the file failed; the sink is closed then.
        """

    def idle(self) -> None:
        """Do what is due without a new picture. Raises SinkError, as `write`."""

    def close(self) -> None:
        """Finish the file or release the device; safe to call twice. Raises SinkError."""
