"""The square that is looked at: drawn on the stage, handed to the session, and to the next one after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import Framing, SessionState, Status
from ui.panels.box import BoxPanel
from ui.session_bridge import SessionBridge
from ui.status_text import Severity
from ui.widgets.box import Box
from ui.widgets.box_picker import BoxPicker
from ui.widgets.notice_bar import Notice
from ui.widgets.preview import Preview

if TYPE_CHECKING:
    from puppet.pipeline.puppeteer import Rendered


class BoxController(QObject):
    """Keeps the square, and shows the picker.

    Args:
        bridge: to the session.
        panel: shows whether there is a square.
        stage: what the picker lies on.

    Attributes:
        picker: the widget a square is drawn with.

    Signals:
        notice: a ui.widgets.notice_bar.Notice for the person.
    """

    notice = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, panel: BoxPanel, stage: Preview) -> None:
        super().__init__()
        self._bridge = bridge
        self._panel = panel
        self._status = Status()
        self._rendered: Rendered | None = None
        self._box = None if bridge.options.box is None else Box(*bridge.options.box)
        self.picker = BoxPicker(stage)
        self.picker.chosen.connect(self._choose)
        self.picker.cancelled.connect(self.end)
        stage.resized.connect(self.picker.resize)
        panel.draw_wanted.connect(self.draw)
        panel.automatic_wanted.connect(lambda: self._choose(None))
        bridge.opened.connect(self._session_opened)
        bridge.leaving.connect(self.end)
        bridge.refused.connect(lambda _error: self._show())
        bridge.failed.connect(lambda _error: self._ended())
        bridge.reopening.connect(lambda: panel.setEnabled(False))
        bridge.status_changed.connect(self._show_status)
        bridge.picture_changed.connect(self._show_picture)

    def draw(self) -> None:
        """Let the person draw a square on the camera's picture."""
        if not self._status.detects:
            return
        if self._rendered is None or self._status.state is not SessionState.RUNNING:
            self.notice.emit(Notice("There is no camera picture yet to draw a square on", Severity.WARNING))
            return
        self.picker.begin(self._rendered.frame.image, self._bridge.controls.mirror, self._box)

    def end(self) -> bool:
        """Back from drawing; False when nothing was being drawn."""
        if not self.picker.isVisible():
            return False
        self.picker.hide()
        stage = self.picker.parentWidget()
        assert stage is not None
        stage.setFocus()
        return True

    def camera_changed(self) -> None:
        """A square of another camera's picture means nothing; the session has forgotten it, too."""
        self._rendered = None
        self._keep(None)

    def _choose(self, box: Box | None) -> None:
        self._keep(box)
        self._hand_over()

    def _keep(self, box: Box | None) -> None:
        self._box = box
        options = self._bridge.options
        if options.box is not None:  # given at the start, which frames pictures as they are: this choice counts now
            self._bridge.options = replace(options, box=None, framing=Framing.NONE)
        self.end()
        self._show()

    def _session_opened(self) -> None:
        if self._box is not None and self._bridge.options.box is None:
            self._hand_over()
        self._show()

    def _hand_over(self) -> None:
        from puppet.geometry.crop import CropBox  # loads OpenCV, which a session has loaded already

        box, session = self._box, self._bridge.session
        if session is not None:
            middle = 0.0 if box is None else box.side / 2 - 0.5
            session.choose_box(None if box is None else CropBox(box.left + middle, box.top + middle, box.side))

    def _ended(self) -> None:
        self.end()
        self._show()

    def _show_status(self, status: Status) -> None:
        self._status = status
        if not status.detects or status.state is not SessionState.RUNNING:
            self.end()

    def _show_picture(self, rendered: Rendered) -> None:
        self._rendered = rendered
        if self.picker.isVisible():
            self.picker.set_picture(rendered.frame.image, self._bridge.controls.mirror)

    def _show(self) -> None:
        options = self._bridge.options
        framing = options.framing if options.box is None else Framing.NONE
        self._panel.show_choice(framing, has_box=self._box is not None)
        self._panel.setEnabled(True)
