"""The local API in the window: switches the server, shows what plug-ins ask, and carries it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal
from typing_extensions import override

from puppet.api.host import ApiCommand, ApiHost, HostState
from puppet.errors import ConfigError, PuppetError
from puppet.userdata.api_grants import ApiGrants, Grant
from ui.commands import COMMANDS, IN_THE_WINDOW
from ui.dialogs.questions import Question
from ui.translation import tr

if TYPE_CHECKING:
    from puppet.api.server import ApiServer
    from ui.main_window import MainWindow


class RemoteControl(QObject):
    """Runs the API's server while it is switched on.

    Args:
        window: is controlled; keeps the settings.

    Attributes:
        problem: why the server does not run although it is switched on, or "".

    Signals:
        changed: the server, its problem, or the plug-ins that are allowed.
    """

    changed = pyqtSignal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._server: ApiServer | None = None
        self._grants: ApiGrants | None = None
        self.problem = ""

    @property
    def is_on(self) -> bool:
        """True while plug-ins can connect."""
        return self._server is not None

    def start_if_wanted(self) -> None:
        """Start the server if the settings say so."""
        if self._window.settings.api:
            self._start()

    def switch(self, on: bool, port: int) -> None:
        """Start the server at a port, or stop it; remember the choice."""
        self._window.remember(api=on, api_port=port)
        self.stop()
        if on:
            self._start()
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
                self._window.notices.post_warning(self._grants.warning)
        return self._grants

    def revoke(self, grant: Grant) -> None:
        """Allow a plug-in no longer, and disconnect it."""
        try:
            self.grants.revoke(grant)
        except ConfigError as error:
            self._window.notices.post_error(error)
            return
        if self._server is not None:
            self._server.disconnect(grant)
        self.changed.emit()

    def _start(self) -> None:
        from puppet.api.server import ApiServer  # imports websockets and asyncio, which most starts do not need

        post = self._window.bridge.io_worker.post
        port = self._window.settings.api_port
        server = ApiServer(WindowHost(self._window), self.grants, post, port=port, granted=self.changed.emit)
        try:
            server.start()
        except ConfigError as error:
            self.problem = str(error)
            self._window.notices.post_error(error)
            server.stop()
        else:
            self._server = server


class WindowHost(ApiHost):
    """What plug-ins can do with the window; on the GUI thread."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    @override
    def state(self) -> HostState:
        window, bridge = self._window, self._window.bridge
        rendered, session = bridge.rendered, bridge.session
        saved = session.saved_neutral() if session is not None else None
        return HostState(
            bridge.status,
            bridge.controls.current,
            tuple(item.name for item in window.portraits.items),
            tuple(window.presets.names),
            window.presets.chosen,
            tuple(ApiCommand(each.name, each.text) for each in COMMANDS if each.name not in IN_THE_WINDOW),
            rendered.driving if rendered is not None else None,
            saved.pose if saved is not None else None,
            (window.width(), window.height()),
            window.isFullScreen(),
        )

    @override
    def run_command(self, identity: str) -> None:
        self._window.commands.run(identity)

    @override
    def show_portrait(self, name: str) -> None:
        item = next((each for each in self._window.portraits.items if each.name == name), None)
        if item is None:
            raise PuppetError(f"{name}: no such portrait; choose another")
        self._window.choose_portrait(item)

    @override
    def use_preset(self, name: str) -> None:
        self._window.presets.use(self._window.presets.names.index(name))

    @override
    def set_controls(self, **values: object) -> None:
        self._window.bridge.controls.update(**values)

    @override
    def calibrate(self) -> None:
        self._window.calibration.calibrate()

    @override
    def take_best_moment(self) -> None:
        self._window.calibration.take_best_moment()

    @override
    def reanchor(self) -> None:
        self._window.calibration.reanchor()

    @override
    def toggle_hidden(self) -> None:
        self._window.on_air.toggle_idle()

    @override
    def toggle_recording(self) -> None:
        self._window.on_air.toggle_recording()

    @override
    def toggle_virtual_camera(self) -> None:
        self._window.on_air.toggle_virtual_camera()

    @override
    def ask_permission(self, plugin: str, developer: str, answer: Callable[[bool], None]) -> None:
        text = tr("“{plugin}” by {developer} wants to control Puppet").format(plugin=plugin, developer=developer)
        details = tr("It may switch portraits, recording and virtual camera, and read how your face moves.")
        question = Question(self._window, text, details)
        allow = question.add_answer(tr("Allow"))
        question.add_answer(tr("Do not allow"), safe=True)
        question.finished.connect(lambda _result: answer(question.clickedButton() is allow))
        question.bind(self._window.settings.hide_key, self._window.on_air.toggle_idle)
        question.open()
