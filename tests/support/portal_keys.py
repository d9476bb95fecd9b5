"""Global keys by a portal, in a process with a session bus of its own; the portal is a fake on its own connection.

Argument: "refuse" makes it refuse the keys. Writes what happened as JSON to stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

from jeepney import DBusAddress, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import HeaderFields
from PyQt6.QtWidgets import QApplication

from ui.global_keys.portal import PortalKeys

_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = DBusAddress(_PATH, interface="org.freedesktop.portal.GlobalShortcuts")


class FakePortal:
    """Answers as the portal of a desktop does: each request by a signal."""

    def __init__(self, *, refuses: bool) -> None:
        self.asked: list[dict[str, str]] = []
        self.closed: list[str] = []
        self._refuses = refuses
        self._bus = open_dbus_connection(bus="SESSION")
        self._bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.portal.Desktop"))

    def serve(self) -> None:
        while True:
            call = self._bus.receive()
            if call.header.message_type is not MessageType.method_call:
                continue
            member = call.header.fields[HeaderFields.member]
            answer = getattr(self, f"_{member}", None)
            if answer is None:
                self._bus.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod"))
            else:
                answer(call)

    def press(self, name: str) -> None:
        self._bus.send(new_signal(_SHORTCUTS, "Activated", "osta{sv}", (self._session, name, 0, {})))

    def _Get(self, call: Message) -> None:
        self._bus.send(new_method_return(call, "v", (("u", 1),)))

    def _Close(self, call: Message) -> None:
        self.closed.append(call.header.fields[HeaderFields.path])

    def _CreateSession(self, call: Message) -> None:
        (options,) = call.body
        self._session = f"{_PATH}/session/{options['session_handle_token'][1]}"
        self._answer(call, options, 0, {"session_handle": ("s", self._session)})

    def _BindShortcuts(self, call: Message) -> None:
        _, wanted, _, options = call.body
        self.asked.append({name: values["preferred_trigger"][1] for name, values in wanted})
        self._answer(call, options, int(self._refuses), {})

    def _answer(self, call: Message, options: dict[str, Any], code: int, results: dict[str, Any]) -> None:
        sender = call.header.fields[HeaderFields.sender]
        path = f"{_PATH}/request/{sender[1:].replace('.', '_')}/{options['handle_token'][1]}"
        self._bus.send(new_method_return(call, "o", (path,)))
        request = DBusAddress(path, interface="org.freedesktop.portal.Request")
        self._bus.send(new_signal(request, "Response", "ua{sv}", (code, results)))


def main() -> None:
    app = QApplication([])
    portal = FakePortal(refuses="refuse" in sys.argv)
    Thread(target=portal.serve, daemon=True).start()
    keys = PortalKeys()
    pressed: list[str] = []
    refused: list[str] = []
    keys.pressed.connect(pressed.append)
    keys.refused.connect(refused.append)

    def until(happened: Callable[[], bool], timeout_s: float = 10.0) -> None:
        ends_s = time.monotonic() + timeout_s
        while not happened() and time.monotonic() < ends_s:
            app.processEvents()

    keys.grab("hide", "Ctrl+Alt+H")
    keys.grab("record", "Meta+PgUp")
    until(lambda: len(portal.asked) == 1)
    if "refuse" in sys.argv:
        until(lambda: refused != [])
    else:
        portal.press("record")
        portal.press("snapshot")  # not asked for
        until(lambda: pressed != [])
        keys.release("hide")
        until(lambda: len(portal.asked) == 2)
        portal.press("record")
        until(lambda: len(pressed) == 2)
    keys.close()
    sys.stdout.write(json.dumps([portal.asked, pressed, refused, len(portal.closed)]))


if __name__ == "__main__":
    main()
