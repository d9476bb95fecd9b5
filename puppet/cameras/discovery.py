"""Which cameras this computer has, by name: from sysfs or the system's own tools. Opens no camera; any thread."""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SYSFS = Path("/sys/class/video4linux")
_ASK_TIMEOUT_S = 5.0
_ASK_WINDOWS = (
    "powershell",
    "-NoProfile",
    "-Command",
    "Get-CimInstance Win32_PnPEntity | Where-Object { $_.PNPClass -in 'Camera','Image' -and $_.Status -eq 'OK' }"
    " | ForEach-Object { $_.Name }",
)
_ASK_MACOS = ("system_profiler", "-json", "SPCameraDataType")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that can be opened.

    Attributes:
        index: what the platform's video API counts it as.
        name: what it calls itself.
        path: its device file, or None where there are none.
        virtual: whether it is a loopback driver's, fed by a program (Puppet perhaps): never chosen unasked.
    """

    index: int
    name: str
    path: Path | None = None
    virtual: bool = False


def list_cameras() -> list[CameraInfo]:
    """The cameras that are plugged in, real ones first.

    On Windows and macOS the names come from the system and their order is taken for the indices, which is right for one
    camera and a good guess for more; a system that cannot be asked has "camera 0".
    """
    system = platform.system()
    if system == "Linux":
        return _video4linux(_SYSFS)
    if system == "Windows":
        names = _asked(_ASK_WINDOWS)
        return _named(None if names is None else names.splitlines())
    return _named(_macos_names(_asked(_ASK_MACOS)))


def _video4linux(folder: Path) -> list[CameraInfo]:
    """Nodes that deliver pictures: a camera's first; its others deliver metadata."""
    cameras = []
    for node in folder.glob("video*"):
        number = node.name.removeprefix("video")
        if number.isdecimal() and _line(node / "index") in ("", "0"):
            virtual = "virtual" in node.resolve().parts
            name = _line(node / "name") or f"camera {number}"
            cameras.append(CameraInfo(int(number), name, Path("/dev") / node.name, virtual))
    return sorted(cameras, key=lambda camera: (camera.virtual, camera.index))


def _line(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _asked(command: tuple[str, ...]) -> str | None:
    """What a tool of the system answers; None when it is missing, fails or takes too long."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_ASK_TIMEOUT_S, check=True).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _macos_names(answer: str | None) -> list[str] | None:
    try:
        return [str(camera["_name"]) for camera in json.loads(answer or "")["SPCameraDataType"]]
    except (ValueError, KeyError, TypeError):
        return None


def _named(names: list[str] | None) -> list[CameraInfo]:
    if names is None:
        return [CameraInfo(0, "camera 0")]
    return [CameraInfo(index, name.strip()) for index, name in enumerate(filter(str.strip, names))]
