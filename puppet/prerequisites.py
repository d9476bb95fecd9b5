"""System packages that the Python packages need: shared libraries, fonts, the venv module.

`python -m puppet.prerequisites NEED...` prints one line with every missing piece and the command that installs it, and
exits with 1; with nothing missing it prints nothing and exits with 0. `make` runs it with the system's interpreter
before anything is installed, so it imports the standard library alone. Only Linux is checked: the wheels for Windows
and macOS contain all of it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

# Shared library -> Debian and Ubuntu package. LIVE: for numpy, OpenCV and onnxruntime; WINDOW: for QtWidgets
# with any platform plug-in; X11 and WAYLAND: for Qt's plug-in for that display server.
LIVE = {"libstdc++.so.6": "libstdc++6"}
WINDOW = LIVE | {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
X11 = WINDOW | {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = WINDOW | {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
NEEDS = ("live", "window", "screen", "venv")


def missing(needs: Iterable[str], loads: Callable[[str], bool], has_fonts: bool, has_venv: bool) -> dict[str, str]:
    """Return the missing pieces.

    Args:
        needs: any of NEEDS; `screen` stands for X11 or, where only that is running, Wayland.
        loads: tells whether the dynamic linker finds a shared library.
        has_fonts: a font is installed.
        has_venv: this interpreter can make a virtual environment with pip.

    Returns:
        Missing piece -> the Debian package that contains it.
    """
    needs = set(needs)
    wanted = dict(LIVE)
    if "window" in needs:
        wanted |= WINDOW
    if "screen" in needs:
        wanted |= X11 if os.environ.get("DISPLAY") else WAYLAND
    lacking = {library: package for library, package in wanted.items() if not loads(library)}
    if not has_fonts and needs & {"window", "screen"}:
        lacking["any font"] = "fonts-dejavu-core"
    if not has_venv and "venv" in needs:
        lacking["the venv module"] = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    return lacking


def advice(lacking: dict[str, str], apt: bool, root: bool) -> str:
    """Return one line: the command that installs the missing pieces, or their names on a system without apt."""
    packages = " ".join(sorted(set(lacking.values())))
    if not apt:
        return f"Puppet needs these system packages: {', '.join(lacking)} (on Debian: {packages})"
    return f"Puppet needs some system packages first: {'' if root else 'sudo '}apt-get install -y {packages}"


def loads(library: str) -> bool:
    """Tell whether the dynamic linker finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_fonts() -> bool:
    """Tell whether a font is installed in the folders that Linux searches."""
    return any(next(folder.rglob("*.[to]t[fc]"), None) for folder in FONT_FOLDERS)


def has_nvidia_driver() -> bool:
    """Tell from its files whether NVIDIA's driver is installed; a program of the driver could hang."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def has_display() -> bool:
    """Tell whether a window can be shown; Windows and macOS always have a display."""
    if not sys.platform.startswith("linux"):
        return True
    named = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in ("", "xcb", "wayland")
    return named or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _main(needs: list[str]) -> str | int:
    unknown = sorted(set(needs) - set(NEEDS))
    if unknown:
        return f"Unknown need {', '.join(unknown)}; known: {', '.join(NEEDS)}"
    if not sys.platform.startswith("linux"):
        return 0
    # Debian splits ensurepip off into python3.X-venv; venv itself is always importable there.
    lacking = missing(needs, loads, has_fonts(), importlib.util.find_spec("ensurepip") is not None)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return advice(lacking, shutil.which("apt-get") is not None, root) if lacking else 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
