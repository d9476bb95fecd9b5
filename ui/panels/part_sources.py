"""Who gives which parts in a part swap: the portrait that is shown, and up to three others of the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPixmap
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from puppet.gallery import GalleryItem
from ui.status_text import MAX_OTHERS
from ui.style.icons import icon
from ui.style.theme import colours
from ui.widgets.basic import ElidedLabel
from ui.widgets.combo import ComboBox

_COLUMNS = 5
_THUMB = QSize(26, 26)
_LISTED = QSize(22, 22)  # with a gap between the rows of the list
_DRAWN_PX = 78  # three times the size on screen


class PartSourceRow(QWidget):
    """One portrait's parts: keys with their numbers under its picture, its name and the cross that removes it.

    Args:
        item: the portrait, None where it is not known yet.
        removable: whether it has a cross.

    Attributes:
        item: the portrait.
        keys: the buttons of the segments, the first being number 1.
        cross: the button that removes it.

    Signals:
        given: the tuple of numbers that are pressed now, after the person pressed one.
        remove_wanted: the person wants no parts of it.
    """

    given = pyqtSignal(tuple)
    remove_wanted = pyqtSignal()

    def __init__(self, item: GalleryItem | None, *, removable: bool) -> None:
        super().__init__()
        self.item = item
        self.keys: list[QPushButton] = []
        self.cross = QToolButton(self)  # without a parent it would be a window until it is laid out
        self.cross.setObjectName("plain")
        self.cross.setIconSize(QSize(14, 14))
        self.cross.setHidden(not removable)
        self.cross.clicked.connect(self.remove_wanted)
        self._picture = QLabel()
        self._picture.setFixedSize(_THUMB)
        self._name = ElidedLabel()
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setSpacing(8)
        head.addWidget(self._picture)
        head.addWidget(self._name, 1)
        head.addWidget(self.cross)
        self._grid = QGridLayout()
        layout = QVBoxLayout(self)
        layout.addWidget(self._head)
        layout.addLayout(self._grid)
        for each in (head, self._grid, layout):
            each.setContentsMargins(0, 0, 0, 0)
        for each in (self._grid, layout):
            each.setSpacing(6)
        self.set_item(item)

    def set_item(self, item: GalleryItem | None) -> None:
        """Say whose parts they are."""
        self.item = item
        self._name.set_full_text(self._spoken())
        self.cross.setToolTip(f"Take no parts from {self._spoken()}")
        self.cross.setAccessibleName(self.cross.toolTip())
        self._name_keys()

    def set_thumbnail(self, thumbnail: QIcon) -> None:
        """Show its picture, or none."""
        self._picture.setPixmap(thumbnail.pixmap(_THUMB, self.devicePixelRatioF()))

    def set_named(self, named: bool) -> None:
        """Whether picture and name are shown: with a single giver they go without saying."""
        self._head.setVisible(named)

    def set_count(self, count: int) -> None:
        """Offer so many parts."""
        for key in self.keys:
            self._grid.removeWidget(key)
            key.deleteLater()
        self.keys = [QPushButton(str(number)) for number in range(1, count + 1)]
        for place, key in enumerate(self.keys):
            key.setCheckable(True)
            key.clicked.connect(lambda: self.given.emit(self._pressed()))
            self._grid.addWidget(key, place // _COLUMNS, place % _COLUMNS)
        self._name_keys()
        self.apply_theme()

    def press(self, numbers: Sequence[int]) -> None:
        """Show these parts as given, without telling anybody."""
        for number, key in enumerate(self.keys, start=1):
            key.setChecked(number in numbers)

    def apply_theme(self) -> None:
        """Paint the keys in the overlay's colours, and the cross in the theme's; call it when the theme has changed."""
        self.cross.setIcon(icon("close", QColor(colours().muted)))
        if not self.keys:
            return
        from puppet.compositing.overlays import (
            segment_colour,  # loads OpenCV, which a pack with segments has loaded already
        )

        for number, key in enumerate(self.keys, start=1):
            key.setStyleSheet(_key_style(QColor(*segment_colour(number))))

    def _pressed(self) -> tuple[int, ...]:
        return tuple(number for number, key in enumerate(self.keys, start=1) if key.isChecked())

    def _name_keys(self) -> None:
        for number, key in enumerate(self.keys, start=1):
            key.setAccessibleName(f"Part {number} of {self._spoken()}")
            key.setToolTip(f"Take part {number} from {self._spoken()}")

    def _spoken(self) -> str:
        return "the portrait" if self.item is None else self.item.name


class PartSourcesPanel(QWidget):
    """The portrait that is shown, the others under it, and a list to choose a further one from.

    Attributes:
        own: the portrait that is shown.
        others: the further ones, in the order of PartSwap.others.
        box: the gallery's portraits that do not give parts yet.

    Signals:
        given: a place, 0 for the portrait that is shown, and the tuple of numbers that are pressed there now.
        other_wanted: the GalleryItem that shall give parts, too.
        other_unwanted: the GalleryItem that shall not any more.
    """

    given = pyqtSignal(int, tuple)
    other_wanted = pyqtSignal(object)
    other_unwanted = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._items: list[GalleryItem] = []
        self._thumbnails: dict[Path, QIcon] = {}
        self.own = PartSourceRow(None, removable=False)
        self.own.given.connect(lambda numbers: self.given.emit(0, numbers))
        self.others: list[PartSourceRow] = []
        self.box = ComboBox("Also from", "Take parts from another portrait of the gallery, too: three more at most")
        self.box.setPlaceholderText("Also from…")
        self.box.setIconSize(_LISTED)
        self.box.activated.connect(self._activated)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(10)
        self._rows.addWidget(self.own)
        self._rows.addWidget(self.box)
        self._show()

    def set_count(self, count: int) -> None:
        """Offer so many parts."""
        self._count = count
        for giver in self._all():
            giver.set_count(count)

    def set_items(self, items: list[GalleryItem]) -> None:
        """The gallery's portraits."""
        self._items = list(items)
        self._show()

    def set_own(self, item: GalleryItem | None) -> None:
        """Which portrait is shown."""
        self.own.set_item(item)
        self._show()

    def set_others(self, items: list[GalleryItem]) -> None:
        """The portraits that give parts beside it; those that did already keep their row."""
        old = {row.item.path: row for row in self.others if row.item is not None}
        self.others = [old.pop(item.path) if item.path in old else self._row(item) for item in items]
        for row in old.values():
            row.hide()
            self._rows.removeWidget(row)
            row.deleteLater()
        self._show()

    def set_thumbnail(self, item: GalleryItem, image: QImage) -> None:
        """Give a portrait its picture."""
        self._thumbnails[item.path] = _rounded(image)
        self._show()

    def press(self, parts: Sequence[Sequence[int]]) -> None:
        """Show what each gives, the portrait that is shown first, without telling anybody."""
        for giver, numbers in zip(self._all(), parts, strict=True):
            giver.press(numbers)

    def apply_theme(self) -> None:
        """Take on the theme's colours; call it when the theme has changed."""
        for giver in self._all():
            giver.apply_theme()

    def _all(self) -> list[PartSourceRow]:
        return [self.own, *self.others]

    def _row(self, item: GalleryItem) -> PartSourceRow:
        row = PartSourceRow(item, removable=True)
        row.set_count(self._count)
        row.given.connect(lambda numbers: self.given.emit(self._all().index(row), numbers))
        row.remove_wanted.connect(lambda: self.other_unwanted.emit(item))
        self._rows.insertWidget(self._rows.count() - 1, row)
        return row

    def _activated(self, index: int) -> None:
        wanted = self.box.itemData(index)
        self.box.setCurrentIndex(-1)
        self.other_wanted.emit(next(item for item in self._items if str(item.path) == wanted))

    def _show(self) -> None:
        for giver in self._all():
            giver.set_named(bool(self.others))
            if giver.item is not None:
                giver.set_thumbnail(self._thumbnails.get(giver.item.path, QIcon()))
        giving = {giver.item.path for giver in self._all() if giver.item is not None}
        offered = [item for item in self._items if item.path not in giving]
        self.box.refill([(item.name, str(item.path)) for item in offered], "")
        for row, item in enumerate(offered):
            self.box.setItemIcon(row, self._thumbnails.get(item.path, QIcon()))
        self.box.setVisible(bool(offered) and len(self.others) < MAX_OTHERS)


def _rounded(image: QImage) -> QIcon:
    """A square picture, small and with round corners as everywhere in the window."""
    pixmap = QPixmap(_DRAWN_PX, _DRAWN_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(0, 0, _DRAWN_PX, _DRAWN_PX), _DRAWN_PX / 5, _DRAWN_PX / 5)
    painter.setClipPath(shape)
    painter.drawImage(QRectF(0, 0, _DRAWN_PX, _DRAWN_PX), image)
    painter.end()
    return QIcon(pixmap)


def _key_style(colour: QColor) -> str:
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
