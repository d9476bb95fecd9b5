"""Part swap panel, for packs with segments: the parts of one or more portraits on the performer's own picture.

At least one part is always chosen: without one, the performer's own picture would be shown as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from puppet.domain import Controls, MaskFrom, Overlay, PartSwap
from puppet.userdata.gallery import GalleryItem
from ui.controls_model import ControlsModel
from ui.panels.part_sources import PartSourcesPanel
from ui.translation import tr
from ui.widgets.basic import ChoiceButtons, Switch, arrange, styled_label
from ui.widgets.combo import ComboBox

_MASKS = {
    MaskFrom.SEGMENTS: tr("Segments by number"),
    MaskFrom.LIPS: tr("Lips"),
    MaskFrom.EYES: tr("Eyes"),
    MaskFrom.BROWS: tr("Brows"),
    MaskFrom.SKIN: tr("Skin of the face"),
    MaskFrom.HAIR: tr("Hair"),
    MaskFrom.HEAD: tr("Head"),
}


class PartSwapPanel(QWidget):
    """Shows and changes Controls.swap; keeps the choice while the portrait is animated.

    Args:
        controls: shown and changed.

    Attributes:
        mode: False: animation, True: part swap.
        part: which part is swapped.
        sources: the portraits that give segments, with a button for each segment.
        show_numbers: switches the overlay of segments.
        hard: hard or soft edges.
        source_mask: the part's shape in the portrait, or in the performer's picture.

    Signals:
        wanted: the person wants part swap; nothing changes before `switch_on`.
    """

    wanted = pyqtSignal()

    def __init__(self, controls: ControlsModel) -> None:
        super().__init__()
        self._controls = controls
        self._swap = PartSwap()  # with others even while the mask allows none
        self.mode = ChoiceButtons(
            tr("Use the portrait for"),
            [
                (False, tr("Animation"), tr("The portrait moves as you do")),
                (True, tr("Part swap"), tr("You stay in the picture and wear parts of the portrait (P)")),
            ],
        )
        self.part = ComboBox(
            tr("Part"), tr("The part to swap: segments that the model finds, or an outline of the face")
        )
        self.part.refill([(label, mask.value) for mask, label in _MASKS.items()], MaskFrom.SEGMENTS.value)
        self.sources = PartSourcesPanel()
        hint = tr("Released segments stay your own; the switch below shows their numbers.")
        self._hint = styled_label(hint, "muted", wrap=True)
        self.show_numbers = Switch(tr("Show segment numbers"))
        self.show_numbers.setToolTip(tr("Draw colours and numbers on the picture (Shift+S)"))
        self.hard = Switch(tr("Hard edges"))
        self.hard.setToolTip(tr("Cut parts out sharply; off: blend their edges"))
        self.source_mask = Switch(tr("Portrait's outline"))
        self.source_mask.setToolTip(tr("Give the part its shape in the portrait; off: its shape in your picture"))
        self._details = QWidget()
        details = (self.part, self.sources, self._hint, self.show_numbers, self.hard, self.source_mask)
        arrange(QVBoxLayout(self._details), *details, spacing=10)
        arrange(QVBoxLayout(self), self.mode, self._details, spacing=10)
        self._connect()
        self._show(controls.current)

    def set_segments(self, count: int) -> None:
        """Offer `count` segments."""
        if count == len(self.sources.own.keys):
            return
        self.sources.set_count(count)
        self._keep([[n for n in each if n <= count] for each in _segments(self._swap)])
        self._show(self._controls.current)

    def set_others(self, items: list[GalleryItem]) -> None:
        """Set the further portraits that give segments; those already set keep their segments."""
        before = [row.item.path for row in self.sources.others if row.item is not None]
        chosen = dict(zip(before, self._swap.others, strict=True))
        self._keep([self._swap.segments, *(chosen.get(item.path, ()) for item in items)])
        self.sources.set_others(items)
        if self._controls.current.swap is None:
            self._show(self._controls.current)
        else:
            self._change(self._swap)

    def switch_on(self) -> None:
        """Show the performer's own picture with the chosen parts."""
        self._controls.update(swap=self._effective_swap())

    def toggle(self) -> None:
        """Switch to animation, or ask for part swap."""
        self._switch(on=self._controls.current.swap is None)

    def _connect(self) -> None:
        self._controls.changed.connect(self._show)
        self.mode.chosen.connect(self._switch)
        self.sources.segments_chosen.connect(self._choose_segments)
        self.part.activated.connect(lambda row: self._change(replace(self._swap, mask=list(_MASKS)[row])))
        self.hard.clicked.connect(lambda on: self._change(replace(self._swap, hard=on)))
        self.source_mask.clicked.connect(lambda on: self._change(replace(self._swap, source_mask=on)))
        self.show_numbers.clicked.connect(self._show_overlay)

    def _choose_segments(self, source: int, numbers: tuple[int, ...]) -> None:
        # A segment is taken from one portrait only, the one chosen last: its picture would hide the others.
        chosen = [[n for n in each if n not in numbers] for each in _segments(self._swap)]
        chosen[source] = list(numbers)
        if any(chosen):
            self._keep(chosen)
        self._change(self._swap)

    def _keep(self, segments: Sequence[Sequence[int]]) -> None:
        """Choose these segments of each portrait; all of the shown portrait's, if these are none."""
        if not any(segments):
            segments = [range(1, len(self.sources.own.keys) + 1), *segments[1:]]
        self._swap = replace(self._swap, segments=tuple(segments[0]), others=tuple(map(tuple, segments[1:])))

    def _switch(self, on: bool) -> None:
        if on and self._controls.current.swap is None:
            self._show(self._controls.current)  # the button was pressed by the click
            self.wanted.emit()
        elif not on:
            self._controls.update(swap=None)

    def _change(self, swap: PartSwap) -> None:
        self._swap = swap
        self._controls.update(swap=self._effective_swap())
        self._show(self._controls.current)  # also when the effective swap is the same

    def _effective_swap(self) -> PartSwap:
        # An outline (lips, eyes ...) is one part: of several portraits only the last would be visible. The command line
        # refuses several; here the shown portrait gives it, and the others return with the segments.
        return self._swap if self._swap.mask is MaskFrom.SEGMENTS else replace(self._swap, others=())

    def _show_overlay(self, on: bool) -> None:
        overlay = self._controls.current.overlay
        self._controls.update(overlay=overlay | Overlay.SEGMENTS if on else overlay & ~Overlay.SEGMENTS)

    def _show(self, controls: Controls) -> None:
        if controls.swap is not None:
            self._swap = replace(controls.swap, others=self._swap.others)
        swap, by_number = self._swap, self._swap.mask is MaskFrom.SEGMENTS
        self.mode.set_choice(controls.swap is not None)
        self._details.setVisible(controls.swap is not None)
        self.part.setCurrentIndex(self.part.findData(swap.mask.value))
        self.sources.setVisible(by_number)
        self.sources.press(_segments(swap))
        self._hint.setVisible(by_number)
        self.hard.setChecked(swap.hard)
        self.source_mask.setChecked(swap.source_mask)
        self.show_numbers.setChecked(Overlay.SEGMENTS in controls.overlay)


def _segments(swap: PartSwap) -> list[Sequence[int]]:
    """Return the segments of each portrait, the shown one first."""
    return [swap.segments, *swap.others]
