"""The main window: builds widgets and controllers, and keeps the settings to save.

`ui.window_wiring` connects them, `ui.window_commands` names their actions.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QByteArray, QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget
from typing_extensions import override

from puppet.cameras.discovery import CameraInfo
from puppet.config import CameraOptions, LiveOptions
from puppet.packs import Pack
from puppet.userdata.gallery import BUNDLED, Gallery, GalleryItem
from puppet.userdata.settings import Settings
from ui.command_registry import CommandRegistry
from ui.controllers.adding import AddingController
from ui.controllers.box import BoxController
from ui.controllers.calibration import CalibrationController
from ui.controllers.camera import CameraController
from ui.controllers.clean_output import CleanOutputController
from ui.controllers.collection import CollectionController
from ui.controllers.inspection import InspectionController
from ui.controllers.microphone import MicrophoneController
from ui.controllers.model import ModelController
from ui.controllers.on_air import OnAirController
from ui.controllers.person import PersonController
from ui.controllers.portraits import PortraitsController
from ui.controllers.presets import PresetsController
from ui.controllers.recording import RecordingController
from ui.controllers.remote_control import RemoteControl
from ui.controllers.self_view import SelfViewController
from ui.controllers.session_display import SessionDisplay
from ui.controllers.size import SizeController
from ui.controllers.takes import TakesController
from ui.dialogs.questions import Question
from ui.dialogs.shortcuts import ShortcutsDialog
from ui.global_keys.controller import GlobalKeysController
from ui.pages_window import PagesWindow
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.status_text import recording_text
from ui.translation import tr
from ui.widgets.actions_bar import ActionsBar
from ui.widgets.basic import arrange
from ui.widgets.camera_combo import AUTOMATIC
from ui.widgets.gallery_strip import GalleryStrip
from ui.widgets.idle_pointer import IdlePointer
from ui.widgets.notice_bar import Notice, NoticeBar
from ui.widgets.performer_inset import PerformerInset
from ui.widgets.preview import Preview
from ui.widgets.status_bar import StatusBar
from ui.window_commands import window_commands
from ui.window_host import WindowHost
from ui.window_wiring import connect_parts

if TYPE_CHECKING:
    from puppet.cameras.base import Camera

_log = logging.getLogger(__name__)
CLIP = BUNDLED.parent / "clip.mp4"


class MainWindow(QMainWindow):
    """Preview, actions and gallery on the left, the panel on the right, the status bar below.

    Args:
        bridge: gives the session; started by the caller.
        gallery: the portraits.
        settings: as loaded; `settings` holds those to save after the window has closed.
        list_cameras: see CameraController.
        open_camera: see CameraController.
        list_packs: see ModelController.
        clock: seconds, monotonic.

    Signals:
        first_picture: a session's first picture is about to be painted.
    """

    first_picture = pyqtSignal()

    def __init__(
        self,
        bridge: SessionBridge,
        gallery: Gallery,
        settings: Settings,
        *,
        list_cameras: Callable[[], list[CameraInfo]],
        open_camera: Callable[[str | None, CameraOptions], Camera],
        list_packs: Callable[[], list[Pack]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.bridge = bridge
        self._quits = False
        self.quit_question: Question | None = None
        self.preview = Preview()
        self._pointer = IdlePointer(self.preview)
        self.notices = NoticeBar()
        self.actions_bar = ActionsBar()
        self.strip = GalleryStrip()
        self.panel = panel = ControlsPanel(bridge.controls, CLIP)
        self.status_bar = StatusBar()
        self.collection = CollectionController(bridge, gallery, self.notices)
        self.portraits = PortraitsController(bridge, self.collection, self.notices)
        self.person = PersonController(self, bridge, gallery, self.portraits, self.notices)
        self.adding = AddingController(self, bridge, self.notices, self.collection, self.portraits, self.person)
        self.recording = RecordingController(bridge, self.notices, settings.countdown_s)
        self.takes = TakesController(bridge, self.notices, self.recording)
        screen, on_top = settings.output_screen, settings.output_on_top
        self.clean_output = CleanOutputController(bridge, self.notices, screen, on_top)
        self.on_air = OnAirController(bridge, self.notices, panel.part_swap, self.recording, self.clean_output)
        self.presets = PresetsController(self, bridge.controls, self.notices, panel.presets)
        self.inset = PerformerInset()
        self.self_view = SelfViewController(bridge, self.inset, panel.self_view, wanted=settings.self_view, clock=clock)
        self.box = BoxController(bridge, self.notices, panel.box, self.preview)
        self.camera = CameraController(
            bridge,
            self.notices,
            panel,
            list_cameras=list_cameras,
            open_camera=open_camera,
            options=settings.cameras,
            remembered=settings.camera,
        )
        self.calibration = CalibrationController(bridge, self.notices, lambda: self.camera.choice() or "")
        self.microphone = MicrophoneController(bridge, self.notices, panel, settings)
        self.picture_size = SizeController(bridge, self.recording)
        self.inspection = InspectionController(self, bridge, panel, self.portraits)
        self.model = ModelController(
            self, bridge, self.notices, panel.packs, current_options=self._current_options, list_packs=list_packs
        )
        self.display = SessionDisplay(bridge, self.preview, self.notices, self.status_bar, self.camera)
        self.remote_control = RemoteControl(
            WindowHost(self), bridge, self.notices, wanted=settings.api, port=settings.api_port
        )
        self.pages = PagesWindow(self)
        self.commands = CommandRegistry(self)
        self.commands.load(settings.keys)
        self.global_keys = GlobalKeysController(self.commands, self.notices, settings.global_keys)
        self.shortcuts_dialog = ShortcutsDialog(self, self.commands, self.global_keys)
        self.commands.bind(window_commands(self))
        self._build()
        connect_parts(self)
        self.show_hidden()
        panel.theme.set_choice(settings.theme)
        panel.language.set_choice(settings.language)
        self.portraits.load(bridge.options.portrait)
        self._restore_geometry()
        self.preview.setFocus()  # no button shows the focus ring before a key moves the focus

    # Actions of the person ------------------------------------------------------------------------------------------

    def snapshot(self) -> None:
        """Save the newest picture."""
        self.recording.save_snapshot(self.bridge.rendered.written if self.bridge.rendered is not None else None)

    def toggle_full_screen(self) -> None:
        """Show only the preview on the whole screen, or the window again."""
        if self.isFullScreen():
            self.leave_full_screen()
        else:
            self.notices.dismiss_problem()
            self._show_around_preview(False)
            self.showFullScreen()
            self._pointer.set_active(True)
            if not self.notices.text:
                self.notices.post(Notice(tr("Esc or a double-click leaves full screen")))

    def leave_full_screen(self) -> None:
        """Show the window again."""
        if self.isFullScreen():
            self.showNormal()

    def escape(self) -> None:
        """Stop drawing a box, or else leave full screen."""
        if not self.box.close_picker():
            self.leave_full_screen()

    def try_again(self) -> None:
        """Open the session again after it failed."""
        if self.display.error is not None:
            self.model.try_again()

    def choose_portrait(self, item: GalleryItem) -> None:
        """Show a portrait, and remember it if it is in the gallery."""
        if self.collection.folder is None:
            self.remember(portrait=item.name)
        self.portraits.choose(item)

    def choose_number(self, number: int) -> None:
        """Show the portrait of a number key."""
        if (item := self.portraits.numbered(number)) is not None:
            self.choose_portrait(item)

    def choose_neighbour(self, step: int) -> None:
        """Show the portrait `step` places after the chosen one."""
        if (item := self.portraits.neighbour(step)) is not None:
            self.collection.turn_to(item)
            self.choose_portrait(item)

    # State ----------------------------------------------------------------------------------------------------------

    def _current_options(self) -> LiveOptions:
        """Return the options that a new session would have."""
        portrait, camera = self.portraits.chosen_name(), self.camera.choice()
        options, size = self.camera.options(camera or AUTOMATIC), self.picture_size.size
        return replace(self.bridge.options, portrait=portrait, camera=camera, camera_options=options, size=size)

    def show_hidden(self) -> None:
        """Show whether the performer is hidden, and the key that hides them."""
        self.actions_bar.show_hidden(self.bridge.controls.current.idle, self.hide_key)

    def show_sinks(self, recording: bool, elapsed: str, virtual_camera: bool) -> None:
        """Show the open sinks."""
        self.actions_bar.show_sinks(recording, elapsed, virtual_camera)
        recorded = self.bridge.status.recorded
        self.preview.set_recording(recording_text(recorded) if recorded else elapsed)

    def remember(self, **fields: Any) -> None:
        """Change fields of the settings that are saved when the window closes."""
        self.settings = replace(self.settings, **fields)

    # Construction ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle("Puppet")
        lower_edge = arrange(QHBoxLayout(), self.notices, margins=(16, 0, 16, 14))
        lower_edge.setAlignment(self.notices, Qt.AlignmentFlag.AlignBottom)
        corner = arrange(QHBoxLayout(), self.inset, margins=(14, 0, 0, 14))
        corner.setAlignment(self.inset, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self.preview.cover.addLayout(corner, 0, 0)
        self.preview.cover.addLayout(lower_edge, 0, 0)
        left = arrange(QVBoxLayout(), self.preview, self.actions_bar, self.strip)
        left.setStretchFactor(self.preview, 1)
        upper = arrange(QHBoxLayout(), left, self.panel)
        upper.setStretchFactor(left, 1)
        body = QWidget()
        body.setObjectName("body")
        arrange(QVBoxLayout(body), upper, self.status_bar).setStretchFactor(upper, 1)
        self.setCentralWidget(body)

    @property
    def hide_key(self) -> str:
        """The first key that hides the performer, or ""."""
        return next(iter(self.commands.keys("hide")), "")

    def _show_around_preview(self, visible: bool) -> None:
        for part in (self.actions_bar, self.strip, self.panel, self.status_bar):
            part.setVisible(visible)

    def _restore_geometry(self) -> None:
        self.setMinimumSize(760, 480)
        geometry = QByteArray.fromBase64(self.settings.geometry.encode())
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            screen = self.screen()
            free = screen.availableGeometry().size() if screen is not None else self.sizeHint()
            self.resize(min(1240, free.width() - 20), min(800, free.height() - 40))

    def apply_theme(self) -> None:
        """Use the colours of a new theme."""
        for themed in (self.actions_bar, self.panel.part_swap.sources, self.notices):
            themed.apply_theme()

    def quit(self) -> None:
        """Close the window without a question; a recording is finished."""
        self._quits = True
        self.close()

    def show_in_front(self) -> None:
        """Show the window above others, also when it was minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def _ask_to_quit(self, recording: Path) -> None:
        text = tr("It is saved in {folder} as {file}.").format(folder=recording.parent, file=recording.name)
        self.quit_question = question = Question(self, tr("A recording is running"), text)
        question.add_answer(tr("Finish it and quit"), self.quit)
        question.add_answer(tr("Go on recording"), safe=True)
        question.bind(self.hide_key, self.on_air.toggle_idle)
        question.open()

    @override
    def changeEvent(self, event: QEvent | None) -> None:
        """Show everything again when full screen ends, here or by the window manager."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange and not self.isFullScreen():
            self._show_around_preview(True)
            self._pointer.set_active(False)

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the session; the window is hidden before, because that takes time. A recording is asked about first."""
        recording = self.recording.path
        if recording is not None and not self._quits and event is not None:
            event.ignore()
            self._ask_to_quit(recording)
            return
        self.leave_full_screen()
        self.remember(geometry=self.saveGeometry().toBase64().data().decode())
        self.hide()
        self.clean_output.close()
        self.pages.close()
        self.collection.close()
        self.adding.close()
        self.takes.close()
        self.notices.dismiss()
        self.remote_control.stop()
        self.global_keys.close()
        self.bridge.close()
        if recording is not None:
            _log.warning("The recording is saved as %s", recording)
        super().closeEvent(event)
