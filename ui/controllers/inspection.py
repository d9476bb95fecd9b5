"""What the window shows of the pack at hand: what it can do, what it believes, how long it takes, where it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QObject, QPoint, pyqtSignal
from PyQt6.QtWidgets import QWidget

from puppet.domain import Controls, Status
from ui.controllers.box import BoxController
from ui.controllers.portraits import PortraitsController
from ui.dialogs.timings import TimingsDialog
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.status_text import supported_overlays
from ui.widgets.overlay_menu import OVERLAYS, OverlayMenu
from ui.widgets.preview import Preview


class InspectionController(QObject):
    """The View menu, the timing sheet, the square, and the sections of the panel that only some packs need.

    Args:
        window: what menus and sheets belong to.
        bridge: to the session.
        panel: its sections for parts and for what is looked at.
        stage: where a square is drawn.
        portraits: of the gallery, several of which can give parts.

    Attributes:
        menu: the View menu.
        look: the square.
        timing: the sheet of times, None before it was first wanted.

    Signals:
        controls_changed: the new puppet.domain.Controls.
    """

    controls_changed = pyqtSignal(object)

    def __init__(
        self,
        window: QWidget,
        bridge: SessionBridge,
        panel: ControlsPanel,
        stage: Preview,
        portraits: PortraitsController,
    ) -> None:
        super().__init__()
        self._window = window
        self._bridge = bridge
        self._panel = panel
        self._status: Status | None = None
        self.menu = OverlayMenu(window)
        self.menu.controls_changed.connect(self.controls_changed)
        self.box = BoxController(bridge, panel.box, stage)
        self.timings_dialog: TimingsDialog | None = None
        bridge.status_changed.connect(self.show_status)
        sources = panel.part_swap.sources
        portraits.items_changed.connect(sources.set_items)
        portraits.chosen_changed.connect(sources.set_own)
        portraits.thumbnail_ready.connect(sources.set_thumbnail)
        portraits.others_changed.connect(panel.part_swap.set_others)
        sources.other_wanted.connect(portraits.add_other)
        sources.other_unwanted.connect(portraits.drop_other)

    def commands(self) -> dict[str, Callable[[], object]]:
        """What it does, by the names of ui.commands."""
        return {
            "part swap": self.toggle_part_swap,
            "square": self.box.draw,
            "timing": self.show_timings,
            **{name: partial(self.menu.toggle, kind) for name, (kind, _) in OVERLAYS.items()},
        }

    def set_controls(self, controls: Controls) -> None:
        """Show `controls` without telling anybody."""
        self.menu.set_controls(controls)

    def show_status(self, status: Status) -> None:
        """Offer what the pack can do, and take back an overlay or a swap that it cannot."""
        self._status = status
        self._panel.show_abilities(status.segments, detects=status.detects)
        self.menu.show_abilities(status.segments, detects=status.detects)
        if self.timings_dialog is not None and self.timings_dialog.isVisible():
            self.timings_dialog.show_status(status)
        controls = self._bridge.controls
        swap = controls.swap if status.segments else None
        fit = replace(controls, swap=swap, overlay=supported_overlays(controls.overlay, status.segments))
        if fit != controls:
            self.controls_changed.emit(fit)

    def show_menu(self, button: QWidget) -> None:
        """Open the View menu above its button."""
        self.menu.popup(button.mapToGlobal(QPoint(0, -self.menu.sizeHint().height())))

    def show_timings(self) -> None:
        """Open the sheet of times."""
        if self.timings_dialog is None:
            self.timings_dialog = TimingsDialog(self._window)
        self.timings_dialog.show_status(self._status)
        self.timings_dialog.show()
        self.timings_dialog.raise_()

    def toggle_part_swap(self) -> None:
        """Part swap on or off, with a pack that has parts."""
        if self._status is not None and self._status.segments:
            self._panel.part_swap.toggle()
