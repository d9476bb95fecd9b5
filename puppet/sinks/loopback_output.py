"""Writes pictures into a loopback camera of Linux, v4l2loopback 0.12 to 0.15.

In place of pyvirtualcam, which bundles leave out for its licence, and after which 0.12 opens a camera with
exclusive_caps, as browsers need it, no second time. Structures and numbers are those of linux/videodev2.h. Belongs to
the thread that writes.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from puppet.domain import Picture

_SYSFS = Path("/sys/class/video4linux")
_QUERY_CAPABILITIES, _SET_FORMAT, _SET_RATE, _START_STREAM = 0x80685600, 0xC0D05605, 0xC0CC5616, 0x40045612
_OUTPUT, _NO_FIELD, _SRGB = 2, 1, 8
_GIVES_PICTURES, _TAKES_PICTURES = 1, 2
_YUYV = 0x56595559
_BLACK = bytes((16, 128, 16, 128))  # two pixels
_DRIVER = b"v4l2 loopback"


class LoopbackOutput:
    """An opened loopback camera that takes YUYV, as every program that shows a camera can read it.

    Attributes:
        backend: name of the driver.
        device: path of the camera.
    """

    backend = "v4l2loopback"

    def __init__(self, size: tuple[int, int], fps: float, device: str | None = None) -> None:
        """Open the first loopback camera that nobody else feeds.

        Args:
            size: (width, height) of the pictures in pixels; an even width.
            fps: rate that is announced to readers.
            device: path of the camera; None: the first free one.

        Raises:
            OSError: there is none, or it is not a loopback camera, or another program feeds it.
        """
        refused = OSError(errno.ENODEV, "v4l2loopback is not loaded")
        for path in [device] if device else _loopback_devices():
            try:
                self._descriptor = _opened(path, size, fps)
            except OSError as error:
                refused = error
            else:
                self.device = path
                return
        raise refused

    def send(self, picture: Picture) -> None:
        """Write a picture (H, W, 2), YUYV. Raises OSError: the device is gone."""
        os.write(self._descriptor, np.ascontiguousarray(picture).data)

    def close(self) -> None:
        """Release the device."""
        os.close(self._descriptor)


def _loopback_devices() -> Iterator[str]:
    """Yield the paths of all video devices that no hardware is behind, by number."""
    nodes = [node for node in _SYSFS.glob("video*") if "virtual" in node.resolve().parts]
    for node in sorted(nodes, key=lambda node: (len(node.name), node.name)):
        yield f"/dev/{node.name}"


def _opened(path: str, size: tuple[int, int], fps: float) -> int:
    """Return the descriptor of a loopback camera that was told size and rate. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        _check(path, _ioctl(descriptor, _QUERY_CAPABILITIES, bytes(104)))
        width, height = size
        sizes = width, height, _YUYV, _NO_FIELD, 2 * width, 2 * width * height, _SRGB
        form = struct.pack("<9I", _OUTPUT, 0, *sizes)
        told = struct.unpack_from("<III", _ioctl(descriptor, _SET_FORMAT, form.ljust(208, b"\0")), 8)
        if told != (width, height, _YUYV):
            raise OSError(errno.EINVAL, f"{path}: takes only {told[0]}x{told[1]}, not {width}x{height} in YUYV")
        rate = struct.pack("<5I", _OUTPUT, 0, 0, 1000, round(1000 * fps))
        _ioctl(descriptor, _SET_RATE, rate.ljust(204, b"\0"))
        # Up to 0.12 a camera knows by it that a writer left, and takes the next one; later versions refuse it.
        with suppress(OSError):
            _ioctl(descriptor, _START_STREAM, struct.pack("<I", _OUTPUT))
        # The driver lists the camera, and refuses a second writer, from the first picture on.
        os.write(descriptor, _BLACK * (width * height // 2))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: str, answer: bytes) -> None:
    """Raise OSError if a device's capabilities are not those of a loopback camera that nobody feeds."""
    if not answer.startswith(_DRIVER):
        raise OSError(errno.ENODEV, f"{path}: not a camera of v4l2loopback")
    capabilities = struct.unpack_from("<I", answer, 88)[0]
    if not capabilities & (_TAKES_PICTURES | _GIVES_PICTURES):
        raise OSError(errno.EBUSY, f"{path}: v4l2loopback keeps it for a program that ended; load the driver again")
    if not capabilities & _TAKES_PICTURES:
        raise OSError(errno.EBUSY, f"{path}: another program feeds it")


def _ioctl(descriptor: int, request: int, argument: bytes) -> bytes:
    import fcntl  # not on Windows

    return fcntl.ioctl(descriptor, request, argument)
