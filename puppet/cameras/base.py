"""Cameras: where a frame's journey begins. A webcam, a video file in its place, a still picture, a test card.

A camera belongs to the thread that reads it; only `close` may come from another, and ends a waiting `read` at once (a
webcam's ends with its next frame or the driver's time-out).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from puppet.cameras.discovery import CameraInfo, list_cameras
from puppet.cameras.test_card import draw_card
from puppet.cameras.webcam import Webcam
from puppet.config import DEFAULT_SIZE
from puppet.domain import Frame, Picture
from puppet.errors import CameraError, MediaError
from puppet.media.pictures import read_picture
from puppet.media.video import TimedPicture, VideoReader

__all__ = [
    "Camera",
    "CameraInfo",
    "Still",
    "TestCard",
    "VideoFile",
    "Webcam",
    "camera_opener",
    "list_cameras",
    "open_camera",
]

BUNDLED_CLIP = Path(__file__).parents[1] / "assets" / "clip.mp4"
_PICTURE_EXTENSIONS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"))
_LATE_S = 0.25  # a reader so much behind a clip's own pace does not try to catch up


class Camera(Protocol):
    """Delivers frames one by one."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, really delivered."""

    @property
    def fps(self) -> float:
        """Frames per second: measured lately; what was promised before the second frame."""

    @property
    def paced(self) -> bool:
        """Whether frames come in their own time; if not, they come whenever they are wanted, and none need be lost."""

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame; blocks for it. None: the end of the stream, or closed.

        Raises:
            CameraError: nothing came in `timeout_s`, or the camera vanished.
        """

    def reopen(self) -> Camera:
        """The same camera opened anew, found by its name. Raises CameraError while it is not there."""

    def close(self) -> None:
        """Release it; safe to call twice. From another thread it ends a waiting `read` as soon as possible."""


class _Paced:
    """Pictures with timestamps, delivered when they are due. The base of every camera that is none."""

    def __init__(self, name: str, pace: str, clock: Callable[[], float], wait: Callable[[float], bool] | None) -> None:
        if pace not in ("own", "unpaced"):
            raise ValueError(f'pace "{pace}" must be own or unpaced')
        self.name = name
        self.paced = pace == "own"
        self._clock = clock
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._began_s: float | None = None
        self._count = 0

    def _frame(self, timed: TimedPicture) -> Frame | None:
        """The frame, when its time has come; None when closed before."""
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
        """Ends a waiting `read`. Any thread."""
        self._closed.set()


class VideoFile(_Paced):
    """A video file in a camera's place."""

    def __init__(
        self,
        path: Path,
        loop: bool = True,
        pace: str = "own",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Open the file.

        Args:
            path: what `VideoReader` reads.
            loop: begin again at the end, for ever.
            pace: "own": as fast as its timestamps say. "unpaced": as fast as it is read.
            clock: seconds, monotonic.
            wait: sleeps at most so many seconds; by default until closed.

        Raises:
            CameraError: no such file, no video, damaged.
        """
        super().__init__(path.name, pace, clock, wait)
        self._path, self._loop, self._pace = path, loop, pace
        self._in_use = threading.Lock()
        try:
            self._reader = VideoReader(path)
        except MediaError as error:
            raise CameraError(str(error)) from error
        self.size, self.fps = self._reader.size, float(self._reader.rate)
        self._pictures = self._all_pictures()

    def read(self, timeout_s: float) -> Frame | None:
        """The next picture when its time has come, however long the clip's own pause is; None at the end."""
        with self._in_use:
            frame = self._next_frame()
        if frame is None:
            self.close()
        return frame

    def _next_frame(self) -> Frame | None:
        try:
            timed = None if self._closed.is_set() else next(self._pictures, None)
        except MediaError as error:
            raise CameraError(str(error)) from error
        return None if timed is None else self._frame(timed)

    def reopen(self) -> Camera:
        """The same file from its beginning."""
        return VideoFile(self._path, self._loop, self._pace, self._clock)

    def close(self) -> None:
        """Release the file, or leave that to a `read` on its way, which it ends."""
        super().close()
        if self._in_use.acquire(blocking=False):
            try:
                self._reader.close()
            finally:
                self._in_use.release()

    def _all_pictures(self) -> Iterator[TimedPicture]:
        """Times go on growing from one round to the next."""
        began_s, last_s = 0.0, 0.0
        while True:
            for timed in self._reader.pictures():
                last_s = began_s + timed.time_s
                yield TimedPicture(timed.picture, last_s)
            if not self._loop:
                return
            began_s = last_s + 1 / self.fps


class Still(_Paced):
    """One picture, again and again at 30 frames a second."""

    fps = 30.0

    def __init__(
        self,
        picture: Picture,
        name: str,
        pace: str = "own",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`picture`: (H, W, 3) uint8 RGB; `pace`, `clock` and `wait` as for `VideoFile`."""
        super().__init__(name, pace, clock, wait)
        self._picture, self._pace = picture, pace
        self.size = picture.shape[1], picture.shape[0]

    def read(self, timeout_s: float) -> Frame | None:
        """The picture; None when closed."""
        return self._frame(TimedPicture(self._picture, self._count / self.fps))

    def reopen(self) -> Camera:
        """The same picture."""
        return Still(self._picture, self.name, self._pace, self._clock)


class TestCard(Still):
    """A quiet card with a line of text: what is shown while there is no camera."""

    __test__ = False  # the name is no test's

    def __init__(
        self,
        text: str = "waiting for camera",
        size: tuple[int, int] = DEFAULT_SIZE,
        pace: str = "own",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`size`: (width, height) in pixels."""
        super().__init__(draw_card(text, size), "test card", pace, clock, wait)


def open_camera(which: str | None = None, *, loop: bool = True, pace: str = "own") -> Camera:
    """Open a camera by its INDEX, its NAME or a FILE in its place.

    Args:
        which: None: the first real camera, else the bundled clip.
        loop: a video file begins again at its end.
        pace: of a file, as for `VideoFile`.

    Raises:
        CameraError: no such camera (the message lists the known ones), or it cannot be opened.
    """
    return camera_opener(which, loop=loop, pace=pace)()


def camera_opener(which: str | None = None, *, loop: bool = True, pace: str = "own") -> Callable[[], Camera]:
    """What opens the camera that `which` names, as `open_camera`. Raises CameraError when nothing is named so."""
    if which is None:
        infos = [info for info in list_cameras() if not info.virtual]
        return (lambda: Webcam(infos[0])) if infos else (lambda: VideoFile(BUNDLED_CLIP, loop, pace))
    path = Path(which).expanduser()
    if path.is_file() and path.suffix.lower() in _PICTURE_EXTENSIONS:
        return lambda: Still(_read_still(path), path.name, pace)
    if path.is_file():
        return lambda: VideoFile(path, loop, pace)
    info = _find_camera(which)
    return lambda: Webcam(info)


def _find_camera(which: str) -> CameraInfo:
    """By index, by name, by part of a name, by device file. Raises CameraError."""
    infos = list_cameras()
    wanted = which.casefold()
    if which.isdecimal():
        found = [info for info in infos if info.index == int(which)]
    else:
        found = [info for info in infos if wanted == info.name.casefold() or which == str(info.path)]
        found = found or [info for info in infos if wanted in info.name.casefold()]
    if found:
        return found[0]
    known = ", ".join(f'{info.index} "{info.name}"' for info in infos) or "none is plugged in"
    raise CameraError(f'camera "{which}": no such camera or video file; known cameras: {known}.')


def _read_still(path: Path) -> Picture:
    try:
        return read_picture(path)
    except MediaError as error:
        raise CameraError(str(error)) from error
