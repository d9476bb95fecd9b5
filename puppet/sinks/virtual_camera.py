"""The virtual camera shows the finished pictures to other programs as a webcam. Belongs to the thread that writes."""

from __future__ import annotations

import errno
import logging
import platform
import time
from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np

from puppet.domain import Picture
from puppet.errors import SinkError
from puppet.installation import COMMAND, FORM, Form, install_command
from puppet.sinks.base import Finished
from puppet.sinks.loopback_output import LoopbackOutput

_OBS_NEXT_STEP = "install OBS Studio (obsproject.com), start its virtual camera once, stop it, and try again"
_LINUX = f"{COMMAND} camera-setup"
_NEXT_STEP = {
    "Linux": f"set one up: {_LINUX}",
    "Windows": _OBS_NEXT_STEP,
    "Darwin": _OBS_NEXT_STEP,
}
_NO_NEXT_STEP = "this system has none"
_ABSENT = (errno.ENODEV, errno.ENOENT)


REOPEN_S = (0.5, 1.0, 2.0)
"""Pauses between attempts to open a device that vanished; the last one is repeated."""
_REPEAT = 1.5  # periods without a picture after which the last one is sent again
_log = logging.getLogger(__name__)


class Device(Protocol):
    """An opened device: a pyvirtualcam.Camera, or a LoopbackOutput."""

    @property
    def backend(self) -> str:
        """Name of the driver."""

    @property
    def device(self) -> str:
        """Name or path of the device."""

    def send(self, frame: Any, /) -> None:
        """Hand over a picture in the device's format. Raises RuntimeError, ValueError or OSError."""

    def close(self) -> None:
        """Release the device."""


class VirtualCamera:
    """A sink that feeds a virtual-camera driver: v4l2loopback on Linux, OBS or Unity Capture elsewhere.

    While no picture comes, the last one is repeated, so that programs that wait for a steady rate get one. A device
    that vanishes is opened again as soon as there is one.

    Attributes:
        wait_s: see Sink.
        problem: why no pictures arrive at the device, one line, or "".
    """

    def __init__(
        self,
        size: tuple[int, int],
        fps: float = 30.0,
        device: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the first back-end that works.

        Args:
            size: (width, height) of the pictures.
            fps: rate of the pictures, for the driver and for repeating the last one.
            device: the name of a device, or None: the first free one.
            clock: seconds, monotonic.

        Raises:
            SinkError: with the reason of every back-end that failed, and the command that installs one.
        """
        self.wait_s = _REPEAT / fps
        self.problem = ""
        self._size, self._fps, self._wanted, self._clock = size, fps, device, clock
        self._closed = False
        self._last: Picture | None = None
        self._attempts, self._due_s = 0, 0.0
        self._camera: Device | None = None
        self._convert: Callable[[Picture], Picture] = _as_it_is
        self._open()

    @property
    def name(self) -> str:
        """Back-end and device."""
        return self._name

    def write(self, finished: Finished) -> None:
        """Hand one picture to the driver. Raises SinkError after `close`."""
        if self._closed:
            raise SinkError(f"{self._name}: closed; open it again")
        self._last = finished.picture
        self.idle()

    def idle(self) -> None:
        """Hand the last picture to the driver once more; try to open a device that vanished."""
        if self._camera is None:
            self._reopen()
        if self._camera is None or self._last is None:
            return
        try:
            self._camera.send(self._convert(self._last))
        except (RuntimeError, ValueError, OSError) as error:
            self._camera.close()
            self._camera = None
            self.problem = f"{self._name}: stopped ({_one_line(error)}); it is tried again until it is back"
            self._attempts, self._due_s = 0, self._clock() + REOPEN_S[0]
            _log.warning("%s", self.problem)

    def close(self) -> None:
        """Release the device; safe to call twice."""
        self._closed = True
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    def _open(self) -> None:
        self._camera, self._convert = _open(self._size, self._fps, self._wanted)
        self._name = f"virtual camera ({self._camera.backend}, {self._camera.device})"

    def _reopen(self) -> None:
        if self._clock() < self._due_s:
            return
        try:
            self._open()
        except SinkError:
            self._attempts += 1
            self._due_s = self._clock() + REOPEN_S[min(self._attempts, len(REOPEN_S) - 1)]
        else:
            self.problem = ""
            _log.info("%s: is back", self._name)


def _open(size: tuple[int, int], fps: float, device: str | None) -> tuple[Device, Callable[[Picture], Picture]]:
    """Return a device, and the conversion to the format that it takes. Raises SinkError: there is none."""
    loopback: OSError | None = None
    if platform.system() == "Linux":
        try:
            return LoopbackOutput(size, fps, device), _yuy2
        except OSError as error:
            loopback = error
    try:
        # Imported here, because it loads native back-ends that are useless without a virtual camera.
        import pyvirtualcam
    except (ImportError, OSError) as error:
        if loopback is not None:
            raise _refusal(device, loopback) from error
        again = "run python -m pip install --force-reinstall --no-deps pyvirtualcam"
        next_step = f"install {install_command()}" if FORM is Form.BUNDLE else again
        reason = _one_line(error)
        raise SinkError(f"No virtual camera: pyvirtualcam cannot be loaded ({reason}); {next_step}") from error
    formats = pyvirtualcam.PixelFormat
    refused: list[Exception] = [loopback] if loopback is not None and loopback.errno not in _ABSENT else []
    # The back-end's own format, else YUY2 or NV12: a loopback device whose format is fixed refuses all others.
    for pixels, convert in ((formats.RGB, _as_it_is), (formats.YUYV, _yuy2), (formats.NV12, _nv12)):
        try:
            return pyvirtualcam.Camera(*size, fps, fmt=pixels, device=device), convert
        except (RuntimeError, ValueError, OSError) as error:
            refused.append(error)
    raise _refusal(device, refused[0]) from refused[0]


def _refusal(device: str | None, error: Exception) -> SinkError:
    """Return the error of a device that cannot be opened, with the next step."""
    where = f' "{device}"' if device else ""
    next_step = _NEXT_STEP.get(platform.system(), _NO_NEXT_STEP)
    command = _LINUX if next_step.endswith(_LINUX) else ""
    told = error.strerror if isinstance(error, OSError) and error.strerror else error
    reason = _one_line(told).partition(". ")[0]
    return SinkError(f"No virtual camera{where} ({reason}); {next_step}", command)


def _as_it_is(picture: Picture) -> Picture:
    return picture


def _yuy2(picture: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_YUY2), np.uint8)


def _nv12(picture: Picture) -> Picture:
    """Return the luma plane, then the two halved colour planes, a value of each in turn; (H * 3 / 2, W)."""
    height, width = picture.shape[:2]
    planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
    colours = planes[height:].reshape(2, -1).T.reshape(-1, width)
    return np.concatenate([planes[:height], colours])


def _one_line(error: object) -> str:
    return "; ".join(line.strip().rstrip(".") for line in str(error).splitlines() if line.strip())
