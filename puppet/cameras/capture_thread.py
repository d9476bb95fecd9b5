"""The body of the capture thread: keep a camera open, deliver its newest frame, reopen it after it was unplugged."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from puppet.cameras.base import Camera
from puppet.concurrency.channels import Latest
from puppet.concurrency.timing import RateMeter
from puppet.domain import Frame
from puppet.errors import CameraError

READ_TIMEOUT_S = 1.0
PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses between attempts to open a camera; the last one is repeated."""
_UNTAKEN_POLL_S = 0.001
_log = logging.getLogger(__name__)


class CameraFeed:
    """Captures from a camera that may come and go. `run` is the thread's body; the rest is for any thread.

    Attributes:
        frames: the newest frame.
        problem: why there is no camera, one line, or "" while frames come.
        ended: the camera's stream has ended.
    """

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`open_camera` is called on the capture thread; `wait` pauses for some seconds, or until interrupted."""
        self.frames = Latest[Frame]()
        self.problem = ""
        self.ended = False
        self._meter = RateMeter(clock)
        self._lock = threading.Lock()
        self._open_camera = open_camera
        self._camera: Camera | None = None
        self._delivered: Callable[[], None] = lambda: None
        self._attempts = 0
        self._stopped = False
        self._interrupted = threading.Event()  # leave the camera or the pause, and look at the fields again
        self._wait = wait or self._interrupted.wait

    @property
    def fps(self) -> float:
        """Frames per second that the camera delivers."""
        return self._meter.rate()

    @property
    def description(self) -> str:
        """Name, size and rate of the open camera, or why none is open."""
        with self._lock:
            camera = self._camera
        if camera is None:
            return self.problem
        return f"{camera.name} · {camera.size[0]}×{camera.size[1]} · {self.fps or camera.fps:.0f} fps"

    @property
    def wanted_fps(self) -> float:
        """Rate of the open camera; 0 without a camera, or if its frames come on demand."""
        with self._lock:
            camera = self._camera
        return camera.fps if camera is not None and camera.paced else 0.0

    def choose(self, open_camera: Callable[[], Camera], delivered: Callable[[], None] = lambda: None) -> None:
        """Switch to another camera; `delivered` is called on the capture thread with its first frame."""
        with self._lock:
            self._open_camera, self._attempts, self._delivered, self.problem = open_camera, 0, delivered, ""
            self._interrupt()

    def stop(self) -> None:
        """End `run`, whatever it waits for."""
        with self._lock:
            self._stopped = True
            self._interrupt()
        self.frames.close()

    def _interrupt(self) -> None:
        self._interrupted.set()
        if self._camera is not None:
            self._camera.close()

    def run(self) -> None:
        """Deliver frames until `stop` or the end of the stream."""
        while self._is_wanted():
            camera = self._open()
            if camera is not None:
                self._deliver(camera)

    def _is_wanted(self) -> bool:
        with self._lock:
            if not self._stopped:
                self._interrupted.clear()
            return not (self._stopped or self.ended)

    def _open(self) -> Camera | None:
        """Open the camera; return None after a pause if that fails, or if another one was chosen meanwhile."""
        with self._lock:
            open_camera = self._open_camera
        try:
            camera = open_camera()
        except CameraError as error:
            if self._is_chosen(open_camera):
                self._pause(error)
            return None
        with self._lock:
            if self._stopped or self._open_camera is not open_camera:
                camera.close()
                return None
            self._camera, self._attempts = camera, 0
        return camera

    def _is_chosen(self, open_camera: Callable[[], Camera]) -> bool:
        with self._lock:
            return self._open_camera is open_camera

    def _pause(self, error: CameraError) -> None:
        """Report the problem and wait before the next attempt."""
        if str(error) != self.problem:
            _log.info("%s", error)  # shown by whoever shows the status
        self.problem = str(error)
        pause_s = PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)]
        self._attempts += 1
        self._wait(pause_s)

    def _deliver(self, camera: Camera) -> None:
        """Deliver frames until the camera ends, fails or is replaced, then close it."""
        try:
            self._read_all(camera)
            failure = None
        except CameraError as error:
            failure = error
        with self._lock:
            self._camera = None
            if failure is not None and not self._interrupted.is_set():
                self._open_camera = camera.reopen
        camera.close()
        if failure is not None:
            self._pause(failure)

    def _read_all(self, camera: Camera) -> None:
        while (frame := camera.read(READ_TIMEOUT_S)) is not None:
            self.problem = ""
            self._report_first_frame(camera)
            self._meter.tick()
            self.frames.put(frame)
            if not camera.paced:
                self._wait_until_taken()
            if self._interrupted.is_set():
                return
        self.ended = not self._interrupted.is_set()

    def _report_first_frame(self, camera: Camera) -> None:
        with self._lock:
            if self._camera is not camera or self._interrupted.is_set():  # another one was chosen
                return
            delivered, self._delivered = self._delivered, lambda: None
        delivered()

    def _wait_until_taken(self) -> None:
        """Wait until the frame was taken: on demand, no frame is dropped."""
        while self.frames.peek() is not None and not self._interrupted.wait(_UNTAKEN_POLL_S):
            pass
