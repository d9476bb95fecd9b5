"""The virtual camera of this system: its state, the commands that set it up, and a test picture.

On Linux the camera is a device of the kernel module v4l2loopback; on Windows and macOS it comes with OBS Studio.
Nothing here changes the system: the commands are run by `puppet camera-setup`, or by the window. Any thread.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from puppet.config import DEFAULT_SIZE
from puppet.domain import Picture
from puppet.errors import SinkError
from puppet.sinks.base import Finished, Sink

LABEL = "Puppet"
OPTIONS = f"exclusive_caps=1 card_label={LABEL}"
"""Options of v4l2loopback: with exclusive_caps, browsers list the device; the label is its name in calls."""
_NAME = "puppet-v4l2loopback.conf"
_KEPT = {
    f"etc/modprobe.d/{_NAME}": f"options v4l2loopback {OPTIONS}",
    f"etc/modules-load.d/{_NAME}": "v4l2loopback",
}
_RPM_FUSION = "https://mirrors.rpmfusion.org/free/fedora/rpmfusion-free-release-$(rpm -E %fedora).noarch.rpm"
_PACKAGES = {
    "debian": "apt-get install -y v4l2loopback-dkms linux-headers-$(uname -r)",
    "fedora": f"dnf install -y {_RPM_FUSION} && dnf install -y akmod-v4l2loopback && akmods",
    "arch": "pacman -S --needed --noconfirm v4l2loopback-dkms linux-headers",
    "suse": "zypper --non-interactive install v4l2loopback-kmp-default",
}
"""The package of each family of distributions, by the names in /etc/os-release. Fedora's comes from RPM Fusion."""
_SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
_SECURE_BOOT_NOTE = (
    "Secure Boot is on: the kernel loads signed modules only. While the package is installed you are asked for a "
    "password; restart, choose Enroll MOK in the blue screen, type the password, and run this command again"
)
_OBS_STEPS = (
    "Install OBS Studio from obsproject.com",
    "Open it, press Start virtual camera, allow what the system asks for, press Stop virtual camera, close it",
    "Restart the programs that should show the camera",
)
_TEST_FPS = 30
_BARS = ((235, 235, 235), (235, 235, 16), (16, 235, 235), (16, 235, 16), (235, 16, 235), (235, 16, 16), (16, 16, 235))


class SetupState(Enum):
    """State of the virtual camera."""

    READY = "ready"
    NOT_INSTALLED = "not installed"
    NOT_LOADED = "installed, but not loaded"
    HIDDEN = "loaded, but hidden from browsers"
    NO_ACCESS = "this user may not open it"
    UNSUPPORTED = "not possible on this system"


@dataclass(frozen=True, slots=True)
class CameraSetup:
    """Result of an examination.

    Attributes:
        state: see SetupState.
        found: the evidence, one line.
        commands: to be run as root, in this order; none when nothing is to be done or cannot be done by a command.
        steps: what the person has to do by hand, one line each.
        notes: facts to know before, one line each.
    """

    state: SetupState
    found: str
    commands: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def as_root(self, *, graphical: bool = False) -> list[str]:
        """Return the argument list that runs every command, until one fails.

        Args:
            graphical: let the desktop ask for the password (pkexec), not the terminal (sudo).
        """
        script = ["sh", "-ec", "\n".join(self.commands)]
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        return script if is_root else ["pkexec" if graphical else "sudo", *script]


def examine_setup(root: Path = Path("/"), open_sink: Callable[[], Sink] | None = None) -> CameraSetup:
    """Return the state of this system's virtual camera and the way to a working one; takes milliseconds.

    Args:
        root: of the file system.
        open_sink: opens a virtual camera, to look for one on Windows and macOS.
    """
    if platform.system() == "Linux":
        return _examine_linux(root)
    if platform.system() not in ("Windows", "Darwin"):
        found = f"{platform.system()} has no virtual camera that Puppet knows"
        return CameraSetup(SetupState.UNSUPPORTED, found)
    try:
        sink = (open_sink or _open)()
    except SinkError as error:
        return CameraSetup(SetupState.NOT_INSTALLED, str(error).rpartition("; ")[0], steps=_OBS_STEPS)
    sink.close()
    return CameraSetup(SetupState.READY, sink.name)


