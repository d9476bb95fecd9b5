"""Size of the pictures for the virtual camera, the recording, snapshots and the output window."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import SinkKind
from ui.controllers.recording import RecordingController
from ui.session_bridge import SessionBridge


class SizeController(QObject):
    """Passes the chosen size to the session. A recording goes on in a new file; a virtual camera keeps its size.

    Args:
        bridge: gives the session.
        recording: continues a recording in a new file.

    Attributes:
        size: (width, height) in pixels: the chosen one, else that of the options.

    Signals:
        chosen: (width, height).
    """

    chosen = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, recording: RecordingController) -> None:
        super().__init__()
        self.size = bridge.options.size
        self._bridge = bridge
        self._recording = recording
        bridge.opened.connect(self._session_opened)

    def choose(self, size: tuple[int, int]) -> None:
        """Make pictures of this size, (width, height) in pixels, even, from now on."""
        if size == self.size:
            return
        self.size = size
        if tuple(self._bridge.status.sinks) == (SinkKind.RECORDER,):
            self._recording.continue_with_size(size)
        else:
            self._pass_on()
        self.chosen.emit(size)

    def _session_opened(self) -> None:
        if self.size != self._bridge.options.size:  # chosen while the session was being opened
            self._pass_on()

    def _pass_on(self) -> None:
        if self._bridge.session is not None:
            self._bridge.session.choose_size(self.size)
