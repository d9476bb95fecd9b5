"""Global keys on macOS: Carbon's RegisterEventHotKey, which needs no permission to read other input."""

from __future__ import annotations

import ctypes
from typing import Any

from PyQt6.QtCore import Qt
from typing_extensions import override

from ui.global_keys.base import GlobalKeys, combination
from ui.translation import tr

_CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"
_MODIFIERS = {
    Qt.KeyboardModifier.ControlModifier: 0x0100,  # Qt's Control is the command key
    Qt.KeyboardModifier.ShiftModifier: 0x0200,
    Qt.KeyboardModifier.AltModifier: 0x0800,
    Qt.KeyboardModifier.MetaModifier: 0x1000,  # and its Meta the control key
}
_LETTERS = "ASDFHGZXCV§BQWERYT"  # by their codes on an ANSI keyboard, from 0
_CODES = {Qt.Key[f"Key_{letter}"]: code for code, letter in enumerate(_LETTERS) if letter != "§"} | {
    Qt.Key.Key_O: 31,
    Qt.Key.Key_U: 32,
    Qt.Key.Key_I: 34,
    Qt.Key.Key_P: 35,
    Qt.Key.Key_L: 37,
    Qt.Key.Key_J: 38,
    Qt.Key.Key_K: 40,
    Qt.Key.Key_N: 45,
    Qt.Key.Key_M: 46,
    Qt.Key.Key_Space: 49,
    **{Qt.Key[f"Key_{digit}"]: code for digit, code in enumerate((29, 18, 19, 20, 21, 23, 22, 26, 28, 25))},
    **{
        Qt.Key[f"Key_F{number}"]: code
        for number, code in enumerate(
            (122, 120, 99, 118, 96, 97, 98, 100, 101, 109, 103, 111, 105, 107, 113, 106, 64, 79, 80, 90), start=1
        )
    },
}
_KEYBOARD, _PRESSED = int.from_bytes(b"keyb", "big"), 5
_DIRECT_OBJECT, _HOT_KEY_ID = int.from_bytes(b"----", "big"), int.from_bytes(b"hkid", "big")
_SIGNATURE = int.from_bytes(b"PUPT", "big")


class _EventType(ctypes.Structure):
    _fields_ = (("group", ctypes.c_uint32), ("kind", ctypes.c_uint32))


class _Identity(ctypes.Structure):
    _fields_ = (("signature", ctypes.c_uint32), ("number", ctypes.c_uint32))


_Handler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class MacKeys(GlobalKeys):
    """Registers keys; macOS gives a key to every program that asks for it, so no conflict is found."""

    def __init__(self, carbon: Any = None) -> None:
        """`carbon`: the library; None: the system's."""
        super().__init__()
        self._carbon = carbon or ctypes.CDLL(_CARBON)
        self._carbon.GetApplicationEventTarget.restype = ctypes.c_void_p
        self._references: dict[str, tuple[int, ctypes.c_void_p]] = {}
        self._next = 1
        self._handler = _Handler(self._received)  # kept: Carbon keeps only its address
        kinds = _EventType(_KEYBOARD, _PRESSED)
        target = ctypes.c_void_p(self._carbon.GetApplicationEventTarget())
        self._carbon.InstallEventHandler(target, self._handler, 1, ctypes.byref(kinds), None, None)

    @override
    def grab(self, name: str, key: str) -> str:
        pressed = combination(key)
        modifiers = sum(mask for modifier, mask in _MODIFIERS.items() if pressed.keyboardModifiers() & modifier)
        code, refusal = _CODES.get(pressed.key()), tr("{key} cannot be a global key here; choose another")
        if code is None:
            return refusal.format(key=key)
        self.release(name)
        reference = ctypes.c_void_p()
        identity, target = _Identity(_SIGNATURE, self._next), ctypes.c_void_p(self._carbon.GetApplicationEventTarget())
        if self._carbon.RegisterEventHotKey(code, modifiers, identity, target, 0, ctypes.byref(reference)):
            return refusal.format(key=key)
        self._references[name] = self._next, reference
        self._next += 1
        return ""

    @override
    def release(self, name: str) -> None:
        if (found := self._references.pop(name, None)) is not None:
            self._carbon.UnregisterEventHotKey(found[1])

    @override
    def close(self) -> None:
        for name in list(self._references):
            self.release(name)

    def _received(self, _call: int, event: int, _data: int) -> int:
        identity = _Identity()
        size = ctypes.c_ulong(ctypes.sizeof(identity))
        where = ctypes.c_void_p(event), _DIRECT_OBJECT, _HOT_KEY_ID
        self._carbon.GetEventParameter(*where, None, size, None, ctypes.byref(identity))
        for name in [each for each, (number, _) in self._references.items() if number == identity.number]:
            self.pressed.emit(name)
        return 0
