"""The system's dialogs for files and folders; each blocks until the person has chosen."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QWidget

from puppet.media.formats import PICTURE_SUFFIXES, VIDEO_SUFFIXES


def _filter(title: str, suffixes: tuple[str, ...]) -> str:
    return f"{title} ({' '.join('*' + suffix for suffix in suffixes)});;All files (*)"


_VIDEO_FILTER = _filter("Videos and pictures", (*VIDEO_SUFFIXES, *PICTURE_SUFFIXES))
_PICTURE_FILTER = _filter("Pictures", PICTURE_SUFFIXES)


def ask_for_pictures(parent: QWidget) -> list[Path]:
    """Return the chosen picture files; empty when cancelled."""
    files, _ = QFileDialog.getOpenFileNames(parent, "Add pictures", str(Path.home()), _PICTURE_FILTER)
    return [Path(file) for file in files]


def ask_for_background(parent: QWidget) -> str:
    """Return the path of the chosen picture; "" when cancelled."""
    return QFileDialog.getOpenFileName(parent, "Picture behind the person", str(Path.home()), _PICTURE_FILTER)[0]


def ask_for_video(parent: QWidget) -> str:
    """Return the path of the chosen video file; "" when cancelled."""
    return QFileDialog.getOpenFileName(parent, "Open a video file", str(Path.home()), _VIDEO_FILTER)[0]


def ask_for_pack(parent: QWidget) -> str:
    """Return the path of the chosen pack folder; "" when cancelled."""
    return QFileDialog.getExistingDirectory(parent, "Open a pack folder", str(Path.home()))
