"""Adds portraits by file dialog, drop and paste, and crops or turns those that are there."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QGuiApplication, QImage
from PyQt6.QtWidgets import QWidget

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.userdata.gallery import GalleryItem
from ui.controllers.collection import CollectionController
from ui.controllers.person import PersonController
from ui.controllers.portraits import PortraitsController
from ui.dialogs import files
from ui.dialogs.crop import CropDialog
from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.picture_data import PictureData, picture_data
from ui.widgets.qt_images import as_image

_TOPIC = "adding"


class AddingController(QObject):
    """Turns whatever a person brings into files, and passes those to the portraits.

    Args:
        window: parent of dialogs.
        bridge: its file worker reads and writes.
        notices: says what cannot be added.
        collection: takes folders.
        portraits: take pictures.
        person: takes files that may show one person.

    Attributes:
        dialog: the open dialog that crops, or None.
    """

    def __init__(
        self,
        window: QWidget,
        bridge: SessionBridge,
        notices: NoticeBar,
        collection: CollectionController,
        portraits: PortraitsController,
        person: PersonController,
    ) -> None:
        super().__init__()
        self._window, self._bridge, self._notices = window, bridge, notices
        self._collection, self._portraits, self._person = collection, portraits, person
        self._folder: tempfile.TemporaryDirectory[str] | None = None  # of pasted pictures, until they are copied
        self._count = 0
        self.dialog: CropDialog | None = None
        portraits.edit_wanted.connect(self.edit)

    def ask(self) -> None:
        """Let the person choose picture files to add."""
        self._portraits.add(files.ask_for_pictures(self._window))

    def ask_for_folder(self) -> None:
        """Let the person choose a folder of pictures."""
        if folder := files.ask_for_folder(self._window, tr("Add a folder of pictures")):
            self._collection.add_folder(Path(folder))

    def paste(self) -> None:
        """Add the picture, or the picture files, in the clipboard."""
        clipboard = QGuiApplication.clipboard()
        found = picture_data(clipboard.mimeData() if clipboard is not None else None)
        if found:
            self.take(found)
        else:
            self._notices.post_warning(tr("The clipboard holds no picture; copy a picture, then paste it here"), _TOPIC)

    def take(self, found: PictureData) -> None:
        """Add what was dropped or pasted."""
        self._notices.resolve(_TOPIC)
        self._person.take(list(found.files))
        for folder in found.folders:
            self._collection.add_folder(folder)
        if found.image is not None:
            self._save(found.image, tr("Pasted {number}").format(number=self._count + 1), None)
        elif found.address:
            text = tr("That is a web address; Puppet does not use the network. Copy the picture itself, then paste it")
            self._notices.post_warning(text, _TOPIC)

    def edit(self, item: GalleryItem) -> None:
        """Open the dialog that crops and turns a portrait, once its picture is read."""
        self._bridge.file_worker.submit(
            partial(_read, item.path), partial(self._open_dialog, item), self._notices.post_error, urgent=True
        )

    def close(self) -> None:
        """Remove what was pasted; the gallery has its copies."""
        if self._folder is not None:
            self._folder.cleanup()

    def _open_dialog(self, item: GalleryItem, picture: Picture) -> None:
        self.dialog = dialog = CropDialog(self._window, item.name, as_image(picture).copy())
        dialog.chosen.connect(lambda image: self._save(image, item.name, item))
        dialog.open()

    def _save(self, image: QImage, name: str, instead_of: GalleryItem | None) -> None:
        """Write pixels to a file of their own, and add it."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="puppet-pasted-", ignore_cleanup_errors=True)
        self._count += 1
        safe = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in name)
        path = Path(self._folder.name) / str(self._count) / f"{safe}.png"

        def added(_none: None) -> None:
            self._portraits.add([path], instead_of=instead_of)

        self._bridge.file_worker.submit(partial(_write, image, path), added, self._notices.post_error, urgent=True)


def _read(path: Path) -> Picture:
    from puppet.media.portrait_file import read_face  # with libraries that the window's start does not need

    return read_face(path)


def _write(image: QImage, path: Path) -> None:
    path.parent.mkdir(parents=True)
    if not image.convertToFormat(QImage.Format.Format_RGB888).save(str(path)):
        raise MediaError(f"{path.name}: the picture cannot be written; make room in the folder of temporary files")
