"""Thumbnails of portraits: the picture's upper middle at first, its face once it was analysed, and from then on.

Faces are kept in the user's cache folder. Read and written on the bridge's file worker: a dead share delays thumbnails
and nothing else.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import platformdirs
from PyQt6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QImage

from puppet.domain import Picture
from puppet.errors import PuppetError
from puppet.userdata.gallery import GalleryItem
from ui.session_bridge import SessionBridge
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.qt_images import as_image

SIDE_PX = 252  # three times the size on screen


class Thumbnails(QObject):
    """Makes each portrait's thumbnail once.

    Args:
        bridge: its workers read and write.
        notices: shows which portrait cannot be read.

    Signals:
        ready: a GalleryItem and its square QImage.
    """

    ready = pyqtSignal(object, QImage)

    def __init__(self, bridge: SessionBridge, notices: NoticeBar) -> None:
        super().__init__()
        self._worker = bridge.file_worker
        self._notices = notices
        self._images: dict[Path, QImage] = {}
        self._asked: set[Path] = set()
        self._faced: set[Path] = set()

    def of(self, item: GalleryItem) -> QImage:
        """Return a portrait's thumbnail; a null image if it is not ready."""
        return self._images.get(item.path, QImage())

    def want(self, items: list[GalleryItem]) -> None:
        """Make the thumbnails that are missing, in the background; repeat `ready` for the others."""
        for item in items:
            if item.path in self._images:
                self.ready.emit(item, self._images[item.path])
            elif item.path not in self._asked:
                self._asked.add(item.path)
                done = partial(self._made, item)
                self._worker.submit(partial(_make, item.path), done, partial(self._failed, item))

    def set_face(self, item: GalleryItem, face: Picture) -> None:
        """Show a portrait's face from now on, (size, size, 3)."""
        if item.path not in self._faced:
            self._faced.add(item.path)
            self._show(item, image := thumbnail(face))
            self._worker.submit(partial(_keep, item.path, image), lambda _none: None, lambda _error: None)

    def forget(self, path: Path) -> None:
        """Make a file's thumbnail again when it is wanted."""
        self._images.pop(path, None)
        self._asked.discard(path)
        self._faced.discard(path)

    def _made(self, item: GalleryItem, image: QImage) -> None:
        if item.path not in self._faced:
            self._show(item, image)

    def _failed(self, item: GalleryItem, error: Exception) -> None:
        if isinstance(error, PuppetError):
            self._notices.post_error(error)

    def _show(self, item: GalleryItem, image: QImage) -> None:
        self._images[item.path] = image
        self.ready.emit(item, image)


def thumbnail(picture: Picture) -> QImage:
    """Return a small square of a picture (H, W, 3), centred across and above the middle. Any thread."""
    height, width, _ = picture.shape
    side = min(height, width)
    square = QRect((width - side) // 2, (height - side) // 4, side, side)  # faces are above the middle
    smooth = Qt.TransformationMode.SmoothTransformation
    return as_image(picture).copy(square).scaled(SIDE_PX, SIDE_PX, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def _make(path: Path) -> QImage:
    """Return the face that was seen before, or the picture's upper middle; on the worker."""
    from puppet.engines.disk_cache import read_cached  # with libraries that the window's start does not need
    from puppet.media.portrait_file import read_thumbnail

    kept = read_cached(_cached(path))
    image = QImage() if kept is None else QImage.fromData(kept)
    return thumbnail(read_thumbnail(path)) if image.isNull() else image


def _keep(path: Path, image: QImage) -> None:
    from puppet.engines.disk_cache import write_cached

    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", 90)
    write_cached(_cached(path), content.data())


def _cached(path: Path) -> Path:
    """Return the place of a file's thumbnail; another content has another place."""
    try:
        state = path.stat()
        key = f"{path} {state.st_mtime_ns} {state.st_size}"
    except OSError:
        key = str(path)
    folder = platformdirs.user_cache_path("puppet", appauthor=False) / "faces"
    return folder / f"{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}.jpg"
