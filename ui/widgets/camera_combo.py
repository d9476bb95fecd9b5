"""List of cameras, updated in the background when it is opened."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from typing_extensions import override

from puppet.cameras.discovery import CameraInfo
from ui.widgets.combo import ComboBox

AUTOMATIC = ""
_OPEN_FILE = "\0open"


class CameraCombo(ComboBox):
    """Cameras by name, the bundled clip, and any video file. A choice is a camera's name, a file's path or AUTOMATIC.

    Args:
        clip: the bundled clip's path.

    Signals:
        about_to_open: the list is being opened; find the cameras, then call `set_cameras`.
        chosen: the person chose another camera.
        file_wanted: the person wants to choose a video file.
    """

    about_to_open = pyqtSignal()
    chosen = pyqtSignal(str)
    file_wanted = pyqtSignal()

    def __init__(self, clip: Path) -> None:
        super().__init__("Camera", "The camera that films you, or a video in its place")
        self._clip = clip
        self._cameras: list[CameraInfo] | None = None
        self._choice = AUTOMATIC
        self.activated.connect(self._activated)
        self._fill()

    def choice(self) -> str:
        """Return the current choice."""
        return self._choice

    def set_choice(self, choice: str) -> None:
        """Select a choice without emitting `chosen`; a file or an unplugged camera gets an entry of its own."""
        self._choice = choice
        self._fill()

    def plays_clip(self) -> bool:
        """Return True when the choice is automatic and no camera was found, so that the clip plays."""
        known = self._cameras is not None and all(camera.virtual for camera in self._cameras)
        return known and self._choice == AUTOMATIC

    def set_cameras(self, found: list[CameraInfo]) -> None:
        """Set the cameras that were found."""
        if found != self._cameras:
            self._cameras = list(found)
            self._fill()

    @override
    def showPopup(self) -> None:
        self.about_to_open.emit()
        super().showPopup()

    def _entries(self) -> list[tuple[str, str]]:
        known = [(camera.name, camera.name) for camera in self._cameras or []]
        entries = [("Automatic", AUTOMATIC), *known, ("Bundled clip", str(self._clip))]
        if self._choice not in (choice for _, choice in entries):
            path = Path(self._choice)
            entries.append((path.name if path.suffix else f"{self._choice} (not found)", self._choice))
        return [*entries, ("Open a video file…", _OPEN_FILE)]

    def _fill(self) -> None:
        self.refill(self._entries(), self._choice)

    def _activated(self, index: int) -> None:
        choice = self.itemData(index)
        if choice == _OPEN_FILE:
            self.setCurrentIndex(self.findData(self._choice))
            self.file_wanted.emit()
        elif choice != self._choice:
            self._choice = choice
            self.chosen.emit(choice)
