"""The View menu: what is drawn over the model's square, and the sheets about the session."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu, QWidget

from puppet.domain import Controls, Overlay
from ui.commands import keys_of

OVERLAYS = {
    "keypoints": (Overlay.KEYPOINTS, "Keypoints"),
    "masks": (Overlay.MASKS, "Masks of motion"),
    "occlusion": (Overlay.OCCLUSION, "Occlusion"),
    "flow": (Overlay.FLOW, "Flow"),
    "segments": (Overlay.SEGMENTS, "Segments with numbers"),
}
"""Command name -> what it switches, and its words."""


class OverlayMenu(QMenu):
    """Check marks for overlays, then commands. Its keys are the window's: here they are only shown.

    Signals:
        controls_changed: the new puppet.domain.Controls.
        wanted: the name of a command, as in ui.commands.
    """

    controls_changed = pyqtSignal(object)
    wanted = pyqtSignal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("View", parent)
        self._controls = Controls()
        self._actions: dict[str, QAction] = {}
        heading = self._added(QAction("Draw over the picture", self))
        heading.setEnabled(False)
        for name, (kind, text) in OVERLAYS.items():
            action = self._command(name, text)
            action.setCheckable(True)
            action.triggered.connect(lambda _on, kind=kind: self.toggle(kind))
        self.addSeparator()
        for name, text in (("timing", "Timing…"), ("engine", "Engine…"), ("square", "Draw a square to follow…")):
            action = self._command(name, text)
            action.triggered.connect(lambda _on, name=name: self.wanted.emit(name))
        self.show_abilities(0, detects=False)

    def action(self, name: str) -> QAction:
        """The entry of a command."""
        return self._actions[name]

    def set_controls(self, controls: Controls) -> None:
        """Check what is switched on without telling anybody."""
        self._controls = controls
        for name, (kind, _) in OVERLAYS.items():
            self._actions[name].setChecked(kind in controls.overlay)

    def show_abilities(self, segments: int, *, detects: bool) -> None:
        """Offer what the pack can do."""
        self._actions["segments"].setVisible(segments > 0)
        self._actions["square"].setVisible(detects)

    def toggle(self, kind: Overlay) -> None:
        """Switch an overlay on or off; nothing happens to one that the pack does not have."""
        if kind is not Overlay.SEGMENTS or self._actions["segments"].isVisible():
            self.set_controls(replace(self._controls, overlay=self._controls.overlay ^ kind))
            self.controls_changed.emit(self._controls)

    def _command(self, name: str, text: str) -> QAction:
        self._actions[name] = self._added(QAction(f"{text}\t{keys_of(name)}", self))
        return self._actions[name]

    def _added(self, action: QAction) -> QAction:
        self.addAction(action)
        return action
