"""Camera names by platform, from what each system answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from puppet.cameras import discovery
from puppet.cameras.discovery import CameraInfo, list_cameras


@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty /sys/class/video4linux on a Linux."""
    folder = tmp_path / "class"
    folder.mkdir()
    monkeypatch.setattr(discovery, "_SYSFS", folder)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    return folder


def _plug(sysfs: Path, number: int, name: str, index: int = 0, bus: str = "usb") -> None:
    node = sysfs.parent / "devices" / bus / f"video{number}"
    node.mkdir(parents=True)
    (node / "name").write_text(f"{name}\n")
    (node / "index").write_text(f"{index}\n")
    (sysfs / f"video{number}").symlink_to(node)


def test_linux_names_each_camera_once_and_leaves_metadata_nodes_out(sysfs: Path) -> None:
    _plug(sysfs, 2, "Studio Cam")
    _plug(sysfs, 3, "Studio Cam", index=1)
    _plug(sysfs, 0, "Laptop Cam")
    assert list_cameras() == [
        CameraInfo(0, "Laptop Cam", Path("/dev/video0")),
        CameraInfo(2, "Studio Cam", Path("/dev/video2")),
    ]


def test_linux_puts_loopback_devices_last_and_says_so(sysfs: Path) -> None:
    _plug(sysfs, 0, "Puppet", bus="virtual")
    _plug(sysfs, 1, "Laptop Cam")
    assert [(camera.name, camera.virtual) for camera in list_cameras()] == [("Laptop Cam", False), ("Puppet", True)]


def test_linux_leaves_out_loopback_devices_that_nobody_feeds(sysfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "gives_pictures", lambda path: path.name != "video3")
    for number in (3, 4):
        _plug(sysfs, number, f"Loopback {number}", bus="virtual")
    assert [camera.index for camera in list_cameras()] == [4]


def test_linux_without_video_has_no_camera(sysfs: Path) -> None:
    sysfs.rmdir()
    assert list_cameras() == []


def _answer(monkeypatch: pytest.MonkeyPatch, system: str, stdout: str | None) -> None:
    def run(command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        if stdout is None:
            raise FileNotFoundError(command[0])
        return subprocess.CompletedProcess(command, 0, stdout, "")

    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr(subprocess, "run", run)


def test_windows_names_come_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, "Windows", "Integrated Camera\r\n\r\nHD Pro\r\n")
    assert list_cameras() == [CameraInfo(0, "Integrated Camera"), CameraInfo(1, "HD Pro")]


def test_macos_names_come_from_the_system_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, "Darwin", json.dumps({"SPCameraDataType": [{"_name": "FaceTime HD Camera"}]}))
    assert list_cameras() == [CameraInfo(0, "FaceTime HD Camera")]


@pytest.mark.parametrize("system", ["Windows", "Darwin"])
def test_a_system_that_cannot_be_asked_has_camera_0(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    _answer(monkeypatch, system, None)
    assert list_cameras() == [CameraInfo(0, "camera 0")]


def test_macos_without_a_camera_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    _answer(monkeypatch, "Darwin", json.dumps({"SPCameraDataType": []}))
    assert list_cameras() == []


def test_cameras_with_equal_names_are_told_apart(sysfs: Path) -> None:
    _plug(sysfs, 0, "HD Cam")
    _plug(sysfs, 2, "HD Cam")
    _plug(sysfs, 4, "Other")
    assert [camera.name for camera in list_cameras()] == ["HD Cam (number 0)", "HD Cam (number 2)", "Other"]
