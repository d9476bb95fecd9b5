"""Pictures for a loopback camera, with the answers of v4l2loopback 0.12 to 0.15."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from puppet.errors import SinkError
from puppet.sinks import loopback_output
from puppet.sinks.base import Finished
from puppet.sinks.virtual_camera import VirtualCamera
from tests.support.clips import moving_square

SIZE = (64, 48)
CAPTURE, OUTPUT = 1, 2


class Driver:
    """Answers as v4l2loopback does; `refuses_streams` as from 0.13 on."""

    def __init__(self) -> None:
        self.name, self.capabilities = b"v4l2 loopback", OUTPUT
        self.format: tuple[int, int, int] | None = None
        self.refuses_streams = False
        self.rate: tuple[int, ...] = ()

    def __call__(self, _descriptor: int, request: int, argument: bytes) -> bytes:
        answer = bytearray(argument)
        if request == 0x80685600:
            answer[: len(self.name)] = self.name
            struct.pack_into("<I", answer, 88, self.capabilities)
        elif request == 0xC0D05605:
            width, height, pixels = self.format or struct.unpack_from("<III", argument, 8)
            self.format = width, height, pixels
            struct.pack_into("<III", answer, 8, *self.format)
        elif request == 0xC0CC5616:
            self.rate = struct.unpack_from("<II", argument, 12)
        elif self.refuses_streams:
            raise OSError(22, "Invalid argument")
        return bytes(answer)


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """A driver with the cameras `first` and `second`, ordinary files here, the second of which is free."""
    found = Driver()
    monkeypatch.setattr(loopback_output, "_ioctl", found)
    monkeypatch.setattr(loopback_output, "_loopback_devices", lambda: map(str, sorted(tmp_path.glob("camera*"))))
    monkeypatch.setattr("platform.system", lambda: "Linux")
    (tmp_path / "camera0").touch()
    return found


def written(tmp_path: Path) -> list[bytes]:
    content, picture = (tmp_path / "camera0").read_bytes(), 2 * SIZE[0] * SIZE[1]
    return [content[start : start + picture] for start in range(0, len(content), picture)]


@pytest.mark.parametrize("refuses_streams", [False, True])
def test_the_camera_is_black_until_pictures_come(tmp_path: Path, driver: Driver, refuses_streams: bool) -> None:
    driver.refuses_streams = refuses_streams
    camera = VirtualCamera(SIZE, 29.97)
    assert camera.name == f"virtual camera (v4l2loopback, {tmp_path / 'camera0'})"
    assert driver.format == (*SIZE, 0x56595559)
    assert driver.rate == (1000, 29970)
    camera.write(Finished(np.full((SIZE[1], SIZE[0], 3), 255, np.uint8), 0.0))
    camera.close()
    black, white = written(tmp_path)
    assert set(black[::2]) == {16}
    assert set(white[::2]) == {235}


def test_a_camera_that_cannot_be_used_is_left_out(tmp_path: Path, driver: Driver) -> None:
    (tmp_path / "camera0").rename(tmp_path / "camera1")
    (tmp_path / "camera0").mkdir()  # cannot be opened for writing
    assert str(tmp_path / "camera1") in VirtualCamera(SIZE).name


@pytest.mark.parametrize(
    ("capabilities", "format_", "reason"),
    [
        (CAPTURE, None, "another program feeds it"),
        (0, None, "load the driver again"),
        (OUTPUT, (320, 240, 0x56595559), "takes only 320x240, not 64x48 in YUYV"),
    ],
)
def test_why_no_camera_can_be_used_is_told(
    driver: Driver, capabilities: int, format_: tuple[int, int, int] | None, reason: str
) -> None:
    driver.capabilities, driver.format = capabilities, format_
    with pytest.raises(SinkError, match=reason) as refused:
        VirtualCamera(SIZE)
    assert "Errno" not in str(refused.value)


def test_the_device_of_another_driver_is_not_written_to(tmp_path: Path, driver: Driver) -> None:
    driver.name = b"vivid"
    with pytest.raises(SinkError):
        VirtualCamera(SIZE, device=str(tmp_path / "camera0"))
    assert written(tmp_path) == []


def test_a_device_that_vanishes_is_told_and_opened_again(tmp_path: Path, driver: Driver) -> None:
    now_s = [0.0]
    camera = VirtualCamera(SIZE, clock=lambda: now_s[0])
    picture = Finished(moving_square(SIZE, 1)[0], 0.0)

    def gone(_picture: object) -> None:
        raise OSError(19, "No such device")

    camera._camera.send = gone  # type: ignore[union-attr, method-assign]
    camera.write(picture)
    assert "No such device" in camera.problem
    now_s[0] += 1.0
    camera.write(picture)
    assert camera.problem == ""
