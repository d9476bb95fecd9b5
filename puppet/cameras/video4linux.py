"""Asks a Linux camera for its modes and its exposure, beside whoever reads its pictures. Any thread; milliseconds.

Structures and numbers are those of linux/videodev2.h.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ENUM_FMT, _ENUM_SIZES, _ENUM_INTERVALS = 0xC0405602, 0xC02C564A, 0xC034564B
_CAPABILITIES, _DEVICE_CAPABILITIES, _VIDEO_CAPTURE = 0x80685600, 1 << 31, 1 | 1 << 12  # single- and multi-planar
_QUERY, _GET, _SET = 0xC0445624, 0xC008561B, 0xC008561C
_CAPTURE, _DISCRETE = 1, 1
_AUTO, _ABSOLUTE = 0x009A0901, 0x009A0902  # exposure
_MANUAL, _APERTURE_PRIORITY = 1, 3
_DISABLED = 1
_MOST = 256  # formats, sizes or rates; a driver that never ends its list is broken


@dataclass(frozen=True, slots=True, order=True)
class CameraMode:
    """A size in pixels and a rate in frames per second that a camera offers."""

    width: int
    height: int
    fps: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """Range and value of the exposure time in units of 0.1 ms; `automatic`: the camera chooses it."""

    low: int
    high: int
    value: int
    automatic: bool


def gives_pictures(device: Path) -> bool:
    """Return False for a device that only takes pictures: a loopback camera that no program feeds, or an output."""
    try:
        with _opened(device) as descriptor:
            found = _ioctl(descriptor, _CAPABILITIES, bytes(104))
    except OSError:
        return True  # opening it says why
    driver, own = struct.unpack_from("<II", found, 84)
    return bool((own if driver & _DEVICE_CAPABILITIES else driver) & _VIDEO_CAPTURE)


def camera_modes(device: Path) -> list[CameraMode]:
    """Return the modes that a camera offers, the largest first; none if it cannot be asked or offers a range."""
    modes = set[CameraMode]()
    try:
        with _opened(device) as descriptor:
            for form in _listed(descriptor, _ENUM_FMT, "<II 56x", 64, _CAPTURE):
                pixels = struct.unpack_from("<I", form, 44)[0]
                for size in _listed(descriptor, _ENUM_SIZES, "<II 36x", 44, pixels):
                    kind, width, height = struct.unpack_from("<III", size, 8)
                    if kind == _DISCRETE:
                        modes.update(_rates(descriptor, pixels, width, height))
    except OSError:
        return []
    return sorted(modes, reverse=True)


def read_exposure(device: Path) -> Exposure | None:
    """Return a camera's exposure; None if its driver has none."""
    try:
        with _opened(device) as descriptor:
            found = _ioctl(descriptor, _QUERY, struct.pack("<I 64x", _ABSOLUTE))
            low, high, flags = *struct.unpack_from("<ii", found, 40), struct.unpack_from("<I", found, 56)[0]
            if flags & _DISABLED or low >= high:
                return None
            automatic = _value(descriptor, _AUTO) != _MANUAL
            return Exposure(low, high, min(max(_value(descriptor, _ABSOLUTE), low), high), automatic)
    except OSError:
        return None


def write_exposure(device: Path, value: int | None) -> bool:
    """Set a camera's exposure time; None: automatic. Return False if the driver refuses."""
    try:
        with _opened(device) as descriptor:
            automatic = _APERTURE_PRIORITY if value is None else _MANUAL
            _ioctl(descriptor, _SET, struct.pack("<Ii", _AUTO, automatic))
            if value is not None:
                _ioctl(descriptor, _SET, struct.pack("<Ii", _ABSOLUTE, value))
    except OSError:
        return False
    return True


def _rates(descriptor: int, pixels: int, width: int, height: int) -> Iterator[CameraMode]:
    for number in range(_MOST):
        asked = struct.pack("<IIII 36x", number, pixels, width, height)
        try:
            found = _ioctl(descriptor, _ENUM_INTERVALS, asked)
        except OSError:
            return
        kind, numerator, denominator = struct.unpack_from("<III", found, 16)
        if kind != _DISCRETE:
            return
        if numerator and (fps := round(denominator / numerator)) >= 1:
            yield CameraMode(width, height, fps)


def _listed(descriptor: int, request: int, form: str, size: int, of: int) -> Iterator[bytes]:
    """Yield the entries of a list, until the driver has no more."""
    for number in range(_MOST):
        asked = struct.pack(form, number, of)
        assert len(asked) == size
        try:
            yield _ioctl(descriptor, request, asked)
        except OSError:
            return


def _value(descriptor: int, control: int) -> int:
    return int(struct.unpack("<Ii", _ioctl(descriptor, _GET, struct.pack("<Ii", control, 0)))[1])


def _ioctl(descriptor: int, request: int, argument: bytes) -> bytes:
    import fcntl  # not on Windows

    return fcntl.ioctl(descriptor, request, argument)


@contextmanager
def _opened(device: Path) -> Iterator[int]:
    descriptor = os.open(device, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)
