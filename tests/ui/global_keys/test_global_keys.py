"""Keys that work while another program has the focus: on a real X server, and the calls to Windows and macOS."""

from __future__ import annotations

import ctypes
import json
import shutil
from typing import Any

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.learned_window import press
from tests.support.own_process import run_module
from tests.support.studio import Studio
from ui.global_keys.base import GlobalKeys, needed_for_typing, open_global_keys
from ui.global_keys.macos import MacKeys, _Identity
from ui.global_keys.windows import WindowsKeys, code_of


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="Xvfb is not installed")
def test_on_x11_keys_work_in_other_programs_and_one_that_is_owned_is_refused() -> None:
    seen = json.loads(run_module("tests.support.x11_keys", under=["xvfb-run", "-a"], platform="xcb"))
    assert seen.pop("unknown")
    assert seen == {
        "taken": "Ctrl+F7 belongs to another program; choose another key",
        "free": "",
        "typed": True,
        "pressed": ["hide", "hide"],  # with Num Lock, too; not without its modifiers, nor after its release
    }


@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="There is no D-Bus")
def test_on_wayland_keys_are_asked_of_the_portal_and_refusals_are_told() -> None:
    def run(*arguments: str) -> list[Any]:
        return list(json.loads(run_module("tests.support.portal_keys", *arguments, under=["dbus-run-session", "--"])))

    both = {"hide": "CTRL+ALT+h", "record": "LOGO+Prior"}
    assert run() == [[both, {"record": "LOGO+Prior"}], ["record", "record"], [], 1]
    assert run("refuse") == [[both], [], ["The desktop refused the global keys; allow them in its settings"], 0]


def test_without_a_portal_a_line_names_the_command_to_bind(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    assert "main.py hide" in open_global_keys().problem


class FakeUser32:
    """Windows, where another program has F9."""

    def __init__(self) -> None:
        self.registered: dict[int, tuple[int, int]] = {}

    def RegisterHotKey(self, _window: None, identity: int, modifiers: int, code: int) -> int:
        if code == 0x78:
            return 0
        self.registered[identity] = (modifiers, code)
        return 1

    def UnregisterHotKey(self, _window: None, identity: int) -> int:
        del self.registered[identity]
        return 1


def test_on_windows_keys_are_registered_by_their_codes(qtbot: QtBot) -> None:
    user32 = FakeUser32()
    keys = WindowsKeys(user32)
    assert keys.grab("hide", "Ctrl+Alt+H") == ""
    assert keys.grab("record", "F9") == "F9 belongs to another program; choose another key"
    assert user32.registered == {1: (0x4000 | 0x3, 0x48)}
    with qtbot.waitSignal(keys.pressed) as blocker:
        keys.received(1)
    assert blocker.args == ["hide"]
    assert keys.grab("hide", "F24") == ""
    assert list(user32.registered.values()) == [(0x4000, 0x87)]
    keys.close()
    assert user32.registered == {}
    assert code_of("Ctrl+ß") == (0, 0x2)


class FakeCarbon:
    """macOS: counts what is registered, and delivers a key."""

    def __init__(self) -> None:
        self.registered: list[tuple[int, int]] = []
        self.handler: Any = None

    class _Target:
        restype: Any = None

        def __call__(self) -> int:
            return 7

    GetApplicationEventTarget = _Target()

    def InstallEventHandler(self, _target: object, handler: Any, *_rest: object) -> int:
        self.handler = handler
        return 0

    def RegisterEventHotKey(self, code: int, modifiers: int, identity: _Identity, *_rest: object) -> int:
        self.registered.append((code, modifiers))
        self.identity = identity
        return 0

    def UnregisterEventHotKey(self, _reference: object) -> int:
        self.registered.pop()
        return 0

    def GetEventParameter(self, *arguments: Any) -> int:
        ctypes.memmove(arguments[-1], ctypes.byref(self.identity), ctypes.sizeof(self.identity))
        return 0


def test_on_macos_the_key_that_was_pressed_is_found_by_its_number(qtbot: QtBot) -> None:
    carbon = FakeCarbon()
    keys = MacKeys(carbon)
    assert keys.grab("record", "Ctrl+Shift+R") == ""
    assert carbon.registered == [(15, 0x300)]
    assert "cannot be a global key" in keys.grab("hide", "Media Play")
    with qtbot.waitSignal(keys.pressed) as blocker:
        carbon.handler(None, None, None)
    assert blocker.args == ["record"]
    keys.close()
    assert carbon.registered == []


@pytest.mark.parametrize(
    ("key", "typed"), [("H", True), ("Shift+H", True), ("1", True), ("Space", True), ("F8", False), ("Alt+H", False)]
)
def test_keys_that_people_type_with_are_not_taken_from_other_programs(key: str, typed: bool) -> None:
    assert needed_for_typing(key) is typed


def test_without_a_desktop_it_says_so(qtbot: QtBot) -> None:
    assert "no global keys" in open_global_keys().problem


class FakeKeys(GlobalKeys):
    """A system where another program owns F7."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, str] = {}

    def grab(self, name: str, key: str) -> str:
        if key == "F7":
            return "F7 belongs to another program; choose another key"
        self.held[name] = key
        return ""

    def release(self, name: str) -> None:
        self.held.pop(name, None)


def test_the_dialog_gives_commands_global_keys_and_shows_conflicts_in_place(studio: Studio) -> None:
    system = FakeKeys()
    studio.start()
    window = studio.window
    window.global_keys._open_keys = lambda: system
    press(studio, Qt.Key.Key_F1)
    dialog = window.shortcuts_dialog

    def choose(name: str, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> str:
        button = dialog.anywhere[name]
        button.click()
        studio.qtbot.keyClick(button, key, modifier)
        return dialog._line.text() if dialog._line.isVisible() else ""

    assert "is needed for typing" in choose("hide", Qt.Key.Key_H)
    assert choose("hide", Qt.Key.Key_F8) == ""
    assert "F8 has a meaning already" in choose("record", Qt.Key.Key_F8)
    assert "belongs to another program" in choose("hide", Qt.Key.Key_F7)
    assert dialog.anywhere["hide"].text() == "F8"  # the one before stays
    assert choose("record", Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier) == ""
    assert system.held == window.settings.global_keys == {"hide": "F8", "record": "Ctrl+R"}
    assert "quit" not in dialog.anywhere
    system.pressed.emit("hide")
    assert studio.session.controls.idle
    choose("record", Qt.Key.Key_Backspace)
    assert window.settings.global_keys == {"hide": "F8"}


def test_every_key_of_the_window_can_be_changed_removed_and_restored(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_F1)
    dialog = studio.window.shortcuts_dialog
    for name, key in (("mirror", Qt.Key.Key_F9), ("portrait 2", Qt.Key.Key_F10), ("record", Qt.Key.Key_Backspace)):
        dialog.keys[name].click()
        studio.qtbot.keyClick(dialog.keys[name], key)
    assert studio.window.settings.keys == {"mirror": ("F9",), "portrait 2": ("F10",), "record": ()}
    press(studio, Qt.Key.Key_R)
    assert studio.session.recording is None
    dialog._restore()
    assert studio.window.settings.keys == {}
    assert dialog.keys["record"].text() == "R"
