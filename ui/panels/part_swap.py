"""Part swap: which parts of one or more portraits lie on the driver's picture. Shown only for packs with segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from puppet.domain import Controls, MaskFrom, Overlay, PartSwap
from puppet.gallery import GalleryItem
from ui.panels.part_sources import PartSourcesPanel
from ui.widgets.basic import Segments, Switch
from ui.widgets.combo import ComboBox

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


class PartSwapPanel(QWidget):
    """Shows Controls.swap and lets the person change it; the choice is kept while animation is on.

    Attributes:
        mode: animation or part swap.
        outline: what says where the part lies.
        sources: the portraits that give parts by number, and the keys of each.

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
        self.outline = ComboBox(
            "Which part", "What says where the part lies: the model's own parts, or the face's outline"
        )
        self.outline.refill([(label, mask.value) for mask, label in _MASKS.items()], MaskFrom.SEGMENTS.value)
        self.sources = PartSourcesPanel()
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
        if count == len(self.sources.own.keys):
            return
        self.sources.set_count(count)
        self._swap = _giving(self._swap, [[n for n in numbers if n <= count] for numbers in _given(self._swap)])
        self._show()

    def set_others(self, items: list[GalleryItem]) -> None:
        """The portraits that give parts beside the one that is shown; those that did already give what they gave."""
        before = [row.item.path for row in self.sources.others if row.item is not None]
        given = dict(zip(before, self._swap.others, strict=True))
        self._swap = replace(self._swap, others=tuple(given.get(item.path, ()) for item in items))
        self.sources.set_others(items)
        if self._controls.swap is None:
            self._show()
        else:
            self._change(self._swap)

    def set_controls(self, controls: Controls) -> None:
        """Show `controls` without telling anybody."""
        self._controls = controls
        if controls.swap is not None:
            self._swap = replace(controls.swap, others=self._swap.others)  # theirs are chosen here alone: see _asked
        self._show()

    def apply_theme(self) -> None:
        """Take on the theme's colours; call it when the theme has changed."""
        self.sources.apply_theme()

    def toggle(self) -> None:
        """From animation to part swap and back."""
        self._choose_mode(_PARTS if self._controls.swap is None else _ANIMATION)

    def _build(self) -> None:
        details = QVBoxLayout(self._details)
        layout = QVBoxLayout(self)
        for each in (details, layout):
            each.setContentsMargins(0, 0, 0, 0)
            each.setSpacing(10)
        widgets = (self.outline, self.sources, self._hint, self.show_numbers, self.hard, self.source_mask)
        for widget in widgets:
            details.addWidget(widget)
        layout.addWidget(self.mode)
        layout.addWidget(self._details)

    def _connect(self) -> None:
        self.mode.chosen.connect(self._choose_mode)
        self.sources.given.connect(self._give)
        self.outline.activated.connect(lambda row: self._change(replace(self._swap, mask=list(_MASKS)[row])))
        self.hard.toggled.connect(lambda on: self._change(replace(self._swap, hard=on)))
        self.source_mask.toggled.connect(lambda on: self._change(replace(self._swap, source_mask=on)))
        self.show_numbers.toggled.connect(self._show_overlay)

    def _give(self, place: int, numbers: tuple[int, ...]) -> None:
        # One portrait gives a part, the one asked last: where masks overlap, what lies beneath would not be seen.
        given = [[n for n in each if n not in numbers] for each in _given(self._swap)]
        given[place] = list(numbers)
        self._change(_giving(self._swap, given))

    def _choose_mode(self, mode: str) -> None:
        self._tell(replace(self._controls, swap=self._asked() if mode == _PARTS else None))

    def _change(self, swap: PartSwap) -> None:
        self._swap = swap
        self._tell(replace(self._controls, swap=self._asked()))

    def _asked(self) -> PartSwap:
        # An outline (lips, eyes ...) is one part: several portraits would lie on each other and the last alone be seen,
        # so the command line refuses them. Here the portrait that is shown gives it, and the others wait for numbers.
        return self._swap if self._swap.mask is MaskFrom.SEGMENTS else replace(self._swap, others=())

    def _show_overlay(self, on: bool) -> None:
        overlay = self._controls.overlay | Overlay.SEGMENTS if on else self._controls.overlay & ~Overlay.SEGMENTS
        self._tell(replace(self._controls, overlay=overlay))

    def _tell(self, controls: Controls) -> None:
        changed, self._controls = controls != self._controls, controls
        self._show()
        if changed:
            self.controls_changed.emit(controls)

    def _show(self) -> None:
        swap, is_on = self._swap, self._controls.swap is not None
        self.mode.set_choice(_PARTS if is_on else _ANIMATION)
        self._details.setVisible(is_on)
        by_number = swap.mask is MaskFrom.SEGMENTS
        self.outline.setCurrentIndex(self.outline.findData(swap.mask.value))
        self.sources.setVisible(by_number)
        self._hint.setVisible(by_number and not any(_given(swap)))
        self.sources.press(_given(swap))
        for switch, on in (
            (self.hard, swap.hard),
            (self.source_mask, swap.source_mask),
            (self.show_numbers, Overlay.SEGMENTS in self._controls.overlay),
        ):
            switch.blockSignals(True)
            switch.setChecked(on)
            switch.blockSignals(False)


def _given(swap: PartSwap) -> list[Sequence[int]]:
    """The numbers of each portrait, the one that is shown first."""
    return [swap.segments, *swap.others]


def _giving(swap: PartSwap, given: Sequence[Sequence[int]]) -> PartSwap:
    """The swap with other numbers of each portrait."""
    return replace(swap, segments=tuple(given[0]), others=tuple(map(tuple, given[1:])))
