"""Microphone choice: lists microphones in the background, and shows the level of the one that is recorded."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.config import MicrophoneOptions
from puppet.domain import Status
from puppet.userdata.settings import Settings
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.widgets.notice_bar import NoticeBar


class MicrophoneController(QObject):
    """Connects the panel's list of microphones to the session.

    Args:
        bridge: gives the session.
        notices: shows errors.
        panel: holds the list and the level.
        settings: give gain and delay while no microphone is chosen.

    Attributes:
        options: of the microphone; the name "" stands for none.

    Signals:
        chosen: fields of Settings with their new values.
    """

    chosen = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, panel: ControlsPanel, settings: Settings) -> None:
        super().__init__()
        self._bridge, self._notices, self._panel = bridge, notices, panel
        tuned = settings.microphone_gain_db, settings.microphone_delay_ms
        self.options = bridge.options.microphone or MicrophoneOptions("", *tuned)
        panel.microphone.set_choice(self.options.name)
        panel.microphone.about_to_open.connect(self.refresh)
        panel.microphone.chosen.connect(lambda name: self.choose(name=name))
        bridge.opened.connect(self._apply)
        bridge.status_changed.connect(self._show_status)

    def choose(self, **fields: Any) -> None:
        """Use these fields of MicrophoneOptions: name and gain at once, the delay from the next recording on."""
        self.options = replace(self.options, **fields)
        self._apply()
        name, gain_db, delay_ms = astuple(self.options)
        self.chosen.emit({"microphone": name, "microphone_gain_db": gain_db, "microphone_delay_ms": delay_ms})

    def refresh(self) -> None:
        """Update the list of microphones, in the background."""
        self._bridge.io_worker.submit(_list_microphones, self._panel.microphone.set_names, self._notices.post_error)

    def _apply(self) -> None:
        if self._bridge.session is not None:
            self._bridge.session.choose_microphone(self.options if self.options.name else None)

    def _show_status(self, status: Status) -> None:
        self._panel.level.setVisible(bool(status.microphone))
        self._panel.level.set_level(status.microphone_db)


def _list_microphones() -> list[str]:
    from puppet.microphones.opening import list_microphones  # with libraries that the window's start does not need

    return list_microphones()
