"""The recorder writes finished pictures to a video file, which at any time can be played up to its last half second.

Belongs to the thread that writes.
"""

from __future__ import annotations

from pathlib import Path

from puppet.config import MARK, Mark
from puppet.domain import Picture
from puppet.errors import MediaError, SinkError
from puppet.media.content_credentials import sign
from puppet.media.files import RECORDING_EXTENSIONS, check_output
from puppet.media.live_sound import LiveSound
from puppet.media.video import VideoWriter

NOMINAL_FPS = 30
"""Nominal rate for players; the pictures have timestamps of their own."""


class Recorder:
    """A sink that writes H.264 with the pictures' own timestamps.

    Attributes:
        path: the file.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], mark: Mark | None = MARK, sound: LiveSound | None = None
    ) -> None:
        """Create the file.

        Args:
            path: .mp4, .mov or .mkv; must not exist.
            size: (width, height) of the pictures.
            mark: marks the file as AI-made; None: no mark.
            sound: of a microphone; None: no sound.

        Raises:
            SinkError: unknown extension, a file that exists, or a folder that cannot be written.
        """
        self.path = path
        self._first_s: float | None = None
        self._sound = sound
        self._certificate = mark.certificate if mark else None
        try:
            check_output(path, RECORDING_EXTENSIONS)
            self._writer = VideoWriter(
                path, size, NOMINAL_FPS, live=True, sound_from=sound, mark=MARK if mark else None
            )
        except MediaError as error:
            raise SinkError(str(error)) from error

    @property
    def name(self) -> str:
        """Path of the file."""
        return f"recording {self.path}"

    def write(self, picture: Picture, captured_s: float) -> None:
        """Encode one picture; the first one has time 0. Raises SinkError when the disk is full."""
        if self._first_s is None:
            self._first_s = captured_s
            if self._sound:
                self._sound.start_s = captured_s
        try:
            self._writer.write(picture, captured_s - self._first_s)
        except MediaError as error:
            self._writer.abort()
            kept = "; what was recorded until then is kept" if self._writer.saved else ""
            raise SinkError(f"The recording stopped: {error}{kept}") from error

    def finished(self) -> Path | None:
        """Return the file of a closed recorder, None when there is none; blocks while a manifest is signed. Any thread.

        Signing copies the file, which may take longer than the thread that writes has for its end.
        """
        if not self.path.exists():
            return None
        if self._certificate:
            sign(self.path, self._certificate)
            self._certificate = None
        return self.path

    def close(self) -> None:
        """Finish the file; safe to call twice. Without a picture there is no file. Raises SinkError."""
        try:
            self._writer.close()
        except MediaError as error:
            raise SinkError(f"The end of the recording is missing: {error}") from error
