"""A window on a fake session and a gallery of three small portraits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from pytestqt.qtbot import QtBot

from puppet.config import Settings
from puppet.devices import CameraInfo
from puppet.domain import Controls
from puppet.errors import PuppetError
from puppet.gallery import Gallery
from tests.ui.fake_session import FakeSession
from tests.ui.studio import Studio, save_picture
from ui.bridge import LiveSession, SessionBridge
from ui.main_window import MainWindow

if TYPE_CHECKING:
    from puppet.capture import Camera


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    folder = tmp_path / "bundled"
    folder.mkdir()
    lines = []
    for number, name in enumerate(("Ada", "Bo", "Cy")):
        save_picture(folder / f"{name.lower()}.png", (40 * number, 90, 160))
        lines.append(f'[[avatar]]\nfile = "{name.lower()}.png"\ntitle = "{name}"\n')
    (folder / "avatars.toml").write_text("".join(lines))
    return Gallery(folder, tmp_path / "own")


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def studio(qtbot: QtBot, gallery: Gallery, session: FakeSession) -> Iterator[Studio]:
    yield from _studio(qtbot, gallery, lambda: cast("LiveSession", session), session)


@pytest.fixture
def broken_studio(qtbot: QtBot, gallery: Gallery, session: FakeSession) -> Iterator[Studio]:
    """A window whose session cannot be opened: `session.failure` says why."""

    def refuse() -> LiveSession:
        raise session.failure or PuppetError("refused")

    yield from _studio(qtbot, gallery, refuse, session)


def _studio(
    qtbot: QtBot, gallery: Gallery, open_session: Callable[[], LiveSession], session: FakeSession
) -> Iterator[Studio]:
    cameras: list[CameraInfo] = []

    def open_camera(which: str | None) -> Camera:
        session.calls.append(f"open camera {which}")
        return cast("Camera", object())

    window = MainWindow(
        SessionBridge(open_session, Controls()),
        gallery,
        Settings(),
        avatar=None,
        camera=None,
        list_cameras=lambda: list(cameras),
        open_camera=open_camera,
    )
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield Studio(window, session, gallery, cameras, qtbot)
    window.close()
