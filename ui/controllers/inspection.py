"""What the window shows of the pack at hand: what it can do, what it believes, how long it takes, where it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PyQt6.QtCore import QObject, QPoint, pyqtSignal
from PyQt6.QtWidgets import QWidget

from puppet.domain import Controls, Status
from ui.controllers.box import Look
from ui.controllers.portraits import Portraits
from ui.dialogs.timings import TimingSheet
from ui.panels.controls import ControlsPanel
from ui.session_bridge import SessionBridge
from ui.status_text import fitting
from ui.widgets.overlay_menu import OVERLAYS, ViewMenu
from ui.widgets.preview import Preview


class ModelView(QObject):
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
        self, window: QWidget, bridge: SessionBridge, panel: ControlsPanel, stage: Preview, portraits: Portraits
    ) -> None:
        super().__init__()
        self._window = window
        self._bridge = bridge
        self._panel = panel
        self._status: Status | None = None
        self.menu = ViewMenu(window)
        self.menu.controls_changed.connect(self.controls_changed)
        self.look = Look(bridge, panel.look, stage)
        self.timing: TimingSheet | None = None
        bridge.status_changed.connect(self.show_status)
        givers = panel.parts.givers
        portraits.items_changed.connect(givers.set_items)
        portraits.chosen_changed.connect(givers.set_own)
        portraits.thumbnail_ready.connect(givers.set_thumbnail)
        portraits.others_changed.connect(panel.parts.set_others)
        givers.other_wanted.connect(portraits.add_other)
        givers.other_unwanted.connect(portraits.drop_other)

    def commands(self) -> dict[str, Callable[[], object]]:
        """What it does, by the names of ui.commands."""
        return {
            "part swap": self.toggle_parts,
            "square": self.look.draw,
            "timing": self.show_timing,
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
        if self.timing is not None and self.timing.isVisible():
            self.timing.show_status(status)
        controls = self._bridge.controls
        swap = controls.swap if status.segments else None
        fit = replace(controls, swap=swap, overlay=fitting(controls.overlay, status.segments))
        if fit != controls:
            self.controls_changed.emit(fit)

    def show_menu(self, button: QWidget) -> None:
        """Open the View menu above its button."""
        self.menu.popup(button.mapToGlobal(QPoint(0, -self.menu.sizeHint().height())))

    def show_timing(self) -> None:
        """Open the sheet of times."""
        if self.timing is None:
            self.timing = TimingSheet(self._window)
        self.timing.show_status(self._status)
        self.timing.show()
        self.timing.raise_()

    def toggle_parts(self) -> None:
        """Part swap on or off, with a pack that has parts."""
        if self._status is not None and self._status.segments:
            self._panel.parts.toggle()
