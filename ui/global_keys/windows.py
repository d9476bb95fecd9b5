"""Global keys on Windows: RegisterHotKey, whose messages the Qt loop of this thread receives."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any

from PyQt6 import sip
from PyQt6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, Qt
from typing_extensions import override

from ui.global_keys.base import GlobalKeys, combination
from ui.translation import tr

_WM_HOTKEY, _NO_REPEAT = 0x0312, 0x4000
_MODIFIERS = {
    Qt.KeyboardModifier.AltModifier: 0x1,
    Qt.KeyboardModifier.ControlModifier: 0x2,
    Qt.KeyboardModifier.ShiftModifier: 0x4,
    Qt.KeyboardModifier.MetaModifier: 0x8,
}
_CODES = {
    Qt.Key.Key_Backspace: 0x08,
    Qt.Key.Key_Tab: 0x09,
    Qt.Key.Key_Return: 0x0D,
    Qt.Key.Key_Pause: 0x13,
    Qt.Key.Key_Space: 0x20,
    Qt.Key.Key_PageUp: 0x21,
    Qt.Key.Key_PageDown: 0x22,
    Qt.Key.Key_End: 0x23,
    Qt.Key.Key_Home: 0x24,
    Qt.Key.Key_Left: 0x25,
    Qt.Key.Key_Up: 0x26,
    Qt.Key.Key_Right: 0x27,
    Qt.Key.Key_Down: 0x28,
    Qt.Key.Key_Insert: 0x2D,
    Qt.Key.Key_Delete: 0x2E,
    Qt.Key.Key_ScrollLock: 0x91,
}
"""Virtual-key codes; letters, digits and function keys are computed."""


class WindowsKeys(GlobalKeys):
    """Registers keys; another program that has one makes Windows refuse it."""

    def __init__(self, user32: Any = None) -> None:
        """`user32`: the library; None: the system's."""
        super().__init__()
        self._user32 = user32 or ctypes.WinDLL("user32")  # type: ignore[attr-defined,unused-ignore] # on Windows
        self._identities: dict[int, str] = {}
        self._next = 1
        self._filter = _Filter(self)
        if (app := QCoreApplication.instance()) is not None:
            app.installNativeEventFilter(self._filter)

    @override
    def grab(self, name: str, key: str) -> str:
        code, modifiers = code_of(key)
        if not code:
            return tr("{key} cannot be a global key here; choose another").format(key=key)
        self.release(name)
        if not self._user32.RegisterHotKey(None, self._next, modifiers | _NO_REPEAT, code):
            return tr("{key} belongs to another program; choose another key").format(key=key)
        self._identities[self._next] = name
        self._next += 1
        return ""

    @override
    def release(self, name: str) -> None:
        for identity in [each for each, owner in self._identities.items() if owner == name]:
            self._user32.UnregisterHotKey(None, identity)
            del self._identities[identity]

    @override
    def close(self) -> None:
        for name in list(self._identities.values()):
            self.release(name)
        if (app := QCoreApplication.instance()) is not None:
            app.removeNativeEventFilter(self._filter)

    def received(self, identity: int) -> None:
        """Take Windows' message that a key was pressed."""
        if identity in self._identities:
            self.pressed.emit(self._identities[identity])


class _Filter(QAbstractNativeEventFilter):
    """Finds WM_HOTKEY among the thread's messages."""

    def __init__(self, keys: WindowsKeys) -> None:
        super().__init__()
        self._keys = keys

    @override
    def nativeEventFilter(
        self, eventType: QByteArray | bytes | bytearray | memoryview, message: sip.voidptr | None
    ) -> tuple[bool, sip.voidptr]:
        if message is not None and bytes(eventType)[:8] == b"windows_":  # type: ignore[arg-type] # a QByteArray is one
            found = wintypes.MSG.from_address(int(message))
            if found.message == _WM_HOTKEY:
                self._keys.received(int(found.wParam))
        return False, sip.voidptr(0)


def code_of(key: str) -> tuple[int, int]:
    """Return the virtual-key code and the modifiers of a key; (0, 0) if it has none."""
    pressed = combination(key)
    value: int = pressed.key().value
    code: int
    if Qt.Key.Key_0.value <= value <= Qt.Key.Key_9.value or Qt.Key.Key_A.value <= value <= Qt.Key.Key_Z.value:
        code = value
    elif Qt.Key.Key_F1.value <= value <= Qt.Key.Key_F24.value:
        code = 0x70 + value - Qt.Key.Key_F1.value
    else:
        code = _CODES.get(pressed.key(), 0)
    return code, sum(mask for modifier, mask in _MODIFIERS.items() if pressed.keyboardModifiers() & modifier)
