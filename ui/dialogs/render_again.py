"""Dialog that asks how a take is rendered again: portraits, pack, size, background, gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from puppet.config import NAMED_SIZES, RenderOptions
from puppet.controls import GAIN_RANGE, Background, BackgroundKind
from puppet.takes.take import Take
from puppet.userdata.gallery import GalleryItem
from ui.translation import tr
from ui.widgets.basic import ChoiceButtons, SliderRow, arrange, push_button, styled_label
from ui.widgets.combo import ComboBox

_AS_RECORDED = "as recorded"
_GAINS = {"strength": tr("Head"), "mouth": tr("Mouth"), "eyes": tr("Eyes")}
_LIST_PX = 190


class RenderAgainDialog(QDialog):
    """Nothing is rendered before Render; at least one portrait has to be ticked.

    Args:
        parent: the window of pages.
        take: what is rendered.
        recorded: the options it was recorded with.
        portraits: of the gallery.
        packs: names of the installed packs.

    Attributes:
        portraits: the list with ticks.
        packs, sizes, background: see RenderOptions.
        gains: sliders by the names of their fields in Controls.
        start: emits `wanted`.

    Signals:
        wanted: (list of paths of portraits, puppet.config.RenderOptions).
    """

    wanted = pyqtSignal(object, object)

    def __init__(
        self,
        parent: QWidget,
        take: Take,
        recorded: RenderOptions,
        portraits: Sequence[GalleryItem],
        packs: Sequence[str],
    ) -> None:
        super().__init__(parent)
        self._recorded = recorded
        self.setWindowTitle(tr("Render {} again").format(take.name))
        self.portraits = QListWidget()
        self.portraits.setAccessibleName(tr("Portraits"))
        self.portraits.setMinimumHeight(_LIST_PX)
        for item in portraits:
            row = QListWidgetItem(item.name)
            row.setData(Qt.ItemDataRole.UserRole, item.path)
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            row.setCheckState(Qt.CheckState.Unchecked)
            self.portraits.addItem(row)
        self.portraits.itemChanged.connect(self._show_state)
        self.packs = ComboBox(tr("Pack"), tr("The model that renders"))
        self.packs.refill([(name, name) for name in dict.fromkeys([recorded.pack, *packs])], recorded.pack)
        self.sizes = ComboBox(tr("Size"), tr("Of the video"))
        recorded_size = "{}x{}".format(*recorded.size) if recorded.size else ""
        named = [(f"{name} ({size[0]} × {size[1]})", name) for name, size in NAMED_SIZES.items()]
        self.sizes.refill([(tr("As recorded ({})").format(recorded_size), _AS_RECORDED), *named], _AS_RECORDED)
        self.background = ChoiceButtons(
            tr("Background"),
            [
                (None, tr("As recorded"), ""),
                (BackgroundKind.KEEP, tr("Own"), tr("The portrait's own background")),
                (BackgroundKind.BLUR, tr("Blur"), tr("The portrait's own background, blurred")),
            ],
        )
        self._kind: BackgroundKind | None = None
        self.background.chosen.connect(self._choose_background)
        self.background.set_choice(None)
        self.gains = {
            field: SliderRow(name, tr("Gain of the motion"), GAIN_RANGE[1], getattr(recorded.controls, field))
            for field, name in _GAINS.items()
        }
        self.start = push_button(tr("Render"), self._emit, tr("Renders in the background, while you go on"))
        self.start.setDefault(True)
        self._build()
        self._show_state()

    def options(self) -> RenderOptions:
        """Return the options that are shown."""
        gains: dict[str, Any] = {field: row.slider.value() / 100 for field, row in self.gains.items()}
        controls = replace(self._recorded.controls, **gains)
        if self._kind is not None:
            controls = replace(controls, background=Background(self._kind))
        size = self.sizes.currentData()
        chosen = self._recorded.size if size == _AS_RECORDED else NAMED_SIZES[size]
        return replace(self._recorded, controls=controls, size=chosen, pack=str(self.packs.currentData()))

    def _choose_background(self, kind: BackgroundKind | None) -> None:
        self._kind = kind
        self.background.set_choice(kind)

    def _ticked(self) -> list[object]:
        rows = [self.portraits.item(row) for row in range(self.portraits.count())]
        return [
            row.data(Qt.ItemDataRole.UserRole)
            for row in rows
            if row is not None and row.checkState() is Qt.CheckState.Checked
        ]

    def _show_state(self) -> None:
        self.start.setEnabled(bool(self._ticked()))

    def _emit(self) -> None:
        self.wanted.emit(self._ticked(), self.options())
        self.accept()

    def _build(self) -> None:
        text = tr("Same motion, same times, same sound. One video for each portrait, in the take's folder.")
        left = arrange(QVBoxLayout(), QLabel(tr("Portraits")), self.portraits, spacing=6)
        right = arrange(
            QVBoxLayout(),
            QLabel(tr("Pack")),
            self.packs,
            QLabel(tr("Size")),
            self.sizes,
            QLabel(tr("Background")),
            self.background,
            *self.gains.values(),
            spacing=6,
        )
        right.addStretch()
        columns = arrange(QHBoxLayout(), left, right, spacing=18)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(push_button(tr("Cancel"), self.reject))
        row.addWidget(self.start)
        intro = styled_label(text, "muted", wrap=True)
        arrange(QVBoxLayout(self), intro, columns, row, spacing=14, margins=(24, 20, 24, 20))
        self.setMinimumWidth(560)
