"""Modes and exposure of Linux cameras, with the answers of a driver."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from puppet.cameras import video4linux
from puppet.cameras.video4linux import CameraMode, Exposure, camera_modes, gives_pictures, read_exposure, write_exposure

_MJPG = 0x47504A4D


class Driver:
    """Answers as the uvcvideo driver does: one format, two sizes, exposure from 3 to 2047."""

    def __init__(self) -> None:
        self.values = {0x009A0901: 3, 0x009A0902: 250}
        self.sizes = [(640, 480), (1280, 720)]
        self.rates = [30, 15]

    def __call__(self, _descriptor: int, request: int, argument: bytes) -> bytes:
        answer = bytearray(argument)
        first, second = struct.unpack_from("<II", argument)
        if request == 0xC0405602:
            self._has(first, 1)
            struct.pack_into("<I", answer, 44, _MJPG)
        elif request == 0xC02C564A:
            assert second == _MJPG
            self._has(first, len(self.sizes))
            struct.pack_into("<III", answer, 8, 1, *self.sizes[first])
        elif request == 0xC034564B:
            self._has(first, len(self.rates))
            struct.pack_into("<III", answer, 16, 1, 1, self.rates[first])
        elif request == 0xC0445624:
            struct.pack_into("<ii", answer, 40, 3, 2047)
        elif request == 0xC008561B:
            struct.pack_into("<i", answer, 4, self.values[first])
        else:
            self.values[first] = struct.unpack_from("<i", argument, 4)[0]
        return bytes(answer)

    @staticmethod
    def _has(number: int, count: int) -> None:
        if number >= count:
            raise OSError(22, "Invalid argument")


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(video4linux, "_ioctl", Driver())
    path = tmp_path / "video0"
    path.touch()
    return path


def test_the_modes_are_those_that_the_camera_offers_largest_first(device: Path) -> None:
    assert camera_modes(device) == [
        CameraMode(1280, 720, 30),
        CameraMode(1280, 720, 15),
        CameraMode(640, 480, 30),
        CameraMode(640, 480, 15),
    ]


def test_exposure_is_read_and_set(device: Path) -> None:
    assert read_exposure(device) == Exposure(3, 2047, 250, automatic=True)
    assert write_exposure(device, 400)
    assert read_exposure(device) == Exposure(3, 2047, 400, automatic=False)
    assert write_exposure(device, None)
    assert read_exposure(device) == Exposure(3, 2047, 400, automatic=True)


def test_a_file_that_is_no_camera_has_neither(tmp_path: Path) -> None:
    path = tmp_path / "video0"
    path.touch()
    assert (camera_modes(path), read_exposure(path), write_exposure(path, 1)) == ([], None, False)
    assert camera_modes(tmp_path / "gone") == []


@pytest.mark.parametrize(
    ("capabilities", "own", "expected"),
    [
        (0x85200002, 0x05200002, False),  # a loopback camera that nobody feeds
        (0x85200001, 0x05200001, True),
        (0x84A00001, 0x04A00000, False),  # the node of a camera's metadata
        (0x00000001, 0, True),  # a driver that tells nothing of its nodes
        (0x84201000, 0x04201000, True),  # several planes
    ],
)
def test_what_only_takes_pictures_is_no_camera(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capabilities: int, own: int, expected: bool
) -> None:
    (tmp_path / "video0").touch()
    answer = struct.pack("<84x II 12x", capabilities, own)
    monkeypatch.setattr(video4linux, "_ioctl", lambda *_: answer)
    assert gives_pictures(tmp_path / "video0") is expected


def test_a_device_that_cannot_be_asked_may_be_a_camera(tmp_path: Path) -> None:
    assert gives_pictures(tmp_path / "video0")
