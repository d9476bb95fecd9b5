"""Video files and stills in place of a camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from puppet.domain import Frame, Picture
from puppet.errors import CameraError, MediaError
from puppet.media.animation import holds_still, open_clip
from puppet.media.pictures import read_picture
from puppet.media.video_reader import TimedPicture

Pace: TypeAlias = Literal["own", "unpaced"]
"""own: each frame comes at its timestamp. unpaced: frames come on demand."""

_LATE_S = 0.25  # a reader that is later than this does not catch up: the timestamps shift


class _FileCamera:
    """Base of cameras that deliver pictures with timestamps, each when it is due."""

    def __init__(self, name: str, pace: Pace, clock: Callable[[], float], wait: Callable[[float], bool] | None) -> None:
        self.name = name
        self.paced = pace == "own"
        self._pace: Pace = pace
        self._clock = clock
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._began_s: float | None = None
        self._count = 0

    def _frame(self, timed: TimedPicture) -> Frame | None:
        """Wait until the picture is due and return its frame; None if the camera is closed before."""
        if self.paced:
            now_s = self._clock()
            if self._began_s is None or now_s - self._began_s - timed.time_s > _LATE_S:
                self._began_s = now_s - timed.time_s
            while (left_s := self._began_s + timed.time_s - self._clock()) > 0 and not self._closed.is_set():
                self._wait(left_s)
        if self._closed.is_set():
            return None
        self._count += 1
        return Frame(timed.picture, self._clock(), self._count - 1)

    def close(self) -> None:
        """End a waiting `read`. Any thread."""
        self._closed.set()


class VideoFile(_FileCamera):
    """A camera that plays a video file, or an animated picture."""

    def __init__(
        self,
        path: Path,
        loop: bool = True,
        pace: Pace = "own",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Open the file.

        Args:
            path: any clip that `open_clip` reads.
            loop: start again at the end.
            pace: whether frames wait for their timestamps.
            clock: seconds, monotonic.
            wait: sleeps for at most so many seconds; by default until closed.

        Raises:
            CameraError: no such file, no video, damaged.
        """
        super().__init__(path.name, pace, clock, wait)
        self._path, self._loop = path, loop
        self._in_use = threading.Lock()
        try:
            self._reader = open_clip(path)
        except MediaError as error:
            raise CameraError(str(error)) from error
        self.size, self.fps = self._reader.size, float(self._reader.rate)
        self._pictures = self._all_pictures()

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame when it is due, however long the clip pauses; None at the end or after `close`."""
        with self._in_use:
            try:
                timed = None if self._closed.is_set() else next(self._pictures, None)
            except MediaError as error:
                raise CameraError(str(error)) from error
            frame = None if timed is None else self._frame(timed)
        if frame is None:
            self.close()
        return frame

    def reopen(self) -> VideoFile:
        """Open the same file from its beginning."""
        return VideoFile(self._path, self._loop, self._pace, self._clock)

    def close(self) -> None:
        """Release the file; if a `read` is running, end it and let it release the file."""
        super().close()
        if self._in_use.acquire(blocking=False):
            try:
                self._reader.close()
            finally:
                self._in_use.release()

    def _all_pictures(self) -> Iterator[TimedPicture]:
        """Yield the pictures, in a loop with times that keep increasing."""
        began_s, last_s = 0.0, 0.0
        while True:
            for timed in self._reader.pictures():
                last_s = began_s + timed.time_s
                yield TimedPicture(timed.picture, last_s)
            if not self._loop:
                return
            began_s = last_s + 1 / self.fps


class Still(_FileCamera):
    """A camera that shows one picture, 30 times a second."""

    fps = 30.0

    def __init__(
        self,
        picture: Picture,
        name: str,
        pace: Pace = "own",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`picture`: (H, W, 3) uint8 RGB; `pace`, `clock` and `wait` as for `VideoFile`."""
        super().__init__(name, pace, clock, wait)
        self._picture = picture
        self.size = picture.shape[1], picture.shape[0]

    def read(self, timeout_s: float) -> Frame | None:
        """Return the picture when it is due; None after `close`."""
        return self._frame(TimedPicture(self._picture, self._count / self.fps))

    def reopen(self) -> Still:
        """Show the same picture."""
        return Still(self._picture, self.name, self._pace, self._clock)


def open_file(path: Path, loop: bool = True, pace: Pace = "own") -> VideoFile | Still:
    """Open a video, an animated picture or a single one; the arguments are those of `VideoFile`. Raises CameraError."""
    try:
        if holds_still(path):
            return Still(read_picture(path), path.name, pace)
    except MediaError as error:
        raise CameraError(str(error)) from error
    return VideoFile(path, loop, pace)
