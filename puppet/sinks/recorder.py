"""The recorder: finished pictures become a video file that is playable up to its last half second at any time.

Belongs to the thread that writes. The queue before it, which drops rather than delays, is the session's.
"""

from __future__ import annotations

from pathlib import Path

from puppet.domain import Picture
from puppet.errors import MediaError, SinkError
from puppet.media.files import RECORDING_EXTENSIONS, check_output
from puppet.media.video import VideoWriter

NOMINAL_FPS = 30
"""What players are told; the pictures carry their own times."""


class Recorder:
    """A sink that writes H.264 in real time, by the pictures' own times."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        """Begin a new file.

        Args:
            path: .mp4 or .mkv; nothing may be there yet.
            size: (width, height) of the pictures.

        Raises:
            SinkError: unknown extension, a file that exists, or a folder that cannot be written.
        """
        self.path = path
        self._first_s: float | None = None
        try:
            check_output(path, RECORDING_EXTENSIONS)
            self._writer = VideoWriter(path, size, NOMINAL_FPS, fragmented=True)
        except MediaError as error:
            raise SinkError(str(error)) from error

    @property
    def name(self) -> str:
        """Where it records to."""
        return f"recording {self.path}"

    def write(self, picture: Picture, captured_s: float) -> None:
        """Encode one picture, shown `captured_s` after the first one's. Raises SinkError when the disk is full."""
        if self._first_s is None:
            self._first_s = captured_s
        try:
            self._writer.write(picture, captured_s - self._first_s)
        except MediaError as error:
            self._writer.abort()
            raise SinkError(f"The recording stopped: {error} What was recorded until then is kept.") from error

    def close(self) -> None:
        """Finish the file; safe to call twice. A recording without a picture makes no file. Raises SinkError."""
        try:
            self._writer.close()
        except MediaError as error:
            raise SinkError(f"The recording's end is missing: {error}") from error
