"""A camera that stands on its side or is to be flipped: turns another camera's frames. Threads as for that camera."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from puppet.cameras.base import Camera
from puppet.domain import Frame

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class TurnedCamera:
    """Delivers the frames of `camera` turned clockwise by 0, 90, 180 or 270 degrees, then flipped left to right."""

    def __init__(self, camera: Camera, turned_deg: int, flip: bool) -> None:
        self._camera, self._turned_deg, self._flip = camera, turned_deg, flip

    @property
    def name(self) -> str:
        """Name of the camera."""
        return self._camera.name

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the turned frames."""
        width, height = self._camera.size
        return (height, width) if self._turned_deg in (90, 270) else (width, height)

    @property
    def fps(self) -> float:
        """Rate of the camera."""
        return self._camera.fps

    @property
    def paced(self) -> bool:
        """True if the camera's frames come at its own rate."""
        return self._camera.paced

    def read(self, timeout_s: float) -> Frame | None:
        """Return the next frame, turned."""
        frame = self._camera.read(timeout_s)
        if frame is None:
            return None
        image = frame.image
        if self._turned_deg in _TURNS:
            image = np.asarray(cv2.rotate(image, _TURNS[self._turned_deg]), np.uint8)
        if self._flip:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
        return replace(frame, image=image)

    def reopen(self) -> TurnedCamera:
        """Open the camera again."""
        return TurnedCamera(self._camera.reopen(), self._turned_deg, self._flip)

    def close(self) -> None:
        """Release the camera."""
        self._camera.close()
