"""Webcams, through OpenCV: the only place where pictures are BGR. Threads as for `puppet.cameras.base.Camera`."""

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
from puppet.cameras.video4linux import write_exposure
from puppet.concurrency.timing import RateMeter
from puppet.config import AS_IT_IS, CameraOptions
from puppet.domain import Frame
from puppet.errors import CameraError

ASKED_SIZE = (1280, 720)
_APIS = {"Linux": cv2.CAP_V4L2, "Windows": cv2.CAP_MSMF, "Darwin": cv2.CAP_AVFOUNDATION}
_FIRST_ATTEMPTS = 4  # each waits for a second; some cameras take two or three seconds to start
_ATTEMPTS = 2  # one damaged picture is skipped


class Webcam:
    """A camera of the computer, asked for 1280x720 at 30 frames per second unless the options say otherwise."""

    paced = True

    def __init__(
        self, info: CameraInfo, clock: Callable[[], float] = time.monotonic, options: CameraOptions = AS_IT_IS
    ) -> None:
        """Open the camera and read a first frame, to be sure that it delivers. Raises CameraError."""
        self._info, self._options = info, options
        self._clock = clock
        self._meter = RateMeter(clock)
        self._count = 0
        self._closed = False
        self._in_use = threading.Lock()  # releasing a device while it is read crashes some drivers
        self._capture = cv2.VideoCapture(info.index, _APIS.get(platform.system(), cv2.CAP_ANY))
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraError(_failure(info))
        self._configure()
        first = self._read_bgr(_FIRST_ATTEMPTS)
        if first is None:
            self._capture.release()
            raise CameraError(_failure(info))
        self.size = first.shape[1], first.shape[0]
        if info.path is not None and self._options.exposure is not None:
            write_exposure(info.path, self._options.exposure)
        self._nominal_fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or float(self._options.fps)

    def _configure(self) -> None:
        """Ask for MJPG, the format first: uncompressed, many cameras deliver 5 or 10 frames per second."""
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        width, height = self._options.size or ASKED_SIZE
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        self._capture.set(cv2.CAP_PROP_FPS, self._options.fps)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a queue in the driver is latency

    def _read_bgr(self, attempts: int) -> MatLike | None:
        """Return the next picture (H, W, 3) uint8 BGR; None if none came."""
        for _ in range(attempts):
            delivered, bgr = self._capture.read()
            if delivered:
                return bgr
        return None

    @property
    def name(self) -> str:
        """Name reported by the camera."""
        return self._info.name

    @property
    def fps(self) -> float:
        """Frames per second over the last seconds; nominal before the second frame."""
        return self._meter.rate() or self._nominal_fps

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame. The driver bounds the wait, not `timeout_s`: OpenCV cannot be interrupted."""
        with self._in_use:
            bgr = None if self._closed else self._read_bgr(_ATTEMPTS)
        captured_s = self._clock()
        if self._closed:
            self.close()
            return None
        if bgr is None:
            raise CameraError(f"{self.name} stopped delivering pictures; check that it is plugged in")
        self._meter.tick()
        self._count += 1
        self.size = bgr.shape[1], bgr.shape[0]
        return Frame(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8), captured_s, self._count - 1)

    def reopen(self) -> Webcam:
        """Open the camera again by its name: its index may change when it is plugged in again."""
        for info in list_cameras():
            if info.name == self.name:
                return Webcam(info, self._clock, self._options)
        raise CameraError(f"{self.name} is not plugged in; plug it in or choose another camera")

    def close(self) -> None:
        """Release the device; if a `read` is running, let it do that."""
        self._closed = True
        if self._in_use.acquire(blocking=False):
            try:
                self._capture.release()
            finally:
                self._in_use.release()


def _failure(info: CameraInfo) -> str:
    """Explain why a camera does not open, as far as its device file shows it."""
    problem = f"{info.name} is in use by another program, or delivers no picture; close that program and try again"
    if platform.system() == "Darwin":
        problem = f"{info.name} delivers no picture; allow it in System Settings > Privacy, or close its other users"
    if info.path is None:
        return problem
    try:
        os.close(os.open(info.path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        if error.errno == errno.EACCES:
            problem = f"{info.name} may not be opened; add yourself to the group video: sudo usermod -aG video $USER"
        elif error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            problem = f"{info.name} is not plugged in; plug it in or choose another camera"
    return problem
