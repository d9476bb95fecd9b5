"""The one window: it puts the parts together and connects what the person does with who does it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QByteArray, QEvent, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PyQt6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from puppet.cameras.discovery import CameraInfo
from puppet.config import EngineOptions, LiveOptions
from puppet.domain import Controls, SessionState, Status
from puppet.gallery import Gallery, GalleryItem
from puppet.packs import Pack
from puppet.settings import Settings, Theme
from ui.commands import COMMANDS
from ui.controllers.inspection import InspectionController
from ui.controllers.model import ModelController
from ui.controllers.portraits import PortraitsController
from ui.controllers.recording import RecordingController
from ui.dialogs import files
from ui.dialogs.engine import EngineNames
from ui.dialogs.shortcuts import ShortcutsDialog
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.status_text import PORTRAIT_KEYS, Severity, preview_message
from ui.widgets.actions_bar import ActionsBar
from ui.widgets.camera_combo import AUTOMATIC
from ui.widgets.gallery_strip import GalleryStrip
from ui.widgets.notice_bar import Notice, NoticeBar
from ui.widgets.preview import Preview
from ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from puppet.cameras.base import Camera
    from puppet.pipeline.puppeteer import Rendered

CLIP = Path(__file__).parent.parent / "puppet" / "assets" / "clip.mp4"


class MainWindow(QMainWindow):
    """Stage, actions and gallery on the left, the panel on the right, the status line below.

    Args:
        bridge: to the session; started by the caller.
        gallery: the portraits.
        settings: what was remembered; `settings` contains what to remember when the window closes.
        portrait: the portrait to begin with, or None for the gallery's first.
        camera: the camera to begin with, or None for the default.
        list_cameras: finds what is plugged in; called on a worker.
        open_camera: opens a camera by name, path, or None; called on the capture thread.
        list_packs: finds model packs; called on a worker.
        list_engines: what can be asked of engines; called on a worker.
        clock: seconds, monotonic.

    Signals:
        theme_chosen: "system", "light" or "dark".
        first_picture: the first picture of the session will be painted next.
    """

    theme_chosen = pyqtSignal(str)
    first_picture = pyqtSignal()

    def __init__(
        self,
        bridge: SessionBridge,
        gallery: Gallery,
        settings: Settings,
        *,
        portrait: str | None,
        camera: str | None,
        list_cameras: Callable[[], list[CameraInfo]],
        open_camera: Callable[[str | None], Camera],
        list_packs: Callable[[], list[Pack]],
        list_engines: Callable[[], EngineNames],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.bridge = bridge
        self._list_cameras = list_cameras
        self._open_camera = open_camera
        self._status: Status | None = None
        self._told = ""
        self._error: Exception | None = None
        self._rendered: Rendered | None = None
        self._awaits_picture = True
        self.shortcuts_dialog: ShortcutsDialog | None = None
        self.preview = Preview()
        self.notices = NoticeBar(self.preview)
        self.actions_bar = ActionsBar()
        self.strip = GalleryStrip()
        self.panel = ControlsPanel(CLIP)
        self.status_bar = StatusBar()
        self.portraits = PortraitsController(bridge, gallery)
        self.recording = RecordingController(bridge, clock)
        self.inspection = InspectionController(self, bridge, self.panel, self.preview, self.portraits)
        self.model = ModelController(
            bridge, self.panel.packs, now=self._options, list_packs=list_packs, list_engines=list_engines
        )
        self._build()
        self._connect()
        self._bind_keys()
        self._show_controls(bridge.controls)
        self.panel.theme.set_choice(settings.theme)
        self.panel.camera.set_choice(camera or AUTOMATIC)
        self.portraits.load(portrait)
        self._restore_place()
        self.preview.setFocus()  # no button wears the focus ring before a key asks for it

    # What the person does -------------------------------------------------------------------------------------------

    def calibrate(self) -> None:
        """Take the next good frame as the neutral pose."""
        if self.bridge.session is not None:
            self.bridge.session.calibrate()

    def snapshot(self) -> None:
        """Save the newest picture."""
        self.recording.save_snapshot(None if self._rendered is None else self._rendered.picture)

    def toggle_full_screen(self) -> None:
        """Only the stage on the whole screen, and back."""
        if self.isFullScreen():
            self.leave_full_screen()
            return
        for part in self._around():
            part.hide()
        self.showFullScreen()

    def leave_full_screen(self) -> None:
        """Back to the window."""
        if self.isFullScreen():
            self.showNormal()
            for part in self._around():
                part.show()

    def show_shortcuts(self) -> None:
        """Open the sheet of keys."""
        if self.shortcuts_dialog is None:
            self.shortcuts_dialog = ShortcutsDialog(self)
        self.shortcuts_dialog.show()

    def leave(self) -> None:
        """Esc: out of drawing, else out of full screen."""
        if not self.inspection.box.end():
            self.leave_full_screen()

    def try_again(self) -> None:
        """Open the session once more, after it has failed."""
        if self._error is not None:
            self.model.try_again()

    def ask_for_pictures(self) -> None:
        """Choose picture files to add."""
        self.portraits.add(files.ask_for_pictures(self))

    def ask_for_video(self) -> None:
        """Choose a video file to play as the camera."""
        if file := files.ask_for_video(self):
            self.panel.camera.set_choice(file)
            self.choose_camera(file)

    def choose_camera(self, choice: str) -> None:
        """Use another camera."""
        self.settings = replace(self.settings, camera=choice)
        self._hint_about_camera()
        if self.bridge.session is not None:
            self.bridge.session.choose_camera(partial(self._open_camera, choice or None))
            self.inspection.box.camera_changed()

    def set_controls(self, controls: Controls) -> None:
        """Use and remember other controls."""
        self.settings = replace(self.settings, controls=controls)
        self.bridge.set_controls(controls)
        self._show_controls(controls)

    def choose_theme(self, theme: Theme) -> None:
        """Use and remember another theme."""
        self.settings = replace(self.settings, theme=theme)
        self.theme_chosen.emit(theme)

    # What the session tells -----------------------------------------------------------------------------------------

    def show_error(self, error: Exception) -> None:
        """The session ended: say why, on the stage."""
        self._error = error
        self.strip.set_busy(None)
        self.status_bar.set_opening(False)
        self.status_bar.show_ended()
        self._show_message()

    def _session_opening(self) -> None:
        """Another session is being made; after an error there is none to look at meanwhile."""
        self.status_bar.set_opening(True)
        if self._error is not None:
            self._error = self._status = None
            self.status_bar.show_status(None)
        self._show_message()

    def _session_opened(self) -> None:
        self._awaits_picture = True
        self.status_bar.set_opening(False)
        self._show_controls(self.bridge.controls)
        self.portraits.begin()
        if self.panel.camera.choice() != (self.bridge.options.camera or AUTOMATIC):  # chosen while it was made
            self.choose_camera(self.panel.camera.choice())
        self.refresh_cameras()

    def _options(self) -> LiveOptions:
        """How a session would be opened now."""
        portrait, camera = self.portraits.chosen_name(), self.panel.camera.choice() or None
        return replace(self.bridge.options, portrait=portrait, camera=camera)

    def _show_controls(self, controls: Controls) -> None:
        self.panel.set_controls(controls)
        self.inspection.set_controls(controls)

    def _show_picture(self, rendered: Rendered) -> None:
        self._rendered = rendered
        self.preview.set_picture(rendered.picture)
        if self._awaits_picture:
            self._awaits_picture = False
            self.first_picture.emit()

    def _show_status(self, status: Status) -> None:
        if status.message and status.state is SessionState.RUNNING and status.message != self._told:
            self.notices.post(Notice(status.message, Severity.WARNING))
        self._told = status.message
        self._status = status
        if self._error is None:
            self.status_bar.show_status(status)
        self._show_message()

    def _show_message(self) -> None:
        self.preview.set_message(preview_message(self._status, self._error, self.preview.has_picture))

    # Cameras --------------------------------------------------------------------------------------------------------

    def refresh_cameras(self) -> None:
        """Find out what is plugged in, in the background."""
        self.bridge.io_worker.submit(self._list_cameras, self._show_cameras, self._warn)

    def _warn(self, error: Exception) -> None:
        self.notices.post(Notice(str(error), Severity.ERROR))

    def _show_cameras(self, found: list[CameraInfo]) -> None:
        self.panel.camera.set_cameras(found)
        self._hint_about_camera()

    def _hint_about_camera(self) -> None:
        hint = "No camera found: the bundled clip plays. Plug one in, then choose it here."
        self.panel.set_camera_hint(hint if self.panel.camera.plays_clip() else "")

    # The window itself ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle("Puppet")
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.preview, 1)
        left.addWidget(self.actions_bar)
        left.addWidget(self.strip)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addLayout(left, 1)
        upper.addWidget(self.panel)
        body = QWidget()
        body.setObjectName("body")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(upper, 1)
        layout.addWidget(self.status_bar)
        self.setCentralWidget(body)

    def _connect(self) -> None:
        bridge, portraits, strip, panel = self.bridge, self.portraits, self.strip, self.panel
        bridge.opened.connect(self._session_opened)
        bridge.reopening.connect(self._session_opening)
        bridge.leaving.connect(portraits.forget)
        bridge.leaving.connect(lambda: self.notices.withdraw(self._told))
        bridge.refused.connect(lambda _error: self.status_bar.set_opening(False))
        bridge.picture_changed.connect(self._show_picture)
        self.first_picture.connect(portraits.analyse_ahead)
        bridge.status_changed.connect(self._show_status)
        bridge.failed.connect(self.show_error)
        portraits.items_changed.connect(strip.set_items)
        portraits.chosen_changed.connect(strip.set_chosen)
        portraits.busy_changed.connect(strip.set_busy)
        portraits.thumbnail_ready.connect(strip.set_thumbnail)
        portraits.added.connect(self._remember_portrait)
        portraits.notice.connect(self.notices.post)
        strip.chosen.connect(self._choose_portrait)
        strip.remove_wanted.connect(portraits.remove)
        strip.add_wanted.connect(self.ask_for_pictures)
        strip.files_dropped.connect(portraits.add)
        self.preview.files_dropped.connect(portraits.add)
        self.preview.double_clicked.connect(self.toggle_full_screen)
        self.recording.changed.connect(self._show_sinks)
        self.recording.notice.connect(self.notices.post)
        self.preview.retry_wanted.connect(self.try_again)
        self.inspection.box.notice.connect(self.notices.post)
        self.model.notice.connect(self.notices.post)
        self.model.pack_used.connect(self._remember_pack)
        self.model.engine_used.connect(self._remember_engine)
        self.inspection.controls_changed.connect(self.set_controls)
        panel.packs.folder_wanted.connect(partial(self.model.ask_for_folder, self))
        panel.box.framing_chosen.connect(self.model.choose_framing)
        panel.controls_changed.connect(self.set_controls)
        panel.theme_chosen.connect(self.choose_theme)
        panel.camera.about_to_open.connect(self.refresh_cameras)
        panel.camera.chosen.connect(self.choose_camera)
        panel.camera.file_wanted.connect(self.ask_for_video)

    def _bind_keys(self) -> None:
        does: dict[str, Callable[[], object]] = {
            "calibrate": self.calibrate,
            "record": self.recording.toggle_recording,
            "virtual camera": self.recording.toggle_virtual_camera,
            "snapshot": self.snapshot,
            "mirror": self.panel.mirror.toggle,
            "full screen": self.toggle_full_screen,
            "leave full screen": self.leave,
            "add picture": self.ask_for_pictures,
            "try again": self.try_again,
            "view": partial(self.inspection.show_menu, self.actions_bar.button("view")),
            "engine": partial(self.model.show_engine, self),
            **self.inspection.commands(),
            "shortcuts": self.show_shortcuts,
            "quit": self.close,
        }
        for command in COMMANDS:
            for key in command.keys:
                QShortcut(QKeySequence(key), self, does[command.name])
        for number in range(1, PORTRAIT_KEYS + 1):
            QShortcut(QKeySequence(str(number)), self, partial(self._choose_number, number))
        for bar in (self.actions_bar, self.status_bar, self.inspection.menu):
            bar.wanted.connect(lambda name: does[name]())

    def _choose_portrait(self, item: GalleryItem) -> None:
        self._remember_portrait(item)
        self.portraits.choose(item)

    def _choose_number(self, number: int) -> None:
        if (item := self.portraits.numbered(number)) is not None:
            self._choose_portrait(item)

    def _remember_portrait(self, item: GalleryItem) -> None:
        self.settings = replace(self.settings, portrait=item.name)

    def _remember_pack(self, pack: str) -> None:
        self.settings = replace(self.settings, pack=pack)

    def _remember_engine(self, used: EngineOptions) -> None:
        engine, precision, device = used.engine, used.precision, used.device
        self.settings = replace(self.settings, engine=engine, precision=precision, device=device)

    def _show_sinks(self, recording: bool, elapsed: str, virtual_camera: bool) -> None:
        self.actions_bar.show_sinks(recording, elapsed, virtual_camera)
        self.preview.set_recording(elapsed if recording else "")

    def _around(self) -> list[QWidget]:
        return [self.actions_bar, self.strip, self.panel, self.status_bar]

    def _restore_place(self) -> None:
        self.setMinimumSize(760, 480)
        place = QByteArray.fromBase64(self.settings.geometry.encode())
        if place.isEmpty() or not self.restoreGeometry(place):
            screen = self.screen()
            free = screen.availableGeometry().size() if screen is not None else self.sizeHint()
            self.resize(min(1240, free.width() - 20), min(800, free.height() - 40))

    def apply_theme(self) -> None:
        """Take on the theme's colours; call it when the theme has changed."""
        self.actions_bar.apply_theme()
        self.panel.apply_theme()
        self.notices.apply_theme()

    def changeEvent(self, event: QEvent | None) -> None:
        """Leave full screen properly when the window manager ends it."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange and not self.isFullScreen():
            for part in self._around():
                part.show()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop everything; the window is gone from the screen meanwhile."""
        self.leave_full_screen()
        place = self.saveGeometry().toBase64().data().decode()
        self.settings = replace(self.settings, geometry=place)
        self.hide()
        self.notices.dismiss()
        self.bridge.close()
        super().closeEvent(event)
