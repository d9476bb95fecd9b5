"""The picture behind the person: read before it is shown; the old background stays when it cannot be read."""

from __future__ import annotations

from pathlib import Path

from puppet.media.pictures import read_picture
from ui.dialogs.files import ask_for_background
from ui.panels.background import BackgroundPanel
from ui.session_bridge import SessionBridge
from ui.widgets.notice_bar import NoticeBar


class BackgroundController:
    """Asks for a picture and reads it, in the background."""

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, panel: BackgroundPanel) -> None:
        """Connect the panel's choice."""
        self._bridge, self._notices, self._panel = bridge, notices, panel
        panel.picture_wanted.connect(self._ask)

    def _ask(self) -> None:
        if not (name := ask_for_background(self._panel)):
            return
        path = Path(name)

        def read() -> Path:
            read_picture(path)
            return path

        self._bridge.io_worker.submit(read, self._panel.use_picture, self._notices.post_error)
