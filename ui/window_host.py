"""The main window as the local API controls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from typing_extensions import override

from puppet.api.host import ApiCommand, ApiHost, HostState
from puppet.errors import PuppetError
from ui.commands import COMMANDS, IN_THE_WINDOW
from ui.dialogs.questions import Question
from ui.translation import tr

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class WindowHost(ApiHost):
    """The window as plug-ins control it; on the GUI thread."""

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
        question.bind(self._window.hide_key, self._window.on_air.toggle_idle)
        question.open()
