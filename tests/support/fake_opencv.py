"""A fake cv2.VideoCapture, and two webcams and a loopback device that are plugged in."""

from __future__ import annotations

import threading
from typing import ClassVar

import cv2
import numpy as np
import pytest

from puppet.cameras import opening, webcam
from puppet.cameras.discovery import CameraInfo

LAPTOP = CameraInfo(0, "Laptop Cam")
STUDIO = CameraInfo(2, "Studio Cam")
LOOPBACK = CameraInfo(5, "Puppet", virtual=True)


class FakeCapture:
    """cv2.VideoCapture: delivers `frames` pictures of one blue (BGR) colour, and keeps what it was asked for."""

    made: ClassVar[list[FakeCapture]] = []
    opens: ClassVar[bool] = True
    frames: ClassVar[int] = 1000
    hold: ClassVar[threading.Event | None] = None

    def __init__(self, index: int, api: int) -> None:
        self.index, self.api = index, api
        self.asked: list[tuple[int, float]] = []
        self.released = 0
        self.reading = threading.Event()
        self._left = type(self).frames
        FakeCapture.made.append(self)

    def isOpened(self) -> bool:
        return type(self).opens

    def set(self, name: int, value: float) -> bool:
        self.asked.append((name, value))
        return True

    def get(self, name: int) -> float:
        return 30.0

    def read(self) -> tuple[bool, np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None]:
        assert not self.released, "read after release"
        if FakeCapture.hold is not None and len(self.asked) and self._left < type(self).frames:
            self.reading.set()
            FakeCapture.hold.wait()
        self._left -= 1
        if self._left < 0:
            return False, None
        return True, np.full((90, 160, 3), (250, 100, 10), np.uint8)

    def release(self) -> None:
        self.released += 1


def fake_opencv(monkeypatch: pytest.MonkeyPatch) -> type[FakeCapture]:
    """Two cameras and a loopback device, all healthy."""
    monkeypatch.setattr(FakeCapture, "made", [])
    monkeypatch.setattr(FakeCapture, "opens", True)
    monkeypatch.setattr(FakeCapture, "frames", 1000)
    monkeypatch.setattr(FakeCapture, "hold", None)
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    plugged(monkeypatch, LAPTOP, STUDIO, LOOPBACK)
    return FakeCapture


def plugged(monkeypatch: pytest.MonkeyPatch, *infos: CameraInfo) -> None:
    """These cameras are there, and no others."""
    for module in (opening, webcam):
        monkeypatch.setattr(module, "list_cameras", lambda: list(infos))
