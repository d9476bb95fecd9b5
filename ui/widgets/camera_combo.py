"""List of cameras."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from puppet.cameras.discovery import CameraInfo
from ui.widgets.combo import BrowseCombo

AUTOMATIC = ""


class CameraCombo(BrowseCombo):
    """Cameras by name, the bundled clip, and any video file. A choice is a camera's name, a file's path or AUTOMATIC.

    Args:
        clip: path of the bundled clip.
    """

    def __init__(self, clip: Path) -> None:
        super().__init__(
            "Camera", "The camera that films you, or a video in its place", "Open a video file…", AUTOMATIC
        )
        self._clip = clip
        self._cameras: list[CameraInfo] | None = None
        self.update_entries()

    def plays_clip(self) -> bool:
        """Return True when the choice is automatic and no camera was found, so that the clip plays."""
        none_found = self._cameras is not None and all(camera.virtual for camera in self._cameras)
        return none_found and self.choice == AUTOMATIC

    def set_cameras(self, found: list[CameraInfo]) -> None:
        """Set the cameras that were found."""
        if found != self._cameras:
            self._cameras = list(found)
            self.update_entries()

    @override
    def entries(self) -> list[tuple[str, str]]:
        known = [(camera.name, camera.name) for camera in self._cameras or []]
        entries = [("Automatic", AUTOMATIC), *known, ("Bundled clip", str(self._clip))]
        if self.choice not in (data for _, data in entries):
            path = Path(self.choice)
            entries.append((path.name if path.suffix else f"{self.choice} (not found)", self.choice))
        return entries
