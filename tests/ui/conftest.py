"""A window on a fake session and a gallery of three small portraits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from pytestqt.qtbot import QtBot

from puppet.cameras.discovery import CameraInfo
from puppet.config import CameraOptions, LiveOptions
from puppet.errors import PuppetError
from puppet.live.session_protocol import LiveSession
from puppet.userdata.gallery import Gallery
from puppet.userdata.settings import Settings
from tests.support.fake_session import FakeSession
from tests.support.studio import Studio, fake_pack, save_picture
from ui.main_window import MainWindow
from ui.session_bridge import SessionBridge

if TYPE_CHECKING:
    from puppet.cameras.base import Camera


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
    def open_session(options: LiveOptions) -> LiveSession:
        session.opened_with.append(options)
        if session.refusal is not None:
            raise session.refusal
        return session if session.next is None else session.next

    yield from _studio(qtbot, gallery, open_session, session)


@pytest.fixture
def broken_studio(qtbot: QtBot, gallery: Gallery, session: FakeSession) -> Iterator[Studio]:
    """A window whose session cannot be opened: `session.failure` says why."""

    def refuse(options: LiveOptions) -> LiveSession:
        raise session.failure or PuppetError("refused")

    yield from _studio(qtbot, gallery, refuse, session)


def _studio(
    qtbot: QtBot, gallery: Gallery, open_session: Callable[[LiveOptions], LiveSession], session: FakeSession
) -> Iterator[Studio]:
    cameras: list[CameraInfo] = []
    packs = [fake_pack("face", "face"), fake_pack("parts", "coseg")]

    def open_camera(which: str | None, options: CameraOptions) -> Camera:
        session.calls.append(f"open camera {which}")
        session.camera_options = options
        return cast("Camera", object())

    window = MainWindow(
        SessionBridge(open_session, LiveOptions()),
        gallery,
        Settings(),
        list_cameras=lambda: list(cameras),
        open_camera=open_camera,
        list_packs=lambda: list(packs),
    )
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield Studio(window, session, gallery, cameras, qtbot)
    window.quit()
