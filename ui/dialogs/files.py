"""The system's dialogs for files and folders; each blocks until the person has chosen."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QWidget

from puppet.gallery import PICTURE_SUFFIXES

_VIDEO_FILTER = "Videos (*.mp4 *.mov *.mkv *.webm *.avi *.m4v);;All files (*)"
_PICTURE_FILTER = f"Pictures ({' '.join('*' + suffix for suffix in PICTURE_SUFFIXES)});;All files (*)"


def ask_for_pictures(parent: QWidget) -> list[Path]:
    """Return the chosen picture files; empty when cancelled."""
    files, _ = QFileDialog.getOpenFileNames(parent, "Add pictures", str(Path.home()), _PICTURE_FILTER)
    return [Path(file) for file in files]


def ask_for_video(parent: QWidget) -> str:
    """Return the path of the chosen video file; "" when cancelled."""
    return QFileDialog.getOpenFileName(parent, "Open a video file", str(Path.home()), _VIDEO_FILTER)[0]


def ask_for_pack(parent: QWidget) -> str:
    """Return the path of the chosen pack folder; "" when cancelled."""
    return QFileDialog.getExistingDirectory(parent, "Open a pack folder", str(Path.home()))
