"""Interface of global keys, and the choice of the system's own."""

from __future__ import annotations

import os
import sys

from PyQt6.QtCore import QKeyCombination, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication, QKeySequence
from typing_extensions import override

from ui.translation import tr

_TYPING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
_FREE = range(Qt.Key.Key_F1.value, Qt.Key.Key_F35.value + 1)
X_NAMES = {
    "PgUp": "Prior",
    "PgDown": "Next",
    "Del": "Delete",
    "Ins": "Insert",
    "Backspace": "BackSpace",
    "Space": "space",
    "Esc": "Escape",
    "Enter": "KP_Enter",
    "Media Play": "XF86_AudioPlay",
    "Media Stop": "XF86_AudioStop",
    "Media Next": "XF86_AudioNext",
    "Media Previous": "XF86_AudioPrev",
}
"""Qt's names of keys that X calls otherwise."""


class GlobalKeys(QObject):
    """Global keys by the names of commands. GUI thread.

    Attributes:
        problem: why there are none on this system, and what to do in its place; "" if there are.

    Signals:
        pressed: the name of a command whose key was pressed.
        refused: a line; some systems refuse keys only later.
    """

    problem = ""
    pressed = pyqtSignal(str)
    refused = pyqtSignal(str)

    def grab(self, name: str, key: str) -> str:
        """Take a key, in QKeySequence's notation, in place of the command's present one; return why not, or ""."""
        return self.problem

    def release(self, name: str) -> None:
        """Give a command's key back."""

    def close(self) -> None:
        """Give every key back."""


class NoGlobalKeys(GlobalKeys):
    """For systems without."""

    def __init__(self, problem: str) -> None:
        super().__init__()
        self.problem = problem

    @override
    def grab(self, name: str, key: str) -> str:
        return self.problem


def open_global_keys() -> GlobalKeys:
    """Return the global keys of this system."""
    if sys.platform == "win32":
        from ui.global_keys.windows import WindowsKeys

        return WindowsKeys()
    if sys.platform == "darwin":
        from ui.global_keys.macos import MacKeys

        return MacKeys()
    remedy = tr("bind a key of the desktop to the command “python main.py hide”")
    platform = QGuiApplication.platformName()
    if platform.startswith("wayland") or os.environ.get("WAYLAND_DISPLAY"):
        try:
            from ui.global_keys.portal import PortalKeys

            return PortalKeys()
        except (ImportError, OSError):
            return NoGlobalKeys(tr("This desktop gives programs no global keys; {remedy}").format(remedy=remedy))
    if platform == "xcb":
        try:
            from ui.global_keys.x11 import X11Keys

            return X11Keys()
        except (ImportError, OSError):
            return NoGlobalKeys(tr("The X server cannot be reached; {remedy}").format(remedy=remedy))
    return NoGlobalKeys(tr("There are no global keys without a desktop"))


def combination(key: str) -> QKeyCombination:
    """Return the first key of a QKeySequence's text."""
    return QKeySequence(key)[0]


def needed_for_typing(key: str) -> bool:
    """True for a key that people type with: a global one would be missing in every other program."""
    pressed = combination(key)
    return not pressed.keyboardModifiers() & ~_TYPING and pressed.key().value not in _FREE
