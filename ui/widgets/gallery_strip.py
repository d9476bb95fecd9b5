"""The strip of portraits under the stage: thumbnails with names, numbers for their keys, and a place to add more."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QWheelEvent,
)
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from puppet.gallery import GalleryItem
from ui.widgets.dropped import picture_files
from ui.widgets.portrait_tile import PortraitTile

_BAR_PX = 9  # the scroll bar and the gap above it


class GalleryStrip(QFrame):
    """All portraits in a row that scrolls sideways, and beside it the place where one is added.

    Signals:
        chosen: the GalleryItem the person picked.
        remove_wanted: the GalleryItem to remove.
        add_wanted: the person wants to choose picture files.
        files_dropped: a list of pathlib.Path.
    """

    chosen = pyqtSignal(object)
    remove_wanted = pyqtSignal(object)
    add_wanted = pyqtSignal()
    files_dropped = pyqtSignal(list)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("shelf")
        self.setAcceptDrops(True)
        self._tiles: list[PortraitTile] = []
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.add_tile = PortraitTile(None, 0)
        self.add_tile.clicked.connect(self.add_wanted)
        self._scroll.setFixedHeight(self.add_tile.height() + _BAR_PX)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 2)
        layout.addWidget(self._scroll)
        layout.addWidget(self.add_tile, alignment=Qt.AlignmentFlag.AlignTop)
        self.set_items([])

    def tiles(self) -> list[PortraitTile]:
        """The portraits' tiles in order, without the one that adds."""
        return list(self._tiles)

    def set_items(self, items: list[GalleryItem]) -> None:
        """Show these portraits; thumbnails of those that were there stay."""
        body = QWidget()
        body.setObjectName("shelfBody")
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        kept = {tile.item.path: tile for tile in self._tiles if tile.item is not None}
        self._tiles = [self._tile(item, number, kept) for number, item in enumerate(items, start=1)]
        for tile in self._tiles:
            row.addWidget(tile, alignment=Qt.AlignmentFlag.AlignTop)
        row.addStretch()
        self._scroll.setWidget(body)

    def set_chosen(self, item: GalleryItem | None) -> None:
        """Mark one portrait and bring it into view."""
        for tile in self._tiles:
            is_it = item is not None and tile.item is not None and tile.item.path == item.path
            tile.setChecked(is_it)
            if is_it:
                self._scroll.ensureWidgetVisible(tile)

    def set_busy(self, item: GalleryItem | None) -> None:
        """Mark the portrait that is being analysed, or none."""
        for tile in self._tiles:
            tile.set_busy(item is not None and tile.item is not None and tile.item.path == item.path)

    def set_thumbnail(self, item: GalleryItem, image: QImage) -> None:
        """Give a portrait its picture."""
        for tile in self._tiles:
            if tile.item is not None and tile.item.path == item.path:
                tile.set_thumbnail(image)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """The wheel scrolls sideways."""
        bar = self._scroll.horizontalScrollBar()
        if event is not None and bar is not None:
            delta = event.angleDelta()
            bar.setValue(bar.value() - (delta.y() or delta.x()))
            event.accept()

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(600, self._scroll.height() + 14)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Welcome files."""
        if event is not None and picture_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Pass the files on."""
        if event is not None:
            event.acceptProposedAction()
            self.files_dropped.emit(picture_files(event.mimeData()))

    def _tile(self, item: GalleryItem, number: int, kept: dict[Path, PortraitTile]) -> PortraitTile:
        tile = PortraitTile(item, number)
        tile.clicked.connect(lambda: self._clicked(tile))
        tile.remove_wanted.connect(lambda: self.remove_wanted.emit(item))
        if item.path in kept:
            tile.set_thumbnail(kept[item.path].thumbnail)
            tile.setChecked(kept[item.path].isChecked())
        return tile

    def _clicked(self, tile: PortraitTile) -> None:
        assert tile.item is not None
        self.set_chosen(tile.item)
        self.chosen.emit(tile.item)
