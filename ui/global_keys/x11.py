"""Global keys on X11: passive grabs on the root window, on their own connection, read by the Qt loop."""

from __future__ import annotations

from itertools import product

from PyQt6.QtCore import QSocketNotifier, Qt
from PyQt6.QtGui import QKeySequence
from typing_extensions import override
from Xlib import XK, X
from Xlib.display import Display
from Xlib.error import BadAccess, CatchError, ConnectionClosedError, DisplayError

from ui.global_keys.base import X_NAMES, GlobalKeys, combination
from ui.translation import tr

_MODIFIERS = {
    Qt.KeyboardModifier.ShiftModifier: X.ShiftMask,
    Qt.KeyboardModifier.ControlModifier: X.ControlMask,
    Qt.KeyboardModifier.AltModifier: X.Mod1Mask,
    Qt.KeyboardModifier.MetaModifier: X.Mod4Mask,
}
_LOCKS = (X.LockMask, X.Mod2Mask)  # Caps Lock and Num Lock do not matter
_USED = X.ShiftMask | X.ControlMask | X.Mod1Mask | X.Mod4Mask


class X11Keys(GlobalKeys):
    """Grabs keys; another program that has one makes the X server refuse it. Raises OSError without an X server."""

    def __init__(self) -> None:
        super().__init__()
        XK.load_keysym_group("xf86")
        try:
            self._display = Display()
        except DisplayError as error:
            raise OSError(str(error)) from error
        self._root = self._display.screen().root
        self._grabs: dict[str, tuple[int, int]] = {}  # key code and modifiers
        self._released_ms = -1  # a held key is released and pressed again in the same millisecond
        self._notifier = QSocketNotifier(self._display.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    @override
    def grab(self, name: str, key: str) -> str:
        code, modifiers = self._code(key)
        if not code:
            return tr("{key} cannot be a global key here; choose another").format(key=key)
        self.release(name)
        refused = CatchError(BadAccess)
        for locks in _with_locks(modifiers):
            self._root.grab_key(code, locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
        self._display.sync()
        self._grabs[name] = code, modifiers
        if refused.get_error() is None:
            return ""
        self.release(name)
        return tr("{key} belongs to another program; choose another key").format(key=key)

    @override
    def release(self, name: str) -> None:
        code, modifiers = self._grabs.pop(name, (0, 0))
        if code:
            for locks in _with_locks(modifiers):
                self._root.ungrab_key(code, locks)
            self._display.sync()

    @override
    def close(self) -> None:
        self._notifier.setEnabled(False)
        self._display.close()

    def _code(self, key: str) -> tuple[int, int]:
        """Return key code and modifiers, or (0, 0) for a key that this keyboard has not."""
        pressed = combination(key)
        name = QKeySequence(pressed.key()).toString()
        symbol = XK.string_to_keysym(X_NAMES.get(name, name)) or XK.string_to_keysym(name.lower())
        if not symbol and len(name) == 1:
            symbol = ord(name)  # Latin-1 is the same
        held = (mask for modifier, mask in _MODIFIERS.items() if pressed.keyboardModifiers() & modifier)
        return self._display.keysym_to_keycode(symbol) if symbol else 0, sum(held)

    def _read(self) -> None:
        try:
            while self._display.pending_events():
                event = self._display.next_event()
                if event.type == X.KeyRelease:
                    self._released_ms = event.time
                elif event.type == X.KeyPress and event.time != self._released_ms:
                    pressed = event.detail, event.state & _USED
                    for name in [each for each, grabbed in self._grabs.items() if grabbed == pressed]:
                        self.pressed.emit(name)
        except (ConnectionClosedError, OSError):
            self._notifier.setEnabled(False)


def _with_locks(modifiers: int) -> list[int]:
    return [modifiers | sum(locks) for locks in product(*((0, lock) for lock in _LOCKS))]
