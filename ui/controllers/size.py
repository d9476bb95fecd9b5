"""Size of the pictures for the virtual camera and the recording."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from ui.session_bridge import SessionBridge
from ui.widgets.basic import ChoiceButtons


class SizeController(QObject):
    """Passes the chosen size to the session, which uses it once no sink is open.

    Args:
        bridge: gives the session.
        buttons: their keys are sizes.

    Attributes:
        size: (width, height) in pixels: the chosen one, else that of the options.

    Signals:
        chosen: (width, height).
    """

    chosen = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, buttons: ChoiceButtons) -> None:
        super().__init__()
        self.size = bridge.options.size
        self._bridge = bridge
        if self.size in buttons.buttons:  # the command line takes any size
            buttons.set_choice(self.size)
        buttons.chosen.connect(self._choose)
        bridge.opened.connect(self._session_opened)

    def _choose(self, size: tuple[int, int]) -> None:
        self.size = size
        self._pass_on()
        self.chosen.emit(size)

    def _session_opened(self) -> None:
        if self.size != self._bridge.options.size:  # chosen while the session was being opened
            self._pass_on()

    def _pass_on(self) -> None:
        if self._bridge.session is not None:
            self._bridge.session.choose_size(self.size)
