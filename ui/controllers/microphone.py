"""Microphone choice: lists microphones in the background, and shows the level of the one that is recorded."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.config import MicrophoneOptions
from puppet.domain import Status
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.widgets.notice_bar import NoticeBar


class MicrophoneController(QObject):
    """Connects the panel's list of microphones to the session.

    Args:
        bridge: gives the session.
        notices: shows errors.
        panel: holds the list and the level.

    Signals:
        chosen: name of another microphone; "" for none.
    """

    chosen = pyqtSignal(str)

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, panel: ControlsPanel) -> None:
        super().__init__()
        self._bridge, self._notices, self._panel = bridge, notices, panel
        self._options = bridge.options.microphone
        panel.microphone.set_choice(self._options.name if self._options else "")
        panel.microphone.about_to_open.connect(self.refresh)
        panel.microphone.chosen.connect(self.choose)
        bridge.opened.connect(self._apply)
        bridge.status_changed.connect(self._show_status)

    def choose(self, name: str) -> None:
        """Record this microphone from now on; "": none."""
        self._options = MicrophoneOptions(name) if name else None
        self._apply()
        self.chosen.emit(name)

    def refresh(self) -> None:
        """Update the list of microphones, in the background."""
        self._bridge.io_worker.submit(_list_microphones, self._panel.microphone.set_names, self._notices.post_error)

    def _apply(self) -> None:
        if self._bridge.session is not None:
            self._bridge.session.choose_microphone(self._options)

    def _show_status(self, status: Status) -> None:
        self._panel.level.setVisible(bool(status.microphone))
        self._panel.level.set_level(status.microphone_db)


def _list_microphones() -> list[str]:
    from puppet.microphones.opening import list_microphones  # with libraries that the window's start does not need

    return list_microphones()
