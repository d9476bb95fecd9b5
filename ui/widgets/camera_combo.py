"""List of cameras."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from puppet.cameras.discovery import CameraInfo
from ui.translation import tr
from ui.widgets.combo import BrowseCombo

AUTOMATIC = ""


class CameraCombo(BrowseCombo):
    """Cameras by name, the bundled clip, and any video file. A choice is a camera's name, a file's path or AUTOMATIC.

    Args:
        clip: path of the bundled clip.
    """

    def __init__(self, clip: Path) -> None:
        super().__init__(
            tr("Camera"), tr("The camera that films you, or a video in its place"), tr("Open a video file…"), AUTOMATIC
        )
        self._clip = clip
        self._has_camera = True  # until the cameras are listed
        self._show([])

    def plays_clip(self) -> bool:
        """Return True when the choice is automatic and no camera was found, so that the clip plays."""
        return not self._has_camera and self.choice == AUTOMATIC

    def set_cameras(self, found: list[CameraInfo]) -> None:
        """Set the cameras that were found."""
        self._has_camera = not all(camera.virtual for camera in found)
        self._show(found)

    @override
    def unknown_label(self, choice: str) -> str:
        if ":" in choice and not Path(choice).exists():  # an address, or a region of the screen
            return choice.rpartition("@")[2]  # without a password
        return Path(choice).name if Path(choice).suffix else tr("{} (not found)").format(choice)

    def _show(self, cameras: list[CameraInfo]) -> None:
        names = [(camera.name, camera.name) for camera in cameras]
        self.set_entries([(tr("Automatic"), AUTOMATIC), *names, (tr("Bundled clip"), str(self._clip))])
