"""Shows the session in the window: pictures, status, messages, and the error that ended it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import SessionState, Status
from ui.controllers.camera import CameraController
from ui.session_bridge import SessionBridge
from ui.status_text import preview_message
from ui.translation import message_text, tr
from ui.widgets.notice_bar import READY, NoticeBar
from ui.widgets.preview import Preview
from ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered


_OPAQUE = tr("Recording and virtual camera cannot be transparent: the background stays as it was")
_SINKS = "sinks"


class SessionDisplay(QObject):
    """Connects the session to the preview, the notices and the status bar.

    Args:
        bridge: gives pictures, status and errors.
        preview: shows pictures and messages.
        notices: shows the session's warnings.
        status_bar: shows the status.
        camera: the choice that a message about the camera is about.

    Attributes:
        error: what ended the session or kept it from opening; None: nothing did.

    Signals:
        first_picture: a session's first picture is about to be painted.
    """

    first_picture = pyqtSignal()

    def __init__(
        self,
        bridge: SessionBridge,
        preview: Preview,
        notices: NoticeBar,
        status_bar: StatusBar,
        camera: CameraController,
    ) -> None:
        super().__init__()
        self._bridge, self._preview, self._notices = bridge, preview, notices
        self._status_bar, self._camera = status_bar, camera
        self.error: Exception | None = None
        self._status: Status | None = None
        self._message = ""
        self._awaits_picture = True
        bridge.opened.connect(self._session_opened)
        bridge.reopening.connect(self._session_opening)
        bridge.session_ending.connect(lambda: notices.withdraw(self._message))
        bridge.reopen_failed.connect(lambda _error: status_bar.set_opening(False))
        bridge.picture_changed.connect(self._show_picture)
        bridge.status_changed.connect(self._show_status)
        bridge.failed.connect(self._session_failed)
        bridge.controls.changed.connect(self._show_message)
        bridge.controls_refused.connect(lambda: notices.post_warning(_OPAQUE, _SINKS))

    def _session_opening(self) -> None:
        self._status_bar.set_opening(True)
        if self.error is not None:
            self.error = self._status = None
            self._status_bar.show_status(None)
        self._show_message()

    def _session_opened(self) -> None:
        self._awaits_picture = True
        self._status_bar.set_opening(False)

    def _session_failed(self, error: Exception) -> None:
        self.error = error
        self._status_bar.set_opening(False)
        self._status_bar.show_ended()
        self._show_message()

    def _show_picture(self, rendered: Rendered) -> None:
        self._preview.set_picture(rendered.picture)
        self._preview.set_shows_performer(rendered.shows_performer)
        if self._awaits_picture:
            self._awaits_picture = False
            self._notices.resolve(READY)
            self.first_picture.emit()

    def _show_status(self, status: Status) -> None:
        message = message_text(status.message)
        if message != self._message:
            self._notices.withdraw(self._message)
            if message and status.state is SessionState.RUNNING:
                self._notices.post_warning(message)
        self._message = message
        self._status = status
        if self.error is None:
            self._status_bar.show_status(status)
        self._show_message()

    def _show_message(self) -> None:
        hidden, camera = self._bridge.controls.current.idle, self._camera.choice() or ""
        shown = self._preview.has_picture
        self._preview.set_message(preview_message(self._status, self.error, shown, camera=camera, hidden=hidden))
