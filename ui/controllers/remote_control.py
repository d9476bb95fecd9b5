"""The local API in the window: runs its server while it is switched on, and keeps the plug-ins that are allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.api.host import ApiHost
from puppet.errors import ConfigError
from puppet.userdata.api_grants import ApiGrants, Grant
from ui.session_bridge import SessionBridge
from ui.translation import message_text
from ui.widgets.notice_bar import NoticeBar

if TYPE_CHECKING:
    from puppet.api.server import ApiServer


class RemoteControl(QObject):
    """Runs the API's server while it is switched on.

    Args:
        host: is controlled, on the GUI thread.
        bridge: its worker delivers requests.
        notices: shows errors.
        wanted: the server runs once `start_if_wanted` is called.
        port: of the server.

    Attributes:
        wanted, port: as chosen last.
        problem: why the server does not run although it is wanted, or "".

    Signals:
        chosen: on or off, and the port; remember them.
        changed: the server, its problem, or the plug-ins that are allowed.
    """

    chosen = pyqtSignal(bool, int)
    changed = pyqtSignal()

    def __init__(self, host: ApiHost, bridge: SessionBridge, notices: NoticeBar, *, wanted: bool, port: int) -> None:
        super().__init__()
        self._host, self._bridge, self._notices = host, bridge, notices
        self._server: ApiServer | None = None
        self._grants: ApiGrants | None = None
        self.wanted, self.port = wanted, port
        self.problem = ""

    @property
    def is_on(self) -> bool:
        """True while plug-ins can connect."""
        return self._server is not None

    def start_if_wanted(self) -> None:
        """Start the server if it was on at the end of the last start."""
        if self.wanted:
            self._start()

    def switch(self, on: bool, port: int) -> None:
        """Start the server at a port, or stop it."""
        self.wanted, self.port = on, port
        self.chosen.emit(on, port)
        self.stop()
        self.start_if_wanted()
        self.changed.emit()

    def stop(self) -> None:
        """Close every connection; blocks for milliseconds."""
        server, self._server, self.problem = self._server, None, ""
        if server is not None:
            server.stop()

    @property
    def grants(self) -> ApiGrants:
        """The plug-ins that are allowed."""
        if self._grants is None:
            self._grants = ApiGrants()
            if self._grants.warning:
                self._notices.post_warning(message_text(self._grants.warning))
        return self._grants

    def revoke(self, grant: Grant) -> None:
        """Allow a plug-in no longer, and disconnect it."""
        try:
            self.grants.revoke(grant)
        except ConfigError as error:
            self._notices.post_error(error)
            return
        if self._server is not None:
            self._server.disconnect(grant)
        self.changed.emit()

    def _start(self) -> None:
        from puppet.api.server import ApiServer  # imports websockets and asyncio, which most starts do not need

        post = self._bridge.io_worker.post
        server = ApiServer(self._host, self.grants, post, port=self.port, granted=self.changed.emit)
        try:
            server.start()
        except ConfigError as error:
            self.problem = message_text(str(error))
            self._notices.post_error(error)
            server.stop()
        else:
            self._server = server
