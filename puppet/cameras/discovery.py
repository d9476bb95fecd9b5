"""Lists the computer's cameras by name, from sysfs or the system's tools, without starting one. Any thread."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from puppet.cameras.video4linux import gives_pictures

_SYSFS = Path("/sys/class/video4linux")
_TIMEOUT_S = 5.0
_WINDOWS_COMMAND = (
    "powershell",
    "-NoProfile",
    "-Command",
    "Get-CimInstance Win32_PnPEntity | Where-Object { $_.PNPClass -in 'Camera','Image' -and $_.Status -eq 'OK' }"
    " | ForEach-Object { $_.Name }",
)
_MACOS_COMMAND = ("system_profiler", "-json", "SPCameraDataType")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that can be opened.

    Attributes:
        index: number in the platform's video API.
        name: reported by the camera; where several have the same, with the port.
        path: its device file, or None on systems without.
        virtual: fed by a program through a loopback driver (perhaps by Puppet); never chosen by default.
    """

    index: int
    name: str
    path: Path | None = None
    virtual: bool = False


def list_cameras() -> list[CameraInfo]:
    """Return the cameras that are plugged in, real ones first.

    On Windows and macOS the system lists names only; their order is taken as the index, which is right for one camera
    and a guess for more. If the system's tool fails, the list is "camera 0".
    """
    system = platform.system()
    if system == "Linux":
        return _video4linux(_SYSFS)
    if system == "Windows":
        names = _output(_WINDOWS_COMMAND)
        return _infos(None if names is None else names.splitlines())
    return _infos(_macos_names(_output(_MACOS_COMMAND)))


def _video4linux(folder: Path) -> list[CameraInfo]:
    """Take the first node of each camera: the others deliver metadata. A loopback camera may only take pictures yet."""
    cameras = []
    for node in folder.glob("video*"):
        number = node.name.removeprefix("video")
        if number.isdecimal() and _line(node / "index") in ("", "0"):
            virtual = "virtual" in node.resolve().parts
            name, path = _line(node / "name") or f"camera {number}", Path("/dev") / node.name
            if virtual and not gives_pictures(path):
                continue
            cameras.append(CameraInfo(int(number), name, path, virtual))
    return _told_apart(sorted(cameras, key=lambda camera: (camera.virtual, camera.index)))


def _told_apart(cameras: list[CameraInfo]) -> list[CameraInfo]:
    """Add the port to names that several cameras have: it stays the same as long as they are plugged in there."""
    names = [camera.name for camera in cameras]
    return [
        replace(camera, name=f"{camera.name} ({_port(camera)})") if names.count(camera.name) > 1 else camera
        for camera in cameras
    ]


def _port(camera: CameraInfo) -> str:
    """Return where a camera is plugged in, "port 1-2", or its number."""
    parts = (_SYSFS / f"video{camera.index}").resolve().parts
    ports = [part for part in parts if re.fullmatch(r"\d+-\d+(\.\d+)*", part)]
    return f"port {ports[-1]}" if ports else f"number {camera.index}"


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _output(command: tuple[str, ...]) -> str | None:
    """Return the output of a system tool; None if it is missing, fails or takes too long."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _macos_names(answer: str | None) -> list[str] | None:
    try:
        return [str(camera["_name"]) for camera in json.loads(answer or "")["SPCameraDataType"]]
    except (ValueError, KeyError, TypeError):
        return None


def _infos(names: list[str] | None) -> list[CameraInfo]:
    if names is None:
        return [CameraInfo(0, "camera 0")]
    return _told_apart([CameraInfo(index, name.strip()) for index, name in enumerate(filter(str.strip, names))])
