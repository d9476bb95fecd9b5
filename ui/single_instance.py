"""Finds the same user's open window, shows it, and hides the performer in it. GUI thread, or without a window."""

from __future__ import annotations

import getpass
import hashlib

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtNetwork import QLocalServer, QLocalSocket

from puppet.userdata.settings import settings_path

_TIMEOUT_MS = 500
_SHOW, _HIDE = b"show", b"hide"


class SingleInstance(QObject):
    """A local socket of the user's own, named after the settings file: windows that save elsewhere are others.

    Signals:
        show_wanted: another start wants this window to be shown.
        hide_wanted: the command `hide` was run.
    """

    show_wanted = pyqtSignal()
    hide_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        digest = hashlib.sha256(f"{getpass.getuser()} {settings_path()}".encode()).hexdigest()
        self._name = f"puppet-{digest[:16]}"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)

    def other_runs(self) -> bool:
        """Return True if another window listens; blocks for a moment."""
        return self._send(b"")

    def show_other(self) -> bool:
        """Ask the other window to show itself; return False if it is gone."""
        return self._send(_SHOW)

    def hide_performer(self) -> bool:
        """Hide the performer in the other window, or show them again; return False if there is no window."""
        return self._send(_HIDE)

    def listen(self) -> None:
        """Answer other starts from now on, unless another window does."""
        if not self._server.listen(self._name) and not self.other_runs():
            QLocalServer.removeServer(self._name)  # left by a run that was killed
            self._server.listen(self._name)

    def close(self) -> None:
        """Stop answering."""
        self._server.close()

    def _send(self, message: bytes) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_TIMEOUT_MS):
            return False
        if message:
            socket.write(message)
            socket.waitForBytesWritten(_TIMEOUT_MS)
        socket.disconnectFromServer()
        return True

    def _answer(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        message = bytes(socket.read(len(_SHOW)))
        if message == _SHOW:
            self.show_wanted.emit()
        elif message == _HIDE:
            self.hide_wanted.emit()
