"""Camera choice: lists cameras in the background and switches the session to another one.

A choice is remembered when the camera has delivered a frame. If the remembered camera cannot be opened at the start,
the automatic choice takes its place; the next start tries the remembered one again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.cameras.discovery import CameraInfo
from puppet.config import AS_IT_IS, CameraOptions
from puppet.domain import SessionState, Status
from ui.dialogs import files
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.status_text import is_file_choice
from ui.translation import tr
from ui.widgets.basic import show_or_hide
from ui.widgets.camera_combo import AUTOMATIC
from ui.widgets.notice_bar import NoticeBar

if TYPE_CHECKING:
    from puppet.cameras.base import Camera

_TOPIC = "camera"


class CameraController(QObject):
    """Connects the panel's list of cameras to the session.

    Args:
        bridge: gives the session.
        notices: shows errors.
        panel: holds the list and the hint below it.
        list_cameras: finds cameras; called on a worker.
        open_camera: opens a camera by its choice, None: the default; called on the capture thread.
        options: of the cameras that have their own, by their choices.
        remembered: the camera of the last start, or AUTOMATIC.

    Signals:
        chosen: another camera's name, a file's path, or AUTOMATIC.
        delivers: the same, with the camera's first frame.
        listed: the list of CameraInfo that are plugged in.
        options_changed: the options of all cameras that have their own.
    """

    chosen = pyqtSignal(str)
    delivers = pyqtSignal(str)
    listed = pyqtSignal(list)
    options_changed = pyqtSignal(dict)

    def __init__(
        self,
        bridge: SessionBridge,
        notices: NoticeBar,
        panel: ControlsPanel,
        *,
        list_cameras: Callable[[], list[CameraInfo]],
        open_camera: Callable[[str | None, CameraOptions], Camera],
        options: Mapping[str, CameraOptions],
        remembered: str,
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._notices = notices
        self._panel = panel
        self._list_cameras = list_cameras
        self.open_camera = open_camera
        self._options = dict(options)
        self.found: list[CameraInfo] = []
        self._may_fall_back = bridge.options.camera == remembered != AUTOMATIC
        panel.camera.set_choice(bridge.options.camera or AUTOMATIC)
        panel.camera.about_to_open.connect(self.refresh)
        panel.camera.chosen.connect(self.choose)
        panel.camera.browse_wanted.connect(self.ask_for_video)
        bridge.opened.connect(self._session_opened)
        bridge.status_changed.connect(self._show_status)

    def choice(self) -> str | None:
        """Return the chosen camera as in LiveOptions.camera."""
        return self._panel.camera.choice or None

    def choose(self, choice: str) -> None:
        """Use another camera."""
        self._switch_to(choice, partial(self.delivers.emit, choice))

    def options(self, choice: str) -> CameraOptions:
        """Return the options of a camera."""
        return self._options.get(choice, AS_IT_IS)

    def set_options(self, options: CameraOptions) -> None:
        """Change the options of the chosen camera, and open it again with them."""
        choice = self.choice() or AUTOMATIC
        if options != self.options(choice):
            self._options[choice] = options
            self.options_changed.emit(dict(self._options))
            self._switch_to(choice, lambda: None)

    def ask_for_video(self) -> None:
        """Let the person choose a video file to play as the camera."""
        if file := files.ask_for_video(self._panel):
            self.choose(file)

    def refresh(self) -> None:
        """Update the list of cameras, in the background."""
        self._bridge.io_worker.submit(self._list_cameras, self._show_cameras, self._notices.post_error)

    def _switch_to(self, choice: str, delivered: Callable[[], None]) -> None:
        self._may_fall_back = False
        self._notices.resolve(_TOPIC)
        self._panel.camera.set_choice(choice)
        self._show_hint()
        if self._bridge.session is not None:
            post = partial(self._bridge.io_worker.post, delivered)
            self._bridge.session.choose_camera(partial(self.open_camera, choice or None, self.options(choice)), post)
        self.chosen.emit(choice)

    def _show_status(self, status: Status) -> None:
        if status.rendered:
            self._may_fall_back = False
        elif self._may_fall_back and status.state is SessionState.WAITING_FOR_CAMERA:
            remembered, reason = self.choice() or "", status.message
            self._switch_to(AUTOMATIC, lambda: None)
            name = Path(remembered).name if is_file_choice(remembered) else f"“{remembered}”"
            self._notices.post_warning(
                tr("{name} cannot be used, the automatic choice takes its place. {reason}").format(
                    name=name, reason=reason
                ),
                _TOPIC,
            )

    def _session_opened(self) -> None:
        if self.choice() != self._bridge.options.camera:  # chosen while the session was being opened
            self.choose(self.choice() or AUTOMATIC)
        self.refresh()

    def _show_cameras(self, found: list[CameraInfo]) -> None:
        self.found = found
        self.listed.emit(found)
        self._panel.camera.set_cameras(found)
        self._show_hint()

    def _show_hint(self) -> None:
        hint = tr("No camera found: the bundled clip plays. Plug one in, then choose it here.")
        show_or_hide(self._panel.camera_hint, hint if self._panel.camera.plays_clip() else "")
