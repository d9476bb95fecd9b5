"""Output: size, background, label and the clean output window, together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QLabel, QLineEdit, QSpinBox, QWidget

from puppet.config import NAMED_SIZES, SIZE_RANGE_PX
from puppet.controls import BADGE_SIZE_RANGE
from puppet.domain import Badge, Controls, Corner
from puppet.errors import ConfigError
from ui.controllers.background import BackgroundController
from ui.controllers.clean_output import screen_label
from ui.panels.background import BackgroundPanel
from ui.translation import message_text, tr
from ui.widgets.basic import ChoiceButtons, SliderRow, Switch, push_button, show_or_hide
from ui.widgets.combo import ComboBox
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_SIZES = {
    "720p": tr("720p"),
    "1080p": tr("1080p"),
    "square": tr("Square"),
    "vertical": tr("Vertical"),
}
_CORNERS = {
    Corner.TOP_LEFT: tr("Top left"),
    Corner.TOP_RIGHT: tr("Top right"),
    Corner.BOTTOM_LEFT: tr("Bottom left"),
    Corner.BOTTOM_RIGHT: tr("Bottom right"),
}


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return OutputPage(window)


class OutputPage(PageWidget):
    """Shows and changes what leaves the window.

    Attributes:
        sizes: its keys are sizes (width, height) in pixels.
        width_px, height_px: another size, used by `use_size`.
        background: what is shown behind the person.
        badge: switches the label on.
        badge_text, corner: of the label.
        screens: the screens by name.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Output"))
        self._window = window
        self._controls = window.bridge.controls
        self._label = self._controls.current.badge or Badge()
        self._add_size()
        self._add_background()
        self._add_badge()
        self._add_window()
        self.finish()
        self._controls.changed.connect(self._show)
        window.picture_size.chosen.connect(self._show_size)
        window.clean_output.changed.connect(self._show_window)
        self._show(self._controls.current)
        self._show_size(window.picture_size.size)
        self._show_window()

    def _add_size(self) -> None:
        self.add_heading(tr("Size"))
        tip = tr("{} × {} pixels, for recording, virtual camera, snapshots and the output window")
        choose = self._window.picture_size.choose
        self.sizes = ChoiceButtons(
            tr("Size"), [(size, _SIZES[name], tip.format(*size)) for name, size in NAMED_SIZES.items()]
        )
        self.sizes.chosen.connect(choose)
        self.add(self.sizes)
        self.width_px, self.height_px = _pixels(tr("Width in pixels")), _pixels(tr("Height in pixels"))
        self.use_size = push_button(
            tr("Use"), lambda: choose((self.width_px.value() & ~1, self.height_px.value() & ~1)), tr("Use this size")
        )
        self.add_row(tr("Another size"), self.width_px, QLabel("×"), self.height_px, self.use_size)
        self.add_text(
            tr("A recording goes on in a new file. An open virtual camera keeps its size until it is closed.")
        )

    def _add_background(self) -> None:
        self.add_heading(tr("Background"))
        self.background = BackgroundPanel(self._controls)
        self._reader = BackgroundController(self._window.bridge, self._window.notices, self.background)
        self.add(self.background)
        self._sees_through = self.add_text(
            tr("Transparent: in snapshots and the output window. Recording and virtual camera need another background.")
        )

    def _add_badge(self) -> None:
        self.add_heading(tr("Label"))
        self.badge = Switch(tr("Show a label on the picture"))
        self.badge.setToolTip(tr("Tells everybody that the picture is made by AI (Shift+A)"))
        self.badge.clicked.connect(lambda on: self._controls.update(badge=self._label if on else None))
        self.badge_text = QLineEdit(self._label.text)
        self.badge_text.editingFinished.connect(lambda: self._relabel(text=self.badge_text.text()))
        self.corner = ChoiceButtons(tr("Corner"), [(corner, text, "") for corner, text in _CORNERS.items()])
        self.corner.chosen.connect(lambda corner: self._relabel(corner=corner))
        self.badge_size = SliderRow(
            tr("Size of the label"), tr("Height of the text"), BADGE_SIZE_RANGE[1], Badge().size
        )
        self.badge_size.slider.setMinimum(round(100 * BADGE_SIZE_RANGE[0]))
        self.badge_size.slider.setSingleStep(1)
        self.badge_size.changed.connect(lambda size: self._relabel(size=size))
        self._refusal = self.add_text("", "warning")
        self._refusal.hide()
        self.add(self.badge)
        self.add_row(tr("Text"), self.badge_text)
        self.add_row(tr("Corner"), self.corner)
        self.add(self.badge_size)

    def _add_window(self) -> None:
        clean, on_air = self._window.clean_output, self._window.on_air
        self.add_heading(tr("Output window"))
        self.add_text(tr("The finished picture alone, for window capture (OBS, Discord, Zoom) or a second screen."))
        self.shown = Switch(tr("Show the output window"))
        self.shown.setToolTip(tr("Without frame; drag it to move it, at its edges to resize it (O)"))
        self.full = Switch(tr("Fill the screen"))
        self.full.setToolTip(tr("Esc or a double-click in the window ends it; the pointer hides by itself"))
        self.on_top = Switch(tr("Above other windows"))
        self.on_top.clicked.connect(clean.set_on_top)
        for switch, act in ((self.shown, on_air.toggle_clean_output), (self.full, on_air.toggle_full_screen_output)):
            switch.clicked.connect(act)
            switch.clicked.connect(self._show_window)  # a question may come first
        self.screens = ComboBox(tr("Screen"), tr("The screen that the output window opens on"))
        self.screens.activated.connect(lambda row: clean.choose_screen(self.screens.itemData(row)))
        for switch in (self.shown, self.full, self.on_top):
            self.add(switch)
        self.add_row(tr("Screen"), self.screens)

    def _relabel(self, **changes: object) -> None:
        """Change the label; a refused text is replaced by the one before."""
        try:
            self._label = replace(self._label, **changes)  # type: ignore[arg-type]
        except ConfigError as error:
            show_or_hide(self._refusal, message_text(str(error)))
            self.badge_text.setText(self._label.text)
            return
        self._refusal.hide()
        if self._controls.current.badge is not None:
            self._controls.update(badge=self._label)

    def _show(self, controls: Controls) -> None:
        self._label = controls.badge or self._label
        self.badge.setChecked(controls.badge is not None)
        self.badge_text.setText(self._label.text)
        self.corner.set_choice(self._label.corner)
        self.badge_size.set_value(self._label.size)

    def _show_size(self, size: tuple[int, int]) -> None:
        self.sizes.set_choice(size)
        self.width_px.setValue(size[0])
        self.height_px.setValue(size[1])

    def _show_window(self) -> None:
        clean = self._window.clean_output
        self.shown.setChecked(clean.is_open)
        self.full.setChecked(clean.is_full)
        self.on_top.setChecked(clean.on_top)
        known = [(screen_label(screen), screen.name()) for screen in QGuiApplication.screens()]
        missing = [(tr("{} (unplugged)").format(clean.screen), clean.screen)]
        names = [name for _, name in known]
        extra = missing if clean.screen and clean.screen not in names else []
        self.screens.refill([(tr("Where Puppet is"), ""), *known, *extra], clean.screen)


def _pixels(name: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(*SIZE_RANGE_PX)
    box.setSingleStep(2)
    box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    box.setAccessibleName(name)
    return box
