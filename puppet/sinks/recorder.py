"""The recorder writes finished pictures to a video file, which at any time can be played up to its last half second.

Belongs to the thread that writes; attributes may be read on any thread.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from puppet.config import MARK, RECORDING, Mark, RecordingOptions
from puppet.domain import Picture
from puppet.errors import MediaError, SinkError
from puppet.media.content_credentials import sign
from puppet.media.files import RECORDING_EXTENSIONS, check_output
from puppet.media.live_sound import LiveSound
from puppet.media.video import VideoWriter
from puppet.sinks.base import Finished

NOMINAL_FPS = 30
"""Nominal rate for players; the pictures have timestamps of their own."""
WARNED_S, ENDED_S = 300.0, 5.0
"""Seconds of recording for which the disk has room when a line warns of it, and when the recording is finished."""
_RESERVE_BYTES = 32 << 20  # for the end of the file, and for everything else on the disk
_LEAST_RATE = 50_000  # bytes per second: the size of a file grows in steps
_MEASURED_S = 3.0
_CHECK_S = 1.0


class Recorder:
    """A sink that writes H.264 with the pictures' own timestamps.

    Attributes:
        path: the file.
        seconds: length so far, without pauses.
        left_s: seconds of recording until the disk is full; None: not known yet.
        has_sound: a microphone is recorded.
        wait_s: see Sink.
        problem: see Sink.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        mark: Mark | None = MARK,
        sound: LiveSound | None = None,
        options: RecordingOptions = RECORDING,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        """Create the file.

        Args:
            path: .mp4, .mov or .mkv; must not exist.
            size: (width, height) of the pictures.
            mark: marks the file as AI-made; None: no mark.
            sound: of a microphone; None: no sound.
            options: quality, and the performer's picture beside the finished one.
            free_bytes: returns the free space of a folder's disk; raises OSError.

        Raises:
            SinkError: unknown extension, a file that exists, or a folder that cannot be written.
        """
        self.path = path
        self.seconds = 0.0
        self.left_s: float | None = None
        self.wait_s, self.problem = 0.5, ""
        self._first_s: float | None = None
        self._paused_s = 0.0
        self.has_sound = sound is not None
        self._sound, self._options, self._free_bytes = sound, options, free_bytes
        self._checked_s = 0.0
        self._certificate = mark.certificate if mark else None
        try:
            check_output(path, RECORDING_EXTENSIONS)
            width, height = size
            self._writer = VideoWriter(
                path,
                (width * 2 if options.side_by_side else width, height),
                NOMINAL_FPS,
                live=options,
                sound_from=sound,
                mark=MARK if mark else None,
            )
        except MediaError as error:
            raise SinkError(str(error)) from error

    @property
    def name(self) -> str:
        """Path of the file."""
        return f"recording {self.path}"

    def write(self, finished: Finished) -> None:
        """Encode one picture; the first one has time 0. Raises SinkError when the disk is full or nearly full."""
        if self._first_s is None:
            self._first_s = finished.captured_s
        if self._paused_s != finished.paused_s:
            self.idle()  # before the sound of the time after the pause
            self._paused_s = finished.paused_s
        if self._sound:
            self._sound.start_s = self._first_s + self._paused_s
        # A picture that was captured just before the end of a pause would go back in time.
        self.seconds = max(self.seconds, finished.captured_s - self._first_s - self._paused_s)
        self._attempt(lambda: self._writer.write(self._shown(finished), self.seconds))
        if finished.captured_s - self._checked_s >= _CHECK_S:
            self._checked_s = finished.captured_s
            self._check_disk()

    def idle(self) -> None:
        """Write the sound that has arrived. Raises SinkError."""
        self._attempt(self._writer.write_sound)

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

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except MediaError as error:
            self._writer.abort()
            kept = "; what was recorded until then is kept" if self._writer.saved else ""
            raise SinkError(f"The recording stopped: {error}{kept}") from error

    def _shown(self, finished: Finished) -> Picture:
        if not self._options.side_by_side:
            return finished.picture
        return np.hstack([finished.picture, _fitted(finished.performer, finished.picture.shape[:2])])

    def _bytes_written(self) -> int:
        return self.path.stat().st_size

    def _check_disk(self) -> None:
        """Warn of a disk that is nearly full, and finish the file before it is full. Raises SinkError then."""
        if self.seconds < _MEASURED_S:
            return
        try:
            free, written = self._free_bytes(self.path.parent), self._bytes_written()
        except OSError:  # the writer says what became of the folder
            return
        self.left_s = max(0.0, (free - _RESERVE_BYTES) / max(written / self.seconds, _LEAST_RATE))
        self.problem = ""
        if self.left_s < WARNED_S:
            room = f"{self.left_s / 60:.0f} more minutes" if self.left_s >= 90 else f"{self.left_s:.0f} more seconds"
            self.problem = f"The disk has room for {room} of recording; free some space"
        if self.left_s < ENDED_S:
            self.close()
            raise SinkError(f"The recording was finished because the disk is nearly full: {self.path}; free some space")


def _fitted(picture: Picture | None, shape: tuple[int, int]) -> Picture:
    """Return a picture scaled into (H, W) with black around it; None: all black."""
    height, width = shape
    canvas = np.zeros((height, width, 3), np.uint8)
    if picture is None or picture.shape[0] < 2 or picture.shape[1] < 2:
        return canvas
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner_w, inner_h = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    left, top = (width - inner_w) // 2, (height - inner_h) // 2
    resized = cv2.resize(picture, (inner_w, inner_h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas[top : top + inner_h, left : left + inner_w] = resized
    return canvas
