"""Global keys on a real X server, in a process of its own: another window has the focus, XTest presses the keys.

Writes what happened as JSON to stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from PyQt6.QtWidgets import QApplication, QLineEdit
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from ui.global_keys.x11 import X11Keys


class OtherProgram:
    """A client of its own: presses keys, and may own some."""

    def __init__(self) -> None:
        self.display = Display()
        self.root = self.display.screen().root

    def own(self, symbol: int, modifiers: int) -> None:
        code = self.display.keysym_to_keycode(symbol)
        self.root.grab_key(code, modifiers, False, X.GrabModeAsync, X.GrabModeAsync)
        self.display.sync()

    def press(self, *symbols: int) -> None:
        codes = [self.display.keysym_to_keycode(symbol) for symbol in symbols]
        for code in codes:
            xtest.fake_input(self.display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self.display, X.KeyRelease, code)
        self.display.sync()


def main() -> None:
    app = QApplication([])
    typing = QLineEdit()  # has the focus; stands for any other program
    typing.show()
    typing.activateWindow()
    other, keys = OtherProgram(), X11Keys()
    pressed: list[str] = []
    keys.pressed.connect(pressed.append)

    def until(happened: Callable[[], bool], timeout_s: float = 5.0) -> bool:
        ends_s = time.monotonic() + timeout_s
        while not happened() and time.monotonic() < ends_s:
            app.processEvents()
        return happened()

    focus = other.display.get_input_focus  # without a window manager, the focus is set by hand
    until(lambda: typing.isVisible())
    window = other.display.create_resource_object("window", int(typing.winId()))
    window.set_input_focus(X.RevertToParent, X.CurrentTime)
    other.display.sync()
    until(lambda: focus().focus == window)
    seen: dict[str, object] = {}
    other.own(XK.XK_F7, X.ControlMask)
    seen["taken"] = keys.grab("record", "Ctrl+F7")
    seen["unknown"] = keys.grab("record", "Launch (3)")
    seen["free"] = keys.grab("hide", "Ctrl+Shift+F8")
    other.press(XK.XK_Control_L, XK.XK_Shift_L, XK.XK_F8)
    until(lambda: pressed != [])
    other.press(XK.XK_Num_Lock)
    other.press(XK.XK_Control_L, XK.XK_Shift_L, XK.XK_F8)
    until(lambda: len(pressed) > 1)
    other.press(XK.XK_a)
    seen["typed"] = until(lambda: typing.text() == "a")
    other.press(XK.XK_F8)  # without its modifiers
    keys.release("hide")
    other.press(XK.XK_Control_L, XK.XK_Shift_L, XK.XK_F8)
    other.press(XK.XK_a)
    until(lambda: len(typing.text()) == 2)
    seen["pressed"] = list(pressed)
    keys.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
