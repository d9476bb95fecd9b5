"""Global keys on Wayland, by the desktop's portal (org.freedesktop.portal.GlobalShortcuts, version 1).

The desktop asks the person, may give another key than the one that is wished, and remembers the answer. A portal's
session binds its keys once: after each change, a new session asks for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress, MatchRule, Message, MessageType, Properties, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import HeaderFields
from PyQt6.QtCore import QSocketNotifier, Qt, QTimer
from PyQt6.QtGui import QKeySequence
from typing_extensions import override

from puppet.installation import APPLICATION_ID
from ui.commands import COMMANDS
from ui.global_keys.base import X_NAMES, GlobalKeys, combination
from ui.translation import tr

_SERVICE, _PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
_SHORTCUTS = DBusAddress(_PATH, _SERVICE, "org.freedesktop.portal.GlobalShortcuts")
_REGISTRY = DBusAddress(_PATH, _SERVICE, "org.freedesktop.host.portal.Registry")
_OPEN_TIMEOUT_S = 1.0
_REFUSED = tr("The desktop refused the global keys; allow them in its settings")
_MODIFIERS = {
    Qt.KeyboardModifier.ControlModifier: "CTRL",
    Qt.KeyboardModifier.AltModifier: "ALT",
    Qt.KeyboardModifier.ShiftModifier: "SHIFT",
    Qt.KeyboardModifier.MetaModifier: "LOGO",
}
_TEXTS = {command.name: command.text for command in COMMANDS}


class PortalKeys(GlobalKeys):
    """Keys by the desktop's portal. Raises OSError without a session bus, or without a portal that has global keys."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[str, str] = {}
        self._session = self._wanted = ""  # path of the bound session, token of the newest one
        self._tokens = 0
        self._answers: dict[object, Callable[[Message], None]] = {}  # by serial of the call, or path of the request
        self._bus = _connect()
        self._change = QTimer(self)  # keys that are taken together are asked for at once
        self._change.setSingleShot(True)
        self._change.timeout.connect(self._open_session)
        self._notifier = QSocketNotifier(self._bus.sock.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    @override
    def grab(self, name: str, key: str) -> str:
        self._keys[name] = key
        self._change.start()
        return ""

    @override
    def release(self, name: str) -> None:
        if self._keys.pop(name, ""):
            self._change.start()

    @override
    def close(self) -> None:
        self._change.stop()
        self._notifier.setEnabled(False)
        self._bus.close()

    def _open_session(self) -> None:
        self._close_session(self._session)
        self._session, self._wanted = "", self._token()
        if self._keys:
            options, wanted = {"session_handle_token": ("s", self._wanted)}, self._wanted
            self._request("CreateSession", "", (), options, lambda results: self._bind(wanted, results))

    def _close_session(self, session: str) -> None:
        if session:
            address = DBusAddress(session, _SERVICE, "org.freedesktop.portal.Session")
            self._call(new_method_call(address, "Close"), _ignore)

    def _bind(self, token: str, results: dict[str, Any]) -> None:
        session = results["session_handle"][1]
        if token != self._wanted:  # the keys were changed while this session was being made
            self._close_session(session)
            return
        self._session = session
        wanted = [
            (name, {"description": ("s", _TEXTS.get(name, name)), "preferred_trigger": ("s", trigger(key))})
            for name, key in self._keys.items()
        ]
        self._request("BindShortcuts", "oa(sa{sv})s", (self._session, wanted, ""), {}, _ignore)

    def _request(
        self,
        method: str,
        signature: str,
        body: tuple[object, ...],
        options: dict[str, tuple[str, str]],
        done: Callable[[dict[str, Any]], None],
    ) -> None:
        """Call a method that answers by a signal of a request object; the person may take minutes."""
        token = self._token()
        sender = self._bus.unique_name.removeprefix(":").replace(".", "_")

        def answered(signal: Message) -> None:
            code, results = signal.body
            if code == 0:
                done(results)
            else:
                self.refused.emit(_REFUSED)

        def called(reply: Message) -> None:
            if reply.header.message_type is MessageType.error:
                self._answers.pop(path, None)
                self.refused.emit(_REFUSED)

        path = f"{_PATH}/request/{sender}/{token}"
        self._answers[path] = answered
        options = options | {"handle_token": ("s", token)}
        self._call(new_method_call(_SHORTCUTS, method, f"{signature}a{{sv}}", (*body, options)), called)

    def _call(self, call: Message, answered: Callable[[Message], None]) -> None:
        serial = next(self._bus.outgoing_serial)
        self._answers[serial] = answered
        try:
            self._bus.send(call, serial=serial)
        except OSError:
            self._lose()

    def _read(self) -> None:
        while True:
            try:
                message = self._bus.receive(timeout=0)
            except TimeoutError:
                return
            except (OSError, EOFError):
                self._lose()
                return
            self._receive(message)

    def _receive(self, message: Message) -> None:
        fields = message.header.fields
        if message.header.message_type is not MessageType.signal:
            self._answers.pop(fields.get(HeaderFields.reply_serial), _ignore)(message)
        elif fields.get(HeaderFields.member) == "Response":
            self._answers.pop(fields.get(HeaderFields.path), _ignore)(message)
        elif fields.get(HeaderFields.member) == "Activated" and message.body[0] == self._session:
            name = message.body[1]
            if name in self._keys:
                self.pressed.emit(name)

    def _lose(self) -> None:
        self._notifier.setEnabled(False)
        self.problem = tr("The desktop's session bus is gone; start Puppet again")

    def _token(self) -> str:
        self._tokens += 1
        return f"puppet{self._tokens}"


def trigger(key: str) -> str:
    """Return a key in the notation of the XDG shortcuts specification, "CTRL+ALT+h", from QKeySequence's."""
    pressed = combination(key)
    name = QKeySequence(pressed.key()).toString()
    symbol = name.lower() if len(name) == 1 else X_NAMES.get(name, name).replace("XF86_", "XF86")
    held = [text for modifier, text in _MODIFIERS.items() if pressed.keyboardModifiers() & modifier]
    return "+".join((*held, symbol))


def _connect() -> DBusConnection:
    """Return a connection on which the portal's signals arrive."""
    try:
        bus = open_dbus_connection(bus="SESSION")
    except (KeyError, ValueError) as error:  # no address of a bus in the environment
        raise OSError(str(error)) from error
    try:
        version = bus.send_and_get_reply(Properties(_SHORTCUTS).get("version"), timeout=_OPEN_TIMEOUT_S)
        if version.header.message_type is MessageType.error:
            raise OSError("the desktop's portal has no global keys")
        for member in ("Response", "Activated"):
            rule = MatchRule(type="signal", sender=_SERVICE, member=member)
            bus.send_and_get_reply(message_bus.AddMatch(rule), timeout=_OPEN_TIMEOUT_S)
        named = new_method_call(_REGISTRY, "Register", "sa{sv}", (APPLICATION_ID, {}))
        bus.send_and_get_reply(named, timeout=_OPEN_TIMEOUT_S)  # older portals know no names: they ask each time
    except (OSError, EOFError):
        bus.close()
        raise
    return bus


def _ignore(_: object) -> None:
    pass
