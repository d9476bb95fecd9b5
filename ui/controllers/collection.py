"""Collection of the window: the gallery, or a folder of the user's, with what is removed until the window closes.

Folders are read on the bridge's file worker, which nothing else waits for: a share may be dead.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.errors import PuppetError
from puppet.userdata.gallery import Gallery, GalleryItem
from puppet.userdata.picture_folders import MOST, pictures_in
from ui.commands import PORTRAIT_KEYS
from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.notice_bar import Notice, NoticeBar

_SHOWN = 11 * PORTRAIT_KEYS
_TOPIC = "folder"


class CollectionController(QObject):
    """The portraits to choose from, in pages of as many as there are number keys.

    Args:
        bridge: its file worker reads folders; its controls keep the steps of undo.
        gallery: lists, renames, removes.
        notices: shows errors.

    Attributes:
        items: all portraits of the gallery or the folder, without the removed ones.
        folder: the folder whose pictures `items` are; None: the gallery.
        page: whose portraits have the number keys, from 0.

    Signals:
        items_changed: up to 99 GalleryItem around the page.
        page_changed: place of the page's first portrait in these, from 0.
        folders_changed: the folder, or the list of folders.
        removed: the GalleryItem that was removed.
        restored: the GalleryItem whose removal was undone.
    """

    items_changed = pyqtSignal(list)
    page_changed = pyqtSignal(int)
    folders_changed = pyqtSignal()
    removed = pyqtSignal(object)
    restored = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, gallery: Gallery, notices: NoticeBar) -> None:
        super().__init__()
        self.gallery = gallery
        self.items: list[GalleryItem] = []
        self.folder: Path | None = None
        self.page = 0
        self._bridge, self._notices = bridge, notices
        self._removed: dict[Path, GalleryItem] = {}

    def relist(self) -> None:
        """List the gallery again; a folder stays as it was read."""
        if self.folder is None:
            self._set_items([item for item in self.gallery.portraits() if item.path not in self._removed])

    def visible(self) -> list[GalleryItem]:
        """Return the portraits that are shown at once."""
        first = self._first()
        return self.items[first : first + _SHOWN]

    def on_page(self) -> list[GalleryItem]:
        """Return the portraits of the number keys."""
        first = self.page * PORTRAIT_KEYS
        return self.items[first : first + PORTRAIT_KEYS]

    def turn(self, step: int) -> None:
        """Give the number keys to the page `step` pages on, not beyond the ends."""
        last = max(0, len(self.items) - 1) // PORTRAIT_KEYS
        self._go_to(min(max(self.page + step, 0), last))

    def turn_to(self, item: GalleryItem) -> None:
        """Give the number keys to the page of a portrait; nothing happens for one that is not in the list."""
        place = next((place for place, each in enumerate(self.items) if each.path == item.path), None)
        if place is not None:
            self._go_to(place // PORTRAIT_KEYS)

    def open(self, folder: Path | None) -> None:
        """Show the pictures of a folder, once it is read; None: the gallery."""
        self._notices.resolve(_TOPIC)
        if folder is None:
            self.folder, self.page = None, 0
            self.relist()
            self.folders_changed.emit()
        else:
            read = partial(pictures_in, folder)
            self._bridge.file_worker.submit(read, partial(self._folder_read, folder), self._folder_failed, urgent=True)

    def folders(self) -> list[Path]:
        """Return the folders that the user added."""
        return self.gallery.folders()

    def add_folder(self, folder: Path) -> None:
        """Remember a folder, and show its pictures."""
        if self.attempt(lambda: self.gallery.set_folders([*self.folders(), folder])):
            self.folders_changed.emit()
            self.open(folder)

    def drop_folder(self, folder: Path) -> None:
        """Forget a folder; its pictures stay where they are."""
        self.attempt(lambda: self.gallery.set_folders([each for each in self.folders() if each != folder]))
        if self.folder == folder:
            self.open(None)
        self.folders_changed.emit()

    def remove(self, item: GalleryItem) -> None:
        """Take an added portrait out of the gallery; its file is deleted when the window closes."""
        if item.bundled or item.linked:
            return
        self._removed[item.path] = item
        self.relist()
        self.removed.emit(item)
        self._bridge.controls.add_step(partial(self.put_back, item))

        def put_back() -> None:
            self.put_back(item)

        text = tr("“{name}” was removed from the gallery; Ctrl+Z brings it back until you quit")
        self._notices.post(Notice(text.format(name=item.name), action=tr("Undo"), act=put_back))

    def put_back(self, item: GalleryItem) -> bool:
        """Undo a removal; False: it is undone already."""
        if self._removed.pop(item.path, None) is None:
            return False
        self.relist()
        self.restored.emit(item)
        return True

    def welcome(self, item: GalleryItem) -> None:
        """List a portrait that was added, perhaps one that was removed before."""
        self._removed.pop(item.path, None)
        if self.folder is not None:
            self.open(None)
        self.relist()

    def rename(self, item: GalleryItem, title: str) -> None:
        """Give a portrait another name."""
        self.attempt(lambda: self.gallery.rename(item, title))
        self.relist()

    def annotate(self, item: GalleryItem, note: str) -> None:
        """Keep who agreed to a portrait's use."""
        self.attempt(lambda: self.gallery.annotate(item, note))
        self.relist()

    def reorder(self, items: list[GalleryItem]) -> None:
        """Keep this order of the gallery."""
        if self.folder is None:
            self.attempt(lambda: self.gallery.reorder(items))
            self.relist()

    def take_over(self, old: GalleryItem, new: GalleryItem) -> None:
        """Let a cropped or turned picture take the place of the one it was made of; a bundled one stays."""
        if not old.bundled and old.path != new.path:
            self.attempt(lambda: self.gallery.take_over(old, new))
            self.remove(old)

    def close(self) -> None:
        """Delete the files of the removed portraits."""
        for path in self._removed:
            self.attempt(partial(self.gallery.remove, path.stem))
        self._removed.clear()

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do something that may be refused, with a line that says why; return False then."""
        try:
            act()
        except PuppetError as error:
            self._notices.post_error(error)
            return False
        return True

    def _folder_read(self, folder: Path, found: tuple[list[GalleryItem], bool]) -> None:
        items, more = found
        self.folder, self.page = folder, 0
        self._set_items(items)
        self.folders_changed.emit()
        if more or not items:
            text = tr("{folder} shows its first {most} pictures") if more else tr("{folder} holds no pictures")
            self._notices.post(Notice(text.format(folder=folder.name, most=MOST), topic=_TOPIC))

    def _folder_failed(self, error: Exception) -> None:
        self._notices.post_error(error, _TOPIC)
        self.folders_changed.emit()

    def _first(self) -> int:
        """Return the place of the first visible portrait."""
        return self.page * PORTRAIT_KEYS // _SHOWN * _SHOWN

    def _set_items(self, items: list[GalleryItem]) -> None:
        self.items = items
        self.page = min(self.page, max(0, len(items) - 1) // PORTRAIT_KEYS)
        self.items_changed.emit(self.visible())
        self.page_changed.emit(self.page * PORTRAIT_KEYS - self._first())

    def _go_to(self, page: int) -> None:
        before, self.page = self._first(), page
        if self._first() != before:
            self.items_changed.emit(self.visible())
        self.page_changed.emit(page * PORTRAIT_KEYS - self._first())
