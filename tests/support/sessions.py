"""Helpers for tests of a session: its threads by name, a missing camera, a fake sink."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from puppet.cameras.base import Camera
from puppet.domain import SinkKind
from puppet.errors import CameraError
from puppet.live import outputs
from puppet.live.session import Session
from tests.support.fakes import FakeSink


def session_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("puppet-")]


def away() -> Camera:
    raise CameraError("Laptop Cam is not plugged in")


def attach(live: Session, sink: FakeSink, kind: SinkKind) -> None:
    """Open a fake sink in the place of the recorder or the virtual camera."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "Recorder", lambda *given: sink)
        patch.setattr(outputs, "VirtualCamera", lambda size, device: sink)
        live.start_recording(Path("unused.mp4")) if kind is SinkKind.RECORDER else live.start_virtual_camera()