def colour_bars(size: tuple[int, int], index: int) -> Picture:
    """Return the test picture: colour bars, and a white line that moves with `index`; (H, W, 3)."""
    width, height = size
    bars = np.asarray(_BARS, np.uint8)[np.arange(width) * len(_BARS) // width]
    card = np.repeat(bars[None], height, 0)
    line = index * 4 % width
    card[:, line : line + 4] = 255
    return card


def send_test_card(
    seconds: float,
    open_sink: Callable[[], Sink] | None = None,
    wait: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """Show the test picture on the virtual camera; block for `seconds`, and return the camera's name.

    Raises:
        SinkError: the camera cannot be opened, or stopped.
    """
    sink = (open_sink or _open)()
    try:
        for index in range(max(1, round(seconds * _TEST_FPS))):
            sink.write(Finished(colour_bars(DEFAULT_SIZE, index), clock()))
            wait(1 / _TEST_FPS)
        return sink.name
    finally:
        sink.close()


def _open() -> Sink:
    from puppet.sinks.virtual_camera import VirtualCamera

    return VirtualCamera(DEFAULT_SIZE)


def _examine_linux(root: Path) -> CameraSetup:
    notes = (_SECURE_BOOT_NOTE,) if _secure_boot(root) else ()
    if (root / "sys/module/v4l2loopback").is_dir():
        return _examine_loaded(root)
    load = (*_keep_options(root), "modprobe v4l2loopback")
    release = platform.release()
    if any((root / "lib/modules" / release).rglob("v4l2loopback.ko*")):
        found = f"v4l2loopback is installed for the kernel {release}"
        return CameraSetup(SetupState.NOT_LOADED, found, load, (), notes)
    if not (root / "proc/modules").exists():
        found = f"the kernel {release} loads no modules, as in a container; set the camera up on its host"
        return CameraSetup(SetupState.UNSUPPORTED, found)
    found = f"the kernel module v4l2loopback is not installed for the kernel {release}"
    if (install := _PACKAGES.get(_family(root))) is None:
        step = f"Install v4l2loopback with your distribution's packages, then run: {' && '.join(load)}"
        return CameraSetup(SetupState.NOT_INSTALLED, found, (), (step,), notes)
    return CameraSetup(SetupState.NOT_INSTALLED, found, (install, *load), (), notes)


def _examine_loaded(root: Path) -> CameraSetup:
    exclusive = _text(root / "sys/module/v4l2loopback/parameters/exclusive_caps")
    if "Y" not in exclusive:
        reload = (*_keep_options(root), "modprobe -r v4l2loopback", f"modprobe v4l2loopback {OPTIONS}")
        note = "Close the programs that use the virtual camera first"
        found = "v4l2loopback was loaded without exclusive_caps"
        return CameraSetup(SetupState.HIDDEN, found, reload, (), (note,))
    labels = {device.name: _text(device / "name") for device in _devices(root)}
    shown = ", ".join(f"/dev/{name} ({label})" for name, label in labels.items())
    refused = [name for name in labels if not os.access(root / "dev" / name, os.R_OK | os.W_OK)]
    if labels and len(refused) == len(labels):
        user = os.environ.get("USER") or "$USER"
        command = f"usermod -aG video {shlex.quote(user) if user != '$USER' else user}"
        step = "Log out and in again afterwards"
        return CameraSetup(SetupState.NO_ACCESS, shown, (command,), (step,))
    if not labels:
        found = "v4l2loopback is loaded, but has no device"
        return CameraSetup(
            SetupState.NOT_LOADED, found, ("modprobe -r v4l2loopback", f"modprobe v4l2loopback {OPTIONS}")
        )
    found = shown if _is_kept(root) else f"{shown}, until the next restart"
    return CameraSetup(SetupState.READY, found)


def _devices(root: Path) -> list[Path]:
    """Return the video devices of v4l2loopback, which are the virtual ones."""
    found = (root / "sys/devices/virtual/video4linux").glob("video*")
    return sorted(found, key=lambda path: (len(path.name), path.name))


def _keep_options(root: Path) -> tuple[str, ...]:
    """Return commands that load the module with its options at every start; none where somebody has set it up."""
    if _is_kept(root):
        return ()
    return tuple(f"echo {shlex.quote(line)} > /{name}" for name, line in _KEPT.items())


def _is_kept(root: Path) -> bool:
    """True if a file of /etc/modprobe.d names options of the module, and one of /etc/modules-load.d loads it."""
    folders = {Path(name).parent for name in _KEPT}
    return all(any("v4l2loopback" in _text(file) for file in (root / folder).glob("*.conf")) for folder in folders)


def _family(root: Path) -> str:
    """Return the family of the distribution, a key of `_PACKAGES`, or ""."""
    lines = dict(line.split("=", 1) for line in _text(root / "etc/os-release").splitlines() if "=" in line)
    names = f"{lines.get('ID', '')} {lines.get('ID_LIKE', '')}".replace('"', "").replace("-", " ").split()
    names = ["debian" if name == "ubuntu" else "suse" if name == "opensuse" else name for name in names]
    return next((name for name in names if name in _PACKAGES), "")


def _secure_boot(root: Path) -> bool:
    """True if the firmware starts signed code only: the fifth byte of its variable is 1."""
    try:
        return (root / _SECURE_BOOT).read_bytes()[4:5] == b"\1"
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def has_root_tool(*, graphical: bool = False) -> bool:
    """True if `CameraSetup.as_root` can ask for the password."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return True
    return shutil.which("pkexec" if graphical else "sudo") is not None
