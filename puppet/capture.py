"""Cameras: where a frame's journey begins. A webcam, a video file in its place, a still picture, a test card.

A camera belongs to the thread that reads it; only `close` may come from another, and ends a waiting `read` at once (a
webcam's ends with its next frame or the driver's time-out). BGR exists only in `Webcam`.
"""

from __future__ import annotations

import errno
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from cv2.typing import MatLike

from puppet.devices import CameraInfo, list_cameras
from puppet.domain import Frame, Picture
from puppet.errors import CameraError, MediaError
from puppet.pictures import read_picture
from puppet.timing import RateMeter
from puppet.video import TimedPicture, VideoReader

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

ASKED_SIZE = (1280, 720)
ASKED_FPS = 30
BUNDLED_CLIP = Path(__file__).parent / "assets" / "clip.mp4"
_APIS = {"Linux": cv2.CAP_V4L2, "Windows": cv2.CAP_MSMF, "Darwin": cv2.CAP_AVFOUNDATION}
_PICTURE_EXTENSIONS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"))
_BARS = ((150, 150, 146), (146, 140, 84), (84, 140, 142), (86, 136, 88), (140, 88, 136), (142, 84, 82), (82, 86, 140))
_FIRST_ATTEMPTS = 4  # each waits for a second; some cameras take two or three to wake up
_ATTEMPTS = 2  # one damaged picture is no loss
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


class Webcam:
    """A camera of the computer, through OpenCV."""

    paced = True

    def __init__(self, info: CameraInfo, clock: Callable[[], float] = time.monotonic) -> None:
        """Open it and read a first frame: only that shows that it works. Raises CameraError."""
        self._info = info
        self._clock = clock
        self._meter = RateMeter(clock)
        self._count = 0
        self._closed = False
        self._in_use = threading.Lock()  # to release a device while it is read crashes some drivers
        self._capture = cv2.VideoCapture(info.index, _APIS.get(platform.system(), cv2.CAP_ANY))
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraError(_why_not(info))
        self._ask()
        first = self._picture(_FIRST_ATTEMPTS)
        if first is None:
            self._capture.release()
            raise CameraError(_why_not(info))
        self.size = first.shape[1], first.shape[0]
        self._promised_fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or float(ASKED_FPS)

    def _ask(self) -> None:
        """Ask for MJPG 1280×720 at 30: uncompressed, many cameras deliver 5 or 10. The format has to come first."""
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, ASKED_SIZE[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, ASKED_SIZE[1])
        self._capture.set(cv2.CAP_PROP_FPS, ASKED_FPS)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a queue in the driver is latency

    def _picture(self, attempts: int) -> MatLike | None:
        """The next picture (H, W, 3) uint8 BGR; None when none came."""
        for _ in range(attempts):
            delivered, bgr = self._capture.read()
            if delivered:
                return bgr
        return None

    @property
    def name(self) -> str:
        """What the camera calls itself."""
        return self._info.name

    @property
    def fps(self) -> float:
        """Frames per second, measured over the last seconds."""
        return self._meter.rate() or self._promised_fps

    def read(self, timeout_s: float) -> Frame | None:
        """The next frame. The driver bounds the wait, not `timeout_s`: OpenCV cannot be interrupted."""
        with self._in_use:
            bgr = None if self._closed else self._picture(_ATTEMPTS)
        captured_s = self._clock()
        if self._closed:
            self.close()
            return None
        if bgr is None:
            raise CameraError(f"{self.name} stopped delivering pictures; is it still plugged in?")
        self._meter.tick()
        self._count += 1
        self.size = bgr.shape[1], bgr.shape[0]
        return Frame(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8), captured_s, self._count - 1)

    def reopen(self) -> Camera:
        """Found by name: its number may be another one after it was plugged in again."""
        for info in list_cameras():
            if info.name == self.name:
                return Webcam(info, self._clock)
        raise CameraError(f"{self.name} is not plugged in.")

    def close(self) -> None:
        """Release the device, or leave that to a `read` on its way."""
        self._closed = True
        if self._in_use.acquire(blocking=False):
            try:
                self._capture.release()
            finally:
                self._in_use.release()


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
        try:
            self._reader = VideoReader(path)
        except MediaError as error:
            raise CameraError(str(error)) from error
        self.size, self.fps = self._reader.size, float(self._reader.rate)
        self._pictures = self._all_pictures()

    def read(self, timeout_s: float) -> Frame | None:
        """The next picture when its time has come, however long the clip's own pause is; None at the end."""
        try:
            timed = None if self._closed.is_set() else next(self._pictures, None)
        except MediaError as error:
            raise CameraError(str(error)) from error
        frame = None if timed is None else self._frame(timed)
        if frame is None:
            self._reader.close()
        return frame

    def reopen(self) -> Camera:
        """The same file from its beginning."""
        return VideoFile(self._path, self._loop, self._pace, self._clock)

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

    fps = float(ASKED_FPS)

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
        size: tuple[int, int] = ASKED_SIZE,
        pace: str = "own",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`size`: (width, height) in pixels."""
        super().__init__(draw_card(text, size), "test card", pace, clock, wait)


def draw_card(text: str, size: tuple[int, int]) -> Picture:
    """A dark card with seven muted bars and one line of text: (H, W, 3) uint8 RGB."""
    width, height = size
    card = np.full((height, width, 3), (34, 36, 40), np.uint8)
    top, bottom = round(0.30 * height), round(0.58 * height)
    for number, colour in enumerate(_BARS):
        left, right = (round(width * (0.2 + 0.6 * (number + end) / len(_BARS))) for end in (0, 1))
        card[top:bottom, left:right] = colour
    _write_line(card, text, round(0.74 * height))
    return card


def _write_line(card: Picture, text: str, baseline: int) -> None:
    """Centred, as large as fits; in the letters OpenCV has."""
    plain = text.encode("ascii", "replace").decode()
    width, height = card.shape[1], card.shape[0]
    (unit_px, _), _ = cv2.getTextSize(plain, cv2.FONT_HERSHEY_DUPLEX, 1.0, 1)
    scale = min(0.9 * width / max(unit_px, 1), height / 500)
    thick = max(1, round(1.4 * scale))
    (text_px, _), _ = cv2.getTextSize(plain, cv2.FONT_HERSHEY_DUPLEX, scale, thick)
    corner = ((width - text_px) // 2, baseline)
    cv2.putText(card, plain, corner, cv2.FONT_HERSHEY_DUPLEX, scale, (196, 198, 202), thick, cv2.LINE_AA)


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


def _why_not(info: CameraInfo) -> str:
    """Why a camera does not open, as far as its device file tells."""
    if info.path is not None:
        try:
            os.close(os.open(info.path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0)))
        except OSError as error:
            if error.errno == errno.EACCES:
                return f"{info.name} may not be opened; add yourself to the group video: sudo usermod -aG video $USER"
            if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
                return f"{info.name} is not plugged in."
    if platform.system() == "Darwin":
        return f"{info.name} delivers no picture; allow it in System Settings > Privacy, and close what uses it."
    return f"{info.name} is in use by another program, or delivers no picture; close what uses it and try again."
