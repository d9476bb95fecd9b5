"""The window under test, with its fake session and its gallery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from pytestqt.qtbot import QtBot

from puppet.cameras.discovery import CameraInfo
from puppet.packs import Pack, PackCard
from puppet.userdata.gallery import Gallery
from tests.support.fake_session import FakeSession, rendered
from ui.main_window import MainWindow


def save_picture(path: Path, colour: tuple[int, int, int] = (120, 90, 60), size: tuple[int, int] = (96, 128)) -> Path:
    Image.new("RGB", size, colour).save(path)
    return path


def fake_pack(name: str, family: str) -> Pack:
    """A pack as the list shows it; nothing lies in its folder."""
    card = PackCard(name, family, 256, "graph", 10, "none", f"What {name} is good for")
    return Pack(Path(name), card, {})


@dataclass
class Studio:
    """The window under test, its fake session, gallery and cameras."""

    window: MainWindow
    session: FakeSession
    gallery: Gallery
    cameras: list[CameraInfo]
    qtbot: QtBot

    def start(self) -> None:
        """Open the session, which renders a picture, and wait for the three portraits to be analysed."""
        self.window.bridge.start()
        self.until(lambda: self.window.bridge.session is not None)
        self.render()
        self.until(lambda: len(self.session.prepared) >= 3 and self.session.shown != [])

    def until(self, happened: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(happened, timeout=10_000)

    def render(self, level: int = 128) -> None:
        """Deliver one picture to the stage."""
        picture = np.full((72, 128, 3), level, np.uint8)
        self.session.rendered = rendered(picture)
        self.window.bridge.poll_picture()

    def notice(self) -> str:
        return self.window.notices.text
