"""Features that depend on the pack: overlays, part swap, and the timings of every stage."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import QObject, QPoint
from PyQt6.QtWidgets import QWidget

from puppet.domain import Overlay, Status
from ui.controllers.portraits import PortraitsController
from ui.dialogs.timings import TimingsDialog
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.widgets.overlay_menu import OVERLAYS, OverlayMenu


class InspectionController(QObject):
    """Shows what the pack supports, and nothing else, in the overlay menu and the panel.

    Args:
        window: parent of the menu and the dialog.
        bridge: gives the status.
        panel: its sections for part swap and the box.
        portraits: the gallery's portraits, the sources of a part swap.

    Attributes:
        menu: the overlay menu.
        timings_dialog: times of every stage.
    """

    def __init__(
        self, window: QWidget, bridge: SessionBridge, panel: ControlsPanel, portraits: PortraitsController
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._panel = panel
        self.menu = OverlayMenu(window, bridge.controls)
        self.timings_dialog = TimingsDialog(window)
        bridge.status_changed.connect(self._show_status)
        sources = panel.part_swap.sources
        portraits.items_changed.connect(sources.set_items)
        portraits.chosen_changed.connect(sources.set_own)
        portraits.thumbnails.ready.connect(sources.set_thumbnail)
        portraits.others_changed.connect(panel.part_swap.set_others)
        sources.other_wanted.connect(portraits.add_other)
        sources.other_unwanted.connect(portraits.drop_other)

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return its actions by the names of ui.commands."""
        return {
            "part swap": self.toggle_part_swap,
            "timings": self.toggle_timings,
            "badge": self.menu.toggle_badge,
            **{name: partial(self.menu.toggle, overlay) for name, (overlay, _) in OVERLAYS.items()},
        }

    def show_menu(self, button: QWidget) -> None:
        """Open the overlay menu above its button."""
        self.menu.popup(button.mapToGlobal(QPoint(0, -self.menu.sizeHint().height())))

    def toggle_timings(self) -> None:
        """Open the timings dialog, or close it."""
        if self.timings_dialog.isVisible():
            self.timings_dialog.accept()
            return
        self.timings_dialog.show_status(self._bridge.status)
        self.timings_dialog.show()
        self.timings_dialog.raise_()

    def toggle_part_swap(self) -> None:
        """Switch part swap on or off, if the pack has segments."""
        if self._bridge.status.segments:
            self._panel.part_swap.toggle()

    def _show_status(self, status: Status) -> None:
        self._panel.show_abilities(status.segments, detects=status.detects)
        self.menu.show_abilities(status.segments, detects=status.detects)
        if self.timings_dialog.isVisible():
            self.timings_dialog.show_status(status)
        if not status.segments:
            controls = self._bridge.controls
            controls.update(swap=None, overlay=controls.current.overlay & ~Overlay.SEGMENTS)
