"""Part swap: which parts of the portrait lie on the driver's own picture. Shown only for packs that have segments."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from puppet.domain import Controls, MaskFrom, Overlay, PartSwap
from ui.choice_box import ChoiceBox
from ui.theme import colours
from ui.widgets import Segments, Switch

_COLUMNS = 5
_ANIMATION, _PARTS = "animation", "parts"
_MASKS = {
    MaskFrom.SEGMENTS: "Parts by number",
    MaskFrom.LIPS: "Lips",
    MaskFrom.EYES: "Eyes",
    MaskFrom.BROWS: "Brows",
    MaskFrom.SKIN: "Skin of the face",
    MaskFrom.HAIR: "Hair",
    MaskFrom.HEAD: "Head",
}


class PartsPanel(QWidget):
    """Shows Controls.swap and lets the person change it; the choice is kept while animation is on.

    Attributes:
        mode: animation or part swap.
        outline: what says where the part lies.
        numbers: the buttons of the segments, the first being number 1.

    Signals:
        controls_changed: the new puppet.domain.Controls.
    """

    controls_changed = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._controls = Controls()
        self._swap = PartSwap()
        self.mode = Segments(
            "Use the portrait for",
            [
                (_ANIMATION, "Animation", "The portrait moves as you do"),
                (_PARTS, "Part swap", "You stay in the picture and wear parts of the portrait (P)"),
            ],
        )
        self.outline = ChoiceBox(
            "Which part", "What says where the part lies: the model's own parts, or the face's outline"
        )
        self.outline.refill([(label, mask.value) for mask, label in _MASKS.items()], MaskFrom.SEGMENTS.value)
        self.numbers: list[QPushButton] = []
        self._number_row = QWidget()
        self._grid = QGridLayout(self._number_row)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        self._hint = QLabel("Choose the parts that the portrait gives; the switch below shows which is which.")
        self._hint.setObjectName("muted")
        self._hint.setWordWrap(True)
        self.show_numbers = Switch("Show the parts' numbers")
        self.show_numbers.setToolTip("Colours and numbers on the picture (Shift+S)")
        self.hard = Switch("Hard edges")
        self.hard.setToolTip("Cut parts out sharply; else they blend as softly as the model sees them")
        self.source_mask = Switch("Portrait's outline")
        self.source_mask.setToolTip("The part keeps the shape it has in the portrait; else the shape of yours")
        self._details = QWidget()
        self._build()
        self._connect()
        self.set_controls(self._controls)

    def set_segments(self, count: int) -> None:
        """Offer so many parts."""
        if count == len(self.numbers):
            return
        for button in self.numbers:
            self._grid.removeWidget(button)
            button.deleteLater()
        self.numbers = [self._number(number) for number in range(1, count + 1)]
        for place, button in enumerate(self.numbers):
            self._grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
        self._swap = replace(self._swap, segments=tuple(n for n in self._swap.segments if n <= count))
        self.dress()
        self._show()

    def set_controls(self, controls: Controls) -> None:
        """Show `controls` without telling anybody."""
        self._controls = controls
        self._swap = controls.swap or self._swap
        self._show()

    def dress(self) -> None:
        """Paint the numbers in the overlay's colours on the theme's ground; call it when the theme has changed."""
        from puppet.overlay import segment_colour  # loads OpenCV, which a pack with segments has loaded already

        for number, button in enumerate(self.numbers, start=1):
            button.setStyleSheet(_number_style(QColor(*segment_colour(number))))

    def toggle(self) -> None:
        """From animation to part swap and back."""
        self._choose_mode(_PARTS if self._controls.swap is None else _ANIMATION)

    def _build(self) -> None:
        details = QVBoxLayout(self._details)
        layout = QVBoxLayout(self)
        for each in (details, layout):
            each.setContentsMargins(0, 0, 0, 0)
            each.setSpacing(10)
        widgets = (self.outline, self._number_row, self._hint, self.show_numbers, self.hard, self.source_mask)
        for widget in widgets:
            details.addWidget(widget)
        layout.addWidget(self.mode)
        layout.addWidget(self._details)

    def _connect(self) -> None:
        self.mode.chosen.connect(self._choose_mode)
        self.outline.activated.connect(lambda row: self._change(replace(self._swap, mask=list(_MASKS)[row])))
        self.hard.toggled.connect(lambda on: self._change(replace(self._swap, hard=on)))
        self.source_mask.toggled.connect(lambda on: self._change(replace(self._swap, source_mask=on)))
        self.show_numbers.toggled.connect(self._show_overlay)

    def _number(self, number: int) -> QPushButton:
        button = QPushButton(str(number))
        button.setCheckable(True)
        button.setAccessibleName(f"Part {number}")
        button.setToolTip(f"Take part {number} from the portrait")
        button.clicked.connect(lambda: self._change(replace(self._swap, segments=self._pressed())))
        return button

    def _pressed(self) -> tuple[int, ...]:
        return tuple(number for number, button in enumerate(self.numbers, start=1) if button.isChecked())

    def _choose_mode(self, mode: str) -> None:
        self._tell(replace(self._controls, swap=self._swap if mode == _PARTS else None))

    def _change(self, swap: PartSwap) -> None:
        self._swap = swap
        self._tell(replace(self._controls, swap=swap))

    def _show_overlay(self, on: bool) -> None:
        overlay = self._controls.overlay | Overlay.SEGMENTS if on else self._controls.overlay & ~Overlay.SEGMENTS
        self._tell(replace(self._controls, overlay=overlay))

    def _tell(self, controls: Controls) -> None:
        if controls != self._controls:
            self._controls = controls
            self._show()
            self.controls_changed.emit(controls)

    def _show(self) -> None:
        swap, is_on = self._swap, self._controls.swap is not None
        self.mode.set_choice(_PARTS if is_on else _ANIMATION)
        self._details.setVisible(is_on)
        by_number = swap.mask is MaskFrom.SEGMENTS
        self.outline.setCurrentIndex(self.outline.findData(swap.mask.value))
        self._number_row.setVisible(by_number)
        self._hint.setVisible(by_number and not swap.segments)
        for number, button in enumerate(self.numbers, start=1):
            button.setChecked(number in swap.segments)
        for switch, on in (
            (self.hard, swap.hard),
            (self.source_mask, swap.source_mask),
            (self.show_numbers, Overlay.SEGMENTS in self._controls.overlay),
        ):
            switch.blockSignals(True)
            switch.setChecked(on)
            switch.blockSignals(False)


def _number_style(colour: QColor) -> str:
    """A key with a rim in the overlay's colour, filled with it while it is pressed."""
    on_colour = "#000000" if _luminance(colour) > 0.18 else "#ffffff"
    now, name = colours(), colour.name()
    return (
        f"QPushButton {{ padding: 4px 0; min-width: 30px; font-weight: 600; border: 2px solid {name}; }}"
        f"QPushButton:checked {{ background: {name}; color: {on_colour}; border-color: {name}; }}"
        f"QPushButton:focus, QPushButton:checked:focus {{ border: 2px solid {now.text}; padding: 4px 0; }}"
    )


def _luminance(colour: QColor) -> float:
    """WCAG's relative luminance, to choose black or white letters by."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
