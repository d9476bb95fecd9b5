"""Portraits: the gallery and folders of pictures: order, names, notes of consent, crop, files to pass on, crossfade."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QModelIndex, QSize, Qt, QTimer
from PyQt6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from typing_extensions import override

from puppet.controls import FADE_RANGE_S
from puppet.domain import Controls
from puppet.userdata.gallery import GalleryItem
from ui.dialogs import files
from ui.translation import tr
from ui.widgets.basic import SliderRow, arrange, push_button
from ui.widgets.combo import ComboBox
from ui.widgets.notice_bar import Notice
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_ICON_PX = 96
_CELL = QSize(116, 132)


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return PortraitsPage(window)


class _Above(QStyledItemDelegate):
    """Draws the picture above the name, in a list that can be sorted by dragging, as an icon view cannot."""

    @override
    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        if option is not None:
            option.decorationPosition = QStyleOptionViewItem.Position.Top
            option.decorationAlignment = Qt.AlignmentFlag.AlignCenter
            option.displayAlignment = Qt.AlignmentFlag.AlignCenter


class PortraitList(QListWidget):
    """Pictures with names; Delete, F2, and Alt with the left and right arrows work on the current one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("portraits")
        self.setAccessibleName(tr("Portraits"))
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.setGridSize(_CELL)
        self.setItemDelegate(_Above(self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setMinimumHeight(2 * _CELL.height() + 16)

    def move_current(self, step: int) -> None:
        """Move the current picture by so many places."""
        row = self.currentRow()
        if row >= 0 and 0 <= row + step < self.count():
            model = self.model()
            assert model is not None
            model.moveRow(QModelIndex(), row, QModelIndex(), row + step + (1 if step > 0 else 0))

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.move_current(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class PortraitsPage(PageWidget):
    """Shows and changes the collection.

    Attributes:
        folder: the gallery, or a folder.
        list: the portraits; their data are GalleryItem.
        note: who agreed to the current portrait's use.
        fade: the crossfade's length.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Portraits"))
        self._window, self._collection = window, window.collection
        self._filling = False
        self.folder = ComboBox(tr("Show"), tr("The gallery, or a folder whose pictures stay where they are"))
        self.folder.activated.connect(self._open)
        self.drop_folder = push_button(tr("Remove folder"), self._drop_folder, tr("Its pictures stay where they are"))
        add_folder = push_button(tr("Add folder…"), window.adding.ask_for_folder, tr("Show the pictures of a folder"))
        self.add_row(tr("Show"), self.folder, add_folder, self.drop_folder)
        self.list = PortraitList()
        self.add(self.list)
        self._add_buttons()
        self.note = QLineEdit()
        self.note.setPlaceholderText(tr("Whose face it is, and that they agreed; kept with the portrait"))
        self.note.editingFinished.connect(self._annotate)
        self.add_row(tr("Consent"), self.note)
        self.add_heading(tr("Switching"))
        self.fade = SliderRow(
            tr("Crossfade"),
            tr("Time in which another portrait fades in"),
            FADE_RANGE_S[1],
            Controls().fade_s,
            lambda hundredths: f"{10 * hundredths} ms",
        )
        self.fade.changed.connect(lambda value: window.bridge.controls.update(fade_s=value))
        self.add(self.fade)
        self.finish(fills=True)
        self._connect()

    def current(self) -> GalleryItem | None:
        """Return the selected portrait."""
        return _item_of(self.list.currentItem())

    def _add_buttons(self) -> None:
        adding, window = self._window.adding, self._window
        self.rename = push_button(tr("Rename"), self._rename, tr("Also F2"))
        self.crop = push_button(tr("Crop or rotate…"), lambda: self._with_current(adding.edit))
        self.remove = push_button(
            tr("Remove"),
            lambda: self._with_current(self._collection.remove),
            tr("Ctrl+Z brings it back"),
        )
        first = (
            push_button(tr("Add…"), adding.ask, tr("Choose pictures (Ctrl+O)")),
            push_button(tr("Paste"), adding.paste, tr("A picture, or the picture of a web page (Ctrl+V)")),
            self.rename,
            self.crop,
            self.remove,
        )
        second = (
            push_button(tr("Export gallery…"), self._export, tr("Your own portraits, with names and notes")),
            push_button(tr("Import gallery…"), self._import, tr("Add the portraits of such a file")),
        )
        for buttons in (first, second):
            row = arrange(QHBoxLayout(), *buttons, spacing=8)
            row.addStretch()
            self.add(row)
        self.add_text(tr("Drag a portrait to another place, or press Alt with an arrow; 1 to 9 follow the order."))
        self.list.itemActivated.connect(lambda row: window.choose_portrait(row.data(Qt.ItemDataRole.UserRole)))
        self.list.itemClicked.connect(lambda row: window.choose_portrait(row.data(Qt.ItemDataRole.UserRole)))

    def _connect(self) -> None:
        collection, window, model = self._collection, self._window, self.list.model()
        assert model is not None
        model.rowsMoved.connect(lambda: QTimer.singleShot(0, self._reorder))  # after the drop: the list is filled again
        self.list.itemChanged.connect(self._renamed)
        self.list.currentItemChanged.connect(self._show_current)
        collection.items_changed.connect(self._fill)
        collection.folders_changed.connect(self._show_folders)
        window.portraits.thumbnails.ready.connect(self._show_thumbnail)
        window.bridge.controls.changed.connect(lambda controls: self.fade.set_value(controls.fade_s))
        self.fade.set_value(window.bridge.controls.current.fade_s)
        self._show_folders()
        self._fill(collection.visible())

    def _fill(self, items: list[GalleryItem]) -> None:
        current = self.current()
        self._filling = True
        self.list.clear()
        for item in items:
            row = QListWidgetItem(item.name)
            row.setSizeHint(_CELL)  # long names are cut
            row.setData(Qt.ItemDataRole.UserRole, item)
            row.setToolTip("\n".join(filter(None, (item.name, item.note))))
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            if not item.linked:
                flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
            row.setFlags(flags)
            self.list.addItem(row)
            self._show_thumbnail(item, self._window.portraits.thumbnails.of(item))
        self._filling = False
        rows = [row for row, item in enumerate(items) if current is not None and item.path == current.path]
        self.list.setCurrentRow(rows[0] if rows else 0)
        self._show_current()

    def _show_thumbnail(self, item: GalleryItem, image: QImage) -> None:
        for row in range(self.list.count()):
            entry = self.list.item(row)
            found = _item_of(entry)
            if entry is not None and found is not None and found.path == item.path and not image.isNull():
                self._filling = True
                icon = QIcon(picture := QPixmap.fromImage(image))
                icon.addPixmap(picture, QIcon.Mode.Selected)  # Qt would tint it
                entry.setIcon(icon)
                self._filling = False

    def _show_current(self) -> None:
        item = self.current()
        own = item is not None and not item.linked
        self.rename.setEnabled(own)
        self.note.setEnabled(own)
        self.note.setText(item.note if item is not None else "")
        self.crop.setEnabled(item is not None)
        self.remove.setEnabled(own and item is not None and not item.bundled)

    def _with_current(self, act: object) -> None:
        if (item := self.current()) is not None and callable(act):
            act(item)

    def _rename(self) -> None:
        if (row := self.list.currentItem()) is not None:
            self.list.editItem(row)

    def _renamed(self, row: QListWidgetItem) -> None:
        item = _item_of(row)
        if not self._filling and item is not None and row.text() != item.name:
            self._collection.rename(item, row.text())

    def _annotate(self) -> None:
        item = self.current()
        if item is not None and not item.linked and self.note.text() != item.note:
            self._collection.annotate(item, self.note.text())

    def _reorder(self) -> None:
        items = [found for row in range(self.list.count()) if (found := _item_of(self.list.item(row))) is not None]
        if not self._filling and len(items) == len(self._collection.items):
            self._collection.reorder(items)

    def _show_folders(self) -> None:
        folders = [(folder.name or str(folder), str(folder)) for folder in self._collection.folders()]
        now = self._collection.folder
        self.folder.refill([(tr("Gallery"), ""), *folders], "" if now is None else str(now))
        self.drop_folder.setVisible(now is not None)

    def _open(self, row: int) -> None:
        chosen = self.folder.itemData(row)
        self._collection.open(Path(chosen) if chosen else None)
        self._show_folders()  # a folder that cannot be read is not chosen

    def _drop_folder(self) -> None:
        if self._collection.folder is not None:
            self._collection.drop_folder(self._collection.folder)

    def _export(self) -> None:
        if path := files.ask_for_gallery_to_write(self):
            from puppet.userdata.gallery_file import export_gallery

            export = partial(export_gallery, self._collection.gallery.portraits(), path)
            text = tr("Your portraits were saved as {name}").format(name=path.name)
            notices = self._window.notices
            self._window.bridge.file_worker.submit(export, lambda _none: notices.post(Notice(text)), notices.post_error)

    def _import(self) -> None:
        if path := files.ask_for_gallery(self):
            from puppet.userdata.gallery_file import import_gallery

            read = partial(import_gallery, self._collection.gallery, path)
            self._window.bridge.file_worker.submit(read, self._imported, self._window.notices.post_error)

    def _imported(self, result: tuple[list[GalleryItem], list[str]]) -> None:
        added, problems = result
        self._collection.relist()
        text = tr("{count} portraits were added").format(count=len(added))
        self._window.notices.post(Notice("; ".join([text, *problems[:3]])))


def _item_of(row: QListWidgetItem | None) -> GalleryItem | None:
    item = None if row is None else row.data(Qt.ItemDataRole.UserRole)
    return item if isinstance(item, GalleryItem) else None
