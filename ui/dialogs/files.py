"""The system's dialogs for files and folders; each blocks until the person has chosen."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from puppet.media.formats import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from puppet.media.portrait_file import EXTENSION
from ui.translation import tr


def _filter(title: str, suffixes: tuple[str, ...]) -> str:
    return tr("{title} ({suffixes});;All files (*)").format(
        title=title, suffixes=" ".join("*" + suffix for suffix in suffixes)
    )


_VIDEO_FILTER = _filter(tr("Videos and pictures"), (*VIDEO_SUFFIXES, *PICTURE_SUFFIXES))
_PRESET_FILTER = _filter(tr("Presets"), (".toml",))
_GALLERY_FILTER = _filter(tr("Galleries"), (".puppet-gallery",))
_PICTURE_FILTER = _filter(tr("Pictures"), PICTURE_SUFFIXES)
_PORTRAIT_FILTER = _filter(tr("Pictures and portraits"), (*PICTURE_SUFFIXES, EXTENSION))


def ask_for_pictures(parent: QWidget) -> list[Path]:
    """Return the chosen picture files; empty when cancelled."""
    files, _ = QFileDialog.getOpenFileNames(parent, tr("Add pictures"), str(Path.home()), _PORTRAIT_FILTER)
    return [Path(file) for file in files]


def ask_for_person(parent: QWidget) -> list[Path]:
    """Return the chosen pictures and clips of one person; empty when cancelled."""
    files, _ = QFileDialog.getOpenFileNames(
        parent, tr("Pictures or a clip of one person"), str(Path.home()), _VIDEO_FILTER
    )
    return [Path(file) for file in files]


def ask_for_background(parent: QWidget) -> str:
    """Return the path of the chosen picture; "" when cancelled."""
    return QFileDialog.getOpenFileName(parent, tr("Picture behind the person"), str(Path.home()), _PICTURE_FILTER)[0]


def ask_for_video(parent: QWidget) -> str:
    """Return the path of the chosen video file; "" when cancelled."""
    return QFileDialog.getOpenFileName(parent, tr("Open a video file"), str(Path.home()), _VIDEO_FILTER)[0]


def ask_for_folder(parent: QWidget, title: str) -> str:
    """Return the path of the chosen folder; "" when cancelled."""
    return QFileDialog.getExistingDirectory(parent, title, str(Path.home()))


def ask_for_pack(parent: QWidget) -> str:
    """Return the path of the chosen pack folder; "" when cancelled."""
    return QFileDialog.getExistingDirectory(parent, tr("Open a pack folder"), str(Path.home()))


def ask_for_name(parent: QWidget, title: str, label: str) -> str:
    """Return the name that the person typed; "" when cancelled."""
    name, accepted = QInputDialog.getText(parent, title, label)
    return name if accepted else ""


def ask_for_preset(parent: QWidget) -> Path | None:
    """Return the chosen file of presets; None when cancelled."""
    file = QFileDialog.getOpenFileName(parent, tr("Import presets"), str(Path.home()), _PRESET_FILTER)[0]
    return Path(file) if file else None


def ask_for_preset_to_write(parent: QWidget, name: str) -> Path | None:
    """Return the path of the file to write a preset to; None when cancelled."""
    proposed = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in name)
    path = str(Path.home() / f"{proposed}.toml")
    file = QFileDialog.getSaveFileName(parent, tr("Export a preset"), path, _PRESET_FILTER)[0]
    return Path(file) if file else None


def ask_for_gallery(parent: QWidget) -> Path | None:
    """Return the chosen file of a gallery; None when cancelled."""
    file = QFileDialog.getOpenFileName(parent, tr("Import a gallery"), str(Path.home()), _GALLERY_FILTER)[0]
    return Path(file) if file else None


def ask_for_gallery_to_write(parent: QWidget) -> Path | None:
    """Return the path of the file to write the gallery to; None when cancelled."""
    path = str(Path.home() / "portraits.puppet-gallery")
    file = QFileDialog.getSaveFileName(parent, tr("Export the gallery"), path, _GALLERY_FILTER)[0]
    return Path(file) if file else None
