"""First steps on one page: camera, portrait, calibrate, consent, virtual camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from puppet.domain import Following, Status
from ui.translation import message_text, tr
from ui.widgets.basic import push_button
from ui.widgets.page_parts import PageWidget
from ui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from puppet.sinks.camera_setup import CameraSetup
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return SetupPage(window)


class SetupPage(PageWidget):
    """Says what is ready, and leads to what is not.

    Attributes:
        commands: that set up the virtual camera, to copy.
        again: looks for the virtual camera again.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("First steps"))
        self._window = window
        run = window.commands.run
        self.add_heading(tr("1 · Camera"))
        self._camera = self.add_text("", "text")
        self.add_row("", push_button(tr("Choose a camera…"), lambda: run("cameras"), tr("With a picture of each")))
        self.add_heading(tr("2 · Portrait"))
        self.add_text(tr("Ask before you use other people's faces. Your own pictures stay on this computer."), "text")
        self.add_row("", push_button(tr("Add a picture…"), lambda: run("add picture"), tr("A face from the front")))
        self.add_heading(tr("3 · Calibrate"))
        self._face = self.add_text("", "text")
        self.add_row("", push_button(tr("Calibrate"), lambda: run("calibrate"), tr("Look straight at the camera (C)")))
        self.add_heading(tr("4 · Virtual camera, for calls and streams"))
        self._found = self.add_text("", "text")
        self.commands = TextBox(tr("Commands that set up the virtual camera"), tr("Copy"))
        self.commands.setMinimumHeight(96)
        self.again = push_button(tr("Check again"), self._examine, tr("Look for the virtual camera again"))
        self.add(self.commands)
        self.add_row("", self.commands.copy_button, self.again)
        self.finish()
        window.bridge.status_changed.connect(self._show_status)
        self._show_status(window.bridge.status)

    def _show_status(self, status: Status) -> None:
        self._camera.setText(message_text(status.camera) or tr("No camera yet"))
        follows = status.following in (Following.TRACKING, Following.CALIBRATING)
        ready = tr("Your face is found. Sit as you will, look straight ahead, then press Calibrate or C.")
        self._face.setText(ready if follows else tr("No face yet: sit before the camera, with light on your face."))

    def _examine(self) -> None:
        self._window.bridge.slow_worker.submit(
            _examined, self._show_setup, lambda e: self._found.setText(message_text(str(e)))
        )

    def _show_setup(self, setup: CameraSetup) -> None:
        ready = setup.state.value == "ready"
        found, *others = map(message_text, (setup.found, *setup.notes, *setup.steps))
        lines = (f"{found[:1].upper()}{found[1:]}", *others)
        self._found.setText(tr("Ready: {}").format(found) if ready else "\n".join(lines))
        self.commands.setPlainText("\n".join(setup.commands))
        for widget in (self.commands, self.commands.copy_button):
            widget.setVisible(bool(setup.commands))
        self.commands.copy_button.setText(tr("Copy"))

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._examine()


def _examined() -> CameraSetup:
    from puppet.sinks.camera_setup import examine_setup

    return examine_setup()
