"""A camera of the computer, through OpenCV: the only place where pictures are BGR.

A camera belongs to the thread that reads it; only `close` may come from another.
"""

from __future__ import annotations

import errno
import os
import platform
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np
from cv2.typing import MatLike

from puppet.cameras.discovery import CameraInfo, list_cameras
from puppet.concurrency.timing import RateMeter
from puppet.domain import Frame
from puppet.errors import CameraError

ASKED_SIZE = (1280, 720)
ASKED_FPS = 30
_APIS = {"Linux": cv2.CAP_V4L2, "Windows": cv2.CAP_MSMF, "Darwin": cv2.CAP_AVFOUNDATION}
_FIRST_ATTEMPTS = 4  # each waits for a second; some cameras take two or three to wake up
_ATTEMPTS = 2  # one damaged picture is no loss


class Webcam:
    """See `puppet.cameras.base.Camera`."""

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

    def reopen(self) -> Webcam:
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
