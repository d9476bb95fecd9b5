"""Reads the window as a screen reader does, over AT-SPI; run under Xvfb and a session bus of its own.

Argument: a file; each widget is written to it as [role, name, description], in JSON. PyQt6 cannot unpack structures
that D-Bus returns, so children are not followed by their paths: asking for them makes Qt number them in order.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage, QDBusVariant

_BUS = "org.a11y.atspi"
_ROOT = "/org/a11y/atspi/accessible/root"
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
_FIRST, _MOST, _MISSES = 1 << 31, 3000, 80  # numbers of Qt's accessible objects
WINDOW = """
from ui import app
from puppet.config import LiveOptions
from puppet.userdata.settings import Settings
qt = app._application()
window = app._window(LiveOptions(), Settings())
window.show()
window.activateWindow()
qt.exec()
"""


class Reader:
    """One connection to the accessibility bus."""

    def __init__(self, address: str) -> None:
        self.bus = QDBusConnection.connectToBus(address, "reader")

    def call(self, service: str, path: str, interface: str, method: str, *arguments: object) -> list[object] | None:
        message = QDBusMessage.createMethodCall(service, path, interface, method)
        message.setArguments(list(arguments))
        answer = self.bus.call(message)
        return None if answer.type() == QDBusMessage.MessageType.ErrorMessage else answer.arguments()

    def window(self) -> str:
        """Wait for the program on the bus; return its name."""
        ends_s = time.monotonic() + 60
        while time.monotonic() < ends_s:
            for name in (f":1.{number}" for number in range(30)):
                if name != self.bus.baseService() and self._is_program(name):  # a call to oneself would wait for ever
                    return name
            time.sleep(0.2)
        raise AssertionError("the window is not on the accessibility bus")

    def _is_program(self, name: str) -> bool:
        return self.call(name, _ROOT, f"{_BUS}.Accessible", "GetRoleName") == ["application"]

    def widgets(self, service: str) -> Iterator[tuple[str, str, str]]:
        """Role, name and description of everything in the window."""
        self.call(service, _ROOT, f"{_BUS}.Accessible", "GetChildren")
        missed = 0
        for number in range(_MOST):
            path = f"/org/a11y/atspi/accessible/{_FIRST + number}"
            role = self.call(service, path, f"{_BUS}.Accessible", "GetRoleName")
            missed = missed + 1 if role is None else 0
            if missed > _MISSES:
                return
            if role is not None:
                self.call(service, path, f"{_BUS}.Accessible", "GetChildren")
                yield str(role[0]), self._text(service, path, "Name"), self._text(service, path, "Description")

    def _text(self, service: str, path: str, name: str) -> str:
        found = self.call(service, path, "org.freedesktop.DBus.Properties", "Get", f"{_BUS}.Accessible", name)
        value = found[0] if found else ""
        return str(value.variant() if isinstance(value, QDBusVariant) else value)


def _address() -> str:
    """Return the address of the accessibility bus, once its launcher gives it."""
    status = QDBusInterface("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", QDBusConnection.sessionBus())
    ends_s = time.monotonic() + 30
    while time.monotonic() < ends_s:
        if (found := status.call("GetAddress").arguments()) and str(found[0]).startswith("unix"):
            return str(found[0])
        time.sleep(0.05)
    raise AssertionError("there is no accessibility bus")


def main() -> None:
    _app = QCoreApplication([])
    launcher = subprocess.Popen([LAUNCHER, "--launch-immediately"])
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW],
        env=os.environ | {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "QT_QPA_PLATFORM": "xcb"},
    )
    try:
        reader = Reader(_address())
        Path(sys.argv[1]).write_text(json.dumps(list(reader.widgets(reader.window()))))
    finally:
        window.kill()
        launcher.terminate()  # ends its bus
        launcher.wait(10)


if __name__ == "__main__":
    main()
