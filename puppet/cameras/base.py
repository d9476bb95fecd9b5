"""The interface of cameras: the first step of a frame's journey."""

from __future__ import annotations

from typing import Protocol

from puppet.domain import Frame


class Camera(Protocol):
    """Delivers frames one by one. Belongs to the thread that reads it; only `close` may be called from another."""

    @property
    def name(self) -> str:
        """Display name."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels of the delivered frames."""

    @property
    def fps(self) -> float:
        """Frames per second, measured over the last seconds; nominal before the second frame."""

    @property
    def paced(self) -> bool:
        """True if frames come at the camera's own rate; False if they come on demand, so that none need be dropped."""

    def read(self, timeout_s: float) -> Frame | None:
        """Block until the next frame and return it; None at the end of the stream or after `close`.

        Raises:
            CameraError: no frame came within `timeout_s`, or the camera was unplugged.
        """

    def reopen(self) -> Camera:
        """Open the same camera again, found by its name. Raises CameraError while it is not plugged in."""

    def close(self) -> None:
        """Release the camera; safe to call twice. From another thread it also ends a waiting `read`.

        A webcam's `read` ends with its next frame or the driver's time-out.
        """
