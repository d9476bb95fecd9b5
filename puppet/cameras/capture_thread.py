"""The capture thread's work: keep a camera open, leave its newest frame, open it again when it vanished."""

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
"""Between attempts to open a camera; the last one again and again."""
_UNTAKEN_POLL_S = 0.001
_log = logging.getLogger(__name__)


class CameraFeed:
    """Captures from a camera that may come and go. `run` is the thread's body; the rest is for any thread.

    Attributes:
        frames: the newest frame.
        problem: why there is no camera, one line, or "" while it delivers.
        ended: the camera's stream came to its end.
    """

    def __init__(self, open_camera: Callable[[], Camera], clock: Callable[[], float] = time.monotonic) -> None:
        """`open_camera` is called on the feed's thread."""
        self.frames = Latest[Frame]()
        self.problem = ""
        self.ended = False
        self._meter = RateMeter(clock)
        self._lock = threading.Lock()
        self._open = open_camera
        self._camera: Camera | None = None
        self._attempts = 0
        self._stopped = False
        self._wake = threading.Event()  # set: leave the camera, or the pause, and look again

    @property
    def fps(self) -> float:
        """Frames per second that the camera delivers."""
        return self._meter.rate()

    @property
    def description(self) -> str:
        """Name, size and rate really delivered, or why there is no camera."""
        with self._lock:
            camera = self._camera
        if camera is None:
            return self.problem
        return f"{camera.name} · {camera.size[0]}×{camera.size[1]} · {self.fps or camera.fps:.0f} fps"

    @property
    def wanted_fps(self) -> float:
        """The open camera's rate; 0 while there is none, or for one whose frames come whenever they are wanted."""
        with self._lock:
            camera = self._camera
        return camera.fps if camera is not None and camera.paced else 0.0

    def choose(self, open_camera: Callable[[], Camera]) -> None:
        """Leave the camera for another one."""
        with self._lock:
            self._open, self._attempts = open_camera, 0
            self._interrupt()

    def stop(self) -> None:
        """Make `run` end, whatever it is waiting for."""
        with self._lock:
            self._stopped = True
            self._interrupt()
        self.frames.close()

    def _interrupt(self) -> None:
        self._wake.set()
        if self._camera is not None:
            self._camera.close()

    def run(self) -> None:
        """Deliver until stopped or the stream's end."""
        while self._goes_on():
            camera = self._opened()
            if camera is not None:
                self._deliver(camera)

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._stopped:
                self._wake.clear()
            return not (self._stopped or self.ended)

    def _opened(self) -> Camera | None:
        """The camera; None after a pause when it cannot be opened, or when another one was chosen meanwhile."""
        with self._lock:
            open_camera = self._open
        try:
            camera = open_camera()
        except CameraError as error:
            self._await_camera(error)
            return None
        with self._lock:
            if self._stopped or self._open is not open_camera:
                camera.close()
                return None
            self._camera, self._attempts = camera, 0
        return camera

    def _await_camera(self, error: CameraError) -> None:
        if str(error) != self.problem:
            _log.warning("%s", error)
        self.problem = str(error)
        pause_s = PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)]
        self._attempts += 1
        self._wake.wait(pause_s)

    def _deliver(self, camera: Camera) -> None:
        """Frame after frame until the camera ends, vanishes or is left."""
        try:
            self._read_on(camera)
            vanished = None
        except CameraError as error:
            vanished = error
        with self._lock:
            self._camera = None
            if vanished is not None and not self._wake.is_set():
                self._open = camera.reopen
        camera.close()
        if vanished is not None:
            self._await_camera(vanished)

    def _read_on(self, camera: Camera) -> None:
        while (frame := camera.read(READ_TIMEOUT_S)) is not None:
            self.problem = ""
            self._meter.tick()
            self.frames.put(frame)
            if not camera.paced:
                self._wait_until_taken()
            if self._wake.is_set():
                return
        self.ended = not self._wake.is_set()

    def _wait_until_taken(self) -> None:
        """A camera that keeps no pace of its own delivers as fast as its frames are used."""
        while self.frames.peek() is not None and not self._wake.wait(_UNTAKEN_POLL_S):
            pass
