"""What was dropped: local files; which of them are pictures is found out when they are read."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QMimeData


def picture_files(data: QMimeData | None) -> list[Path]:
    """The local files of a drag, folders left out; empty when there are none."""
    if data is None or not data.hasUrls():
        return []
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]
