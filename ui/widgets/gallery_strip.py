"""Strip of portraits below the preview: thumbnails with names and numbers for their keys, and a tile to add more."""

from __future__ import annotations

import itertools
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QImage, QWheelEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget
from typing_extensions import override

from puppet.userdata.gallery import GalleryItem
from ui.commands import PORTRAIT_KEYS
from ui.widgets.basic import arrange
from ui.widgets.picture_data import picture_data
from ui.widgets.portrait_tile import PortraitTile

_BAR_PX = 9  # the scroll bar and the gap above it


class GalleryStrip(QFrame):
    """A row of portraits that scrolls sideways, and beside it the tile that adds one.

    Attributes:
        add_tile: the tile that adds pictures.

    Signals:
        chosen: the clicked GalleryItem.
        remove_wanted: the GalleryItem to remove.
        dropped: the ui.widgets.picture_data.PictureData dropped on the strip.
    """

    chosen = pyqtSignal(object)
    remove_wanted = pyqtSignal(object)
    dropped = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("shelf")
        self.setAcceptDrops(True)
        self._tiles: dict[Path, PortraitTile] = {}
        self._first = 0  # place of the first portrait with a number key
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.add_tile = PortraitTile(None, 0)
        self._scroll.setFixedHeight(self.add_tile.height() + _BAR_PX)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 2)
        layout.addWidget(self._scroll)
        layout.addWidget(self.add_tile, alignment=Qt.AlignmentFlag.AlignTop)
        self.set_items([])

    def tiles(self) -> list[PortraitTile]:
        """Return the portraits' tiles in order, without the one that adds."""
        return list(self._tiles.values())

    def set_items(self, items: list[GalleryItem]) -> None:
        """Set the portraits; the thumbnails of those already shown are kept."""
        body = QWidget()
        body.setObjectName("shelfBody")
        old = self._tiles
        self._tiles = {
            item.path: self._new_tile(item, number, old.get(item.path))
            for number, item in enumerate(items, start=1 - self._first)
        }
        row = arrange(QHBoxLayout(body), *self._tiles.values(), spacing=4)
        row.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        place = next((place for place, tile in enumerate(old.values()) if tile.hasFocus()), None)
        self._scroll.setWidget(body)
        for before, after in itertools.pairwise([*self._before_in_tab_order(), *self._tiles.values(), self.add_tile]):
            self.setTabOrder(before, after)
        if place is not None and self._tiles:  # the tile, or its neighbour if it was removed
            self.tiles()[min(place, len(self._tiles) - 1)].setFocus()

    def set_page(self, first: int) -> None:
        """Give the number keys to the nine portraits from this place on, and scroll to them."""
        self._first = first
        for place, tile in enumerate(self.tiles()):
            tile.set_number(place - first + 1)
        if self.tiles()[first : first + PORTRAIT_KEYS]:
            self._scroll.ensureWidgetVisible(self.tiles()[first : first + PORTRAIT_KEYS][-1])
            self._scroll.ensureWidgetVisible(self.tiles()[first])

    def focus(self, item: GalleryItem) -> None:
        """Give a portrait the keyboard focus."""
        if item.path in self._tiles:
            self._tiles[item.path].setFocus()

    def set_chosen(self, item: GalleryItem | None) -> None:
        """Mark one portrait and scroll to it; None: mark none."""
        for path, tile in self._tiles.items():
            tile.setChecked(item is not None and item.path == path)
        if item is not None and item.path in self._tiles:
            self._scroll.ensureWidgetVisible(self._tiles[item.path])

    def set_busy(self, item: GalleryItem | None) -> None:
        """Mark the portrait that is being analysed; None: mark none."""
        for path, tile in self._tiles.items():
            tile.set_busy(item is not None and item.path == path)

    def set_thumbnail(self, item: GalleryItem, image: QImage) -> None:
        """Set a portrait's picture."""
        if item.path in self._tiles:
            self._tiles[item.path].set_thumbnail(image)

    @override
    def wheelEvent(self, event: QWheelEvent | None) -> None:  # scrolls sideways
        bar = self._scroll.horizontalScrollBar()
        if event is not None and bar is not None:
            delta = event.angleDelta()
            bar.setValue(bar.value() - (delta.y() or delta.x()))
            event.accept()

    @override
    def sizeHint(self) -> QSize:
        return QSize(600, self._scroll.height() + 14)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and picture_data(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent | None) -> None:
        if event is not None:
            event.acceptProposedAction()
            self.dropped.emit(picture_data(event.mimeData()))

    def _before_in_tab_order(self) -> list[QWidget]:
        """Return the widget that Tab leaves for the strip, in a list; an empty list if there is none."""
        widget = self.add_tile.previousInFocusChain()
        while widget is not None and widget is not self.add_tile:
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, PortraitTile):
                return [widget]
            widget = widget.previousInFocusChain()
        return []

    def _new_tile(self, item: GalleryItem, number: int, old: PortraitTile | None) -> PortraitTile:
        tile = PortraitTile(item, number)
        tile.clicked.connect(lambda: self._clicked(item))
        tile.remove_wanted.connect(lambda: self.remove_wanted.emit(item))
        if old is not None:
            tile.set_thumbnail(old.image)
            tile.setChecked(old.isChecked())
        return tile

    def _clicked(self, item: GalleryItem) -> None:
        self.set_chosen(item)
        self.chosen.emit(item)
