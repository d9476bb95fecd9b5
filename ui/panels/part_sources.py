"""Part sources: the shown portrait and up to three others of the gallery that give segments in a part swap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPixmap
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from puppet.userdata.gallery import GalleryItem
from ui.style.icons import icon
from ui.style.theme import colours
from ui.translation import tr
from ui.widgets.basic import ElidedLabel, arrange
from ui.widgets.combo import ComboBox

MAX_OTHERS = 3
"""Portraits beside the shown one; each costs another run of the network per frame."""
_COLUMNS = 5
_THUMBNAIL = QSize(26, 26)
_LIST_ICON = QSize(22, 22)  # leaves a gap between the rows of the list
_ICON_PX = 78  # three times the size on screen


class PartSourceRow(QWidget):
    """One portrait: picture, name, a button that removes it, and a button for each segment.

    Attributes:
        item: the portrait; None: the shown one, before it is known.
        keys: the segments' buttons, the first for segment 1.
        cross: the button that removes the portrait, hidden in the row of the shown one.

    Signals:
        segments_chosen: the tuple of pressed segments, after the person pressed one.
    """

    segments_chosen = pyqtSignal(tuple)

    def __init__(self, item: GalleryItem | None = None) -> None:
        super().__init__()
        self.item = item
        self.keys: list[QPushButton] = []
        self.cross = QToolButton(self)  # without a parent it would be a window until it is laid out
        self.cross.setObjectName("plain")
        self.cross.setIconSize(QSize(14, 14))
        self.cross.setHidden(item is None)
        self._picture = QLabel()
        self._picture.setFixedSize(_THUMBNAIL)
        self._name = ElidedLabel()
        self._head = QWidget()
        head = arrange(QHBoxLayout(self._head), self._picture, self._name, self.cross, spacing=8)
        head.setStretchFactor(self._name, 1)
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        arrange(QVBoxLayout(self), self._head, self._grid, spacing=6)
        self.set_item(item)

    def set_item(self, item: GalleryItem | None) -> None:
        """Set the portrait."""
        self.item = item
        self._name.set_full_text(self._item_name())
        self.cross.setToolTip(tr("Take no segments from {portrait}").format(portrait=self._item_name()))
        self.cross.setAccessibleName(self.cross.toolTip())
        self._name_keys()

    def set_thumbnail(self, thumbnail: QIcon) -> None:
        """Set the portrait's picture; an empty icon removes it."""
        self._picture.setPixmap(thumbnail.pixmap(_THUMBNAIL, self.devicePixelRatioF()))

    def set_named(self, named: bool) -> None:
        """Show or hide picture and name; a single source is shown without them."""
        self._head.setVisible(named)

    def set_count(self, count: int) -> None:
        """Offer `count` segments."""
        for key in self.keys:
            self._grid.removeWidget(key)
            key.deleteLater()
        self.keys = [QPushButton(str(number)) for number in range(1, count + 1)]
        for place, key in enumerate(self.keys):
            key.setCheckable(True)
            key.clicked.connect(lambda: self.segments_chosen.emit(self._pressed()))
            self._grid.addWidget(key, place // _COLUMNS, place % _COLUMNS)
        self._name_keys()
        self.apply_theme()

    def press(self, numbers: Sequence[int]) -> None:
        """Press the buttons of these segments without emitting signals."""
        for number, key in enumerate(self.keys, start=1):
            key.setChecked(number in numbers)

    def apply_theme(self) -> None:
        """Paint the buttons in the overlay's colours, and the cross in those of a new theme."""
        self.cross.setIcon(icon("close", QColor(colours().muted)))
        if not self.keys:
            return
        from puppet.compositing.overlays import segment_colour  # imports OpenCV, which the session has imported before

        for number, key in enumerate(self.keys, start=1):
            key.setStyleSheet(_key_style(QColor(*segment_colour(number))))

    def _pressed(self) -> tuple[int, ...]:
        return tuple(number for number, key in enumerate(self.keys, start=1) if key.isChecked())

    def _name_keys(self) -> None:
        whose = self._item_name()
        for number, key in enumerate(self.keys, start=1):
            key.setAccessibleName(tr("Segment {number} of {portrait}").format(number=number, portrait=whose))
            key.setToolTip(tr("Take segment {number} from {portrait}").format(number=number, portrait=whose))

    def _item_name(self) -> str:
        return tr("the portrait") if self.item is None else self.item.name


class PartSourcesPanel(QWidget):
    """The shown portrait, the others below it, and a list to add another one.

    Attributes:
        own: the shown portrait.
        others: the further ones, in the order of PartSwap.others.
        add_list: the gallery's portraits that are not part sources yet.

    Signals:
        segments_chosen: index of a source, 0 for the shown portrait, and the tuple of its pressed segments.
        other_wanted: the GalleryItem to add.
        other_unwanted: the GalleryItem to remove.
    """

    segments_chosen = pyqtSignal(int, tuple)
    other_wanted = pyqtSignal(object)
    other_unwanted = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._items: list[GalleryItem] = []
        self._thumbnails: dict[Path, QIcon] = {}
        self.own = PartSourceRow()
        self.own.segments_chosen.connect(lambda numbers: self.segments_chosen.emit(0, numbers))
        self.others: list[PartSourceRow] = []
        self.add_list = ComboBox(
            tr("Also from"),
            tr("Take segments from another portrait of the gallery, too; {count} at most").format(count=MAX_OTHERS),
        )
        self.add_list.setPlaceholderText(tr("Also from…"))
        self.add_list.setIconSize(_LIST_ICON)
        self.add_list.activated.connect(self._activated)
        self._rows = arrange(QVBoxLayout(self), self.own, self.add_list, spacing=10)
        self._show()

    def set_count(self, count: int) -> None:
        """Offer `count` segments of each portrait."""
        self._count = count
        for row in self._all():
            row.set_count(count)

    def set_items(self, items: list[GalleryItem]) -> None:
        """Set the gallery's portraits."""
        self._items = list(items)
        self._show()

    def set_own(self, item: GalleryItem | None) -> None:
        """Set the shown portrait."""
        self.own.set_item(item)
        self._show()

    def set_others(self, items: list[GalleryItem]) -> None:
        """Set the other portraits; those already set keep their rows."""
        old = {row.item.path: row for row in self.others if row.item is not None}
        self.others = [old.pop(item.path) if item.path in old else self._new_row(item) for item in items]
        for row in old.values():
            row.hide()
            self._rows.removeWidget(row)
            row.deleteLater()
        self._show()

    def set_thumbnail(self, item: GalleryItem, image: QImage) -> None:
        """Set a portrait's picture."""
        self._thumbnails[item.path] = _rounded(image)
        self._show()

    def press(self, segments: Sequence[Sequence[int]]) -> None:
        """Press the buttons of each source, the shown portrait first, without emitting signals."""
        for row, numbers in zip(self._all(), segments, strict=True):
            row.press(numbers)

    def apply_theme(self) -> None:
        """Use the colours of a new theme."""
        for row in self._all():
            row.apply_theme()

    def _all(self) -> list[PartSourceRow]:
        return [self.own, *self.others]

    def _new_row(self, item: GalleryItem) -> PartSourceRow:
        row = PartSourceRow(item)
        row.set_count(self._count)
        row.segments_chosen.connect(lambda numbers: self.segments_chosen.emit(self._all().index(row), numbers))
        row.cross.clicked.connect(lambda: self.other_unwanted.emit(item))
        self._rows.insertWidget(self._rows.count() - 1, row)
        return row

    def _activated(self, index: int) -> None:
        path = self.add_list.itemData(index)
        self.add_list.setCurrentIndex(-1)
        self.other_wanted.emit(next(item for item in self._items if str(item.path) == path))

    def _show(self) -> None:
        for row in self._all():
            row.set_named(bool(self.others))
            if row.item is not None:
                row.set_thumbnail(self._thumbnails.get(row.item.path, QIcon()))
        used = {row.item.path for row in self._all() if row.item is not None}
        offered = [item for item in self._items if item.path not in used]
        self.add_list.refill([(item.name, str(item.path)) for item in offered], "")
        for place, item in enumerate(offered):
            self.add_list.setItemIcon(place, self._thumbnails.get(item.path, QIcon()))
        self.add_list.setVisible(bool(offered) and len(self.others) < MAX_OTHERS)


def _rounded(image: QImage) -> QIcon:
    """Return a square picture as a small icon with round corners."""
    pixmap = QPixmap(_ICON_PX, _ICON_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(0, 0, _ICON_PX, _ICON_PX), _ICON_PX / 5, _ICON_PX / 5)
    painter.setClipPath(shape)
    painter.drawImage(QRectF(0, 0, _ICON_PX, _ICON_PX), image)
    painter.end()
    return QIcon(pixmap)


def _key_style(colour: QColor) -> str:
    """Return the style of a button with a rim in the overlay's colour, filled with it while pressed."""
    on_colour = "#000000" if _luminance(colour) > 0.18 else "#ffffff"
    now, name = colours(), colour.name()
    return (
        f"QPushButton {{ padding: 4px 0; min-width: 30px; font-weight: 600; border: 2px solid {name}; }}"
        f"QPushButton:checked {{ background: {name}; color: {on_colour}; border-color: {name}; }}"
        f"QPushButton:focus, QPushButton:checked:focus {{ border: 2px solid {now.text}; padding: 4px 0; }}"
    )


def _luminance(colour: QColor) -> float:
    """Return the relative luminance in [0, 1] (WCAG 2.1), which selects black or white letters."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
