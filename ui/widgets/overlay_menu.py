"""View menu: overlays to draw over the crop, the badge, and commands for people who study the models."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu, QWidget

from puppet.domain import Badge, Controls, Overlay
from ui.commands import first_key
from ui.controls_model import ControlsModel
from ui.translation import tr

OVERLAYS = {
    "keypoints": (Overlay.KEYPOINTS, tr("Keypoints")),
    "masks": (Overlay.MASKS, tr("Masks of motion")),
    "occlusion": (Overlay.OCCLUSION, tr("Occlusion")),
    "flow": (Overlay.FLOW, tr("Flow")),
    "segments": (Overlay.SEGMENTS, tr("Segments with numbers")),
}
"""Command name -> the overlay it switches, and its label."""


class OverlayMenu(QMenu):
    """Check marks for overlays, then commands. The window binds their keys; the menu only shows them.

    Args:
        parent: the window.
        controls: their overlay is shown and changed.

    Attributes:
        entries: by the names of their commands.

    Signals:
        wanted: the name of a command, as in ui.commands.
    """

    wanted = pyqtSignal(str)

    def __init__(self, parent: QWidget, controls: ControlsModel) -> None:
        super().__init__(tr("View"), parent)
        self._controls = controls
        self.entries: dict[str, QAction] = {}
        heading = QAction(tr("Overlays"), self)
        heading.setEnabled(False)
        self.addAction(heading)
        for name, (overlay, text) in OVERLAYS.items():
            self._add_entry(name, text, partial(self.toggle, overlay))
            self.entries[name].setCheckable(True)
        self.addSeparator()
        self._add_entry("badge", tr('Label "Made with AI"'), self.toggle_badge)
        self.entries["badge"].setCheckable(True)
        self.addSeparator()
        for name, text in (
            ("timings", tr("Timings…")),
            ("engine", tr("Engine…")),
            ("box", tr("Draw a box to follow…")),
        ):
            self._add_entry(name, text, partial(self.wanted.emit, name))
        self.show_abilities(0, detects=False)
        controls.changed.connect(self._show)
        self._show(controls.current)

    def show_abilities(self, segments: int, *, detects: bool) -> None:
        """Show the entries that the pack supports."""
        self.entries["segments"].setVisible(segments > 0)
        self.entries["box"].setVisible(detects)

    def toggle(self, overlay: Overlay) -> None:
        """Switch an overlay on or off; segments only with a pack that has them."""
        if overlay is not Overlay.SEGMENTS or self.entries["segments"].isVisible():
            self._controls.update(overlay=self._controls.current.overlay ^ overlay)

    def toggle_badge(self) -> None:
        """Show or hide the badge."""
        self._controls.update(badge=None if self._controls.current.badge else Badge())

    def _show(self, controls: Controls) -> None:
        self.entries["badge"].setChecked(controls.badge is not None)
        for name, (overlay, _) in OVERLAYS.items():
            self.entries[name].setChecked(overlay in controls.overlay)

    def _add_entry(self, name: str, text: str, act: Callable[[], object]) -> None:
        self.entries[name] = entry = QAction(f"{text}\t{first_key(name)}", self)
        entry.triggered.connect(act)
        self.addAction(entry)
