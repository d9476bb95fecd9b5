"""The box that a pack detects keypoints in: drawn on the preview, passed to the session and to those after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject

from puppet.domain import Framing, SessionState, Status
from ui.panels.box import BoxPanel
from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.box import Box
from ui.widgets.box_picker import BoxPicker
from ui.widgets.notice_bar import READY, NoticeBar
from ui.widgets.preview import Preview

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered


class BoxController(QObject):
    """Keeps the box, and opens the widget that it is drawn with.

    Args:
        bridge: gives the session.
        notices: shows warnings.
        panel: framing and the buttons for the box.
        preview: `picker` covers it.

    Attributes:
        picker: the widget a box is drawn with.
    """

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, panel: BoxPanel, preview: Preview) -> None:
        super().__init__()
        self._bridge = bridge
        self._notices = notices
        self._panel = panel
        self._preview = preview
        self._rendered: Rendered | None = None
        self._box = None if bridge.options.box is None else Box(*bridge.options.box)
        self.picker = BoxPicker()
        self.picker.chosen.connect(self._choose)
        self.picker.cancel.clicked.connect(self.close_picker)
        preview.cover.addWidget(self.picker, 0, 0)
        panel.draw.clicked.connect(self.draw)
        panel.automatic.clicked.connect(lambda: self._choose(None))
        bridge.opened.connect(self._session_opened)
        bridge.session_ending.connect(self.close_picker)
        bridge.reopen_failed.connect(self._show)
        bridge.failed.connect(self.close_picker)
        bridge.failed.connect(self._show)
        bridge.status_changed.connect(self._show_status)
        bridge.picture_changed.connect(self._show_picture)

    def draw(self) -> None:
        """Let the person draw a box on the camera's picture, if the pack detects keypoints itself."""
        status = self._bridge.status
        if not status.detects:
            return
        if self._rendered is None or status.state is not SessionState.RUNNING:
            self._notices.post_warning(tr("No camera picture yet; draw the box when the portrait moves"), READY)
            return
        self.picker.begin(self._rendered.frame.image, self._bridge.controls.current.mirror, self._box)

    def close_picker(self) -> bool:
        """Stop drawing; return False when nothing was being drawn."""
        if not self.picker.isVisible():
            return False
        self.picker.hide()
        self._preview.setFocus()
        return True

    def drop(self) -> None:
        """Forget the box, which belongs to one camera's picture; `LiveSession.choose_camera` forgets it too."""
        self._rendered = None
        self._keep(None)

    def _choose(self, box: Box | None) -> None:
        self._keep(box)
        self._pass_to_session()

    def _keep(self, box: Box | None) -> None:
        self._box = box
        options = self._bridge.options
        if options.box is not None:  # given by --box, which implies framing NONE; the choice made here replaces it
            self._bridge.options = replace(options, box=None, framing=Framing.NONE)
        self.close_picker()
        self._show()

    def _session_opened(self) -> None:
        if self._box is not None and self._bridge.options.box is None:
            self._pass_to_session()
        self._show()

    def _pass_to_session(self) -> None:
        from puppet.geometry.crop import CropBox  # imports OpenCV, which a session has imported before

        box, session = self._box, self._bridge.session
        if session is not None:
            centre = 0.0 if box is None else box.side / 2 - 0.5
            session.choose_box(None if box is None else CropBox(box.left + centre, box.top + centre, box.side))

    def _show_status(self, status: Status) -> None:
        if not status.detects or status.state is not SessionState.RUNNING:
            self.close_picker()

    def _show_picture(self, rendered: Rendered) -> None:
        self._rendered = rendered
        if self.picker.isVisible():
            self.picker.set_picture(rendered.frame.image, self._bridge.controls.current.mirror)

    def _show(self) -> None:
        options = self._bridge.options
        framing = options.framing if options.box is None else Framing.NONE
        self._panel.show_choice(framing, has_box=self._box is not None)
