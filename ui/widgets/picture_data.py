"""Pictures in a drag or the clipboard: files, folders, pixels, or the pixels of a picture from a web page."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QMimeData, QUrl
from PyQt6.QtGui import QImage

_MAX_DATA_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class PictureData:
    """Content of a drag or of the clipboard.

    Attributes:
        files: local files; they need not be pictures.
        folders: local folders.
        image: pixels, used where there is no file; a null image: none.
        address: a web address without pixels, or "".
    """

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    image: QImage | None = None
    address: str = ""

    def __bool__(self) -> bool:
        """Return True if there is something to add."""
        return bool(self.files or self.folders or self.image or self.address)


def picture_data(data: QMimeData | None) -> PictureData:
    """Return the files, folders, pixels or address in a drag or the clipboard."""
    if data is None:
        return PictureData()
    urls = data.urls() if data.hasUrls() else []
    if not urls and data.text().startswith(("data:image/", "http://", "https://")):
        urls = [QUrl(data.text().strip())]
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    files, folders = (tuple(filter(is_kind, paths)) for is_kind in (Path.is_file, Path.is_dir))
    if files or folders:
        return PictureData(files, folders)
    image = data.imageData() if data.hasImage() else None
    image = image if isinstance(image, QImage) else next(filter(None, map(_inline, urls)), None)
    address = next((url.toString() for url in urls if url.scheme() in ("http", "https")), "")
    return PictureData(image=image, address="" if image else address)


def _inline(url: QUrl) -> QImage | None:
    """Return the picture that an address of the form data:image/png;base64,… holds itself."""
    text = url.toString(QUrl.ComponentFormattingOption.FullyEncoded) if url.scheme() == "data" else ""
    head, _, content = text.partition(",")
    if not head.endswith(";base64") or len(content) > _MAX_DATA_BYTES:
        return None
    try:
        image = QImage.fromData(base64.b64decode(content.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")))
    except (binascii.Error, ValueError):
        return None
    return None if image.isNull() else image
