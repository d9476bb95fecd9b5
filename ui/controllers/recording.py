"""Recording, virtual camera and snapshots: started and stopped in the background, with a notice about the result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

from puppet.config import MARK
from puppet.domain import Picture, SinkKind, Status
from puppet.errors import PuppetError
from puppet.live.session_protocol import LiveSession
from puppet.media.files import recording_path, release, snapshot_path
from puppet.media.pictures import write_picture
from puppet.takes.take import take_folder
from ui.session_bridge import SessionBridge
from ui.status_text import elapsed_text
from ui.translation import tr
from ui.widgets.notice_bar import READY, Notice, NoticeBar

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered

T = TypeVar("T")


class RecordingController(QObject):
    """Switches the session's sinks. The open ones are read from Status, so they are right after an error, too.

    Args:
        bridge: gives the session.
        notices: shows saved files and errors.

    Attributes:
        path: file of the recording; None: nothing is recorded.

    Signals:
        changed: recording (bool), its length ("00:12"), virtual camera (bool).
        saved: path of a recording or snapshot, or the folder of a take.
    """

    changed = pyqtSignal(bool, str, bool)
    saved = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, notices: NoticeBar) -> None:
        super().__init__()
        self._bridge = bridge
        self._notices = notices
        self._status = Status()
        self._busy: set[SinkKind] = set()
        self.path: Path | None = None
        self._reopen_virtual_camera = False
        self._awaited_size: tuple[int, int] | None = None
        bridge.picture_changed.connect(self._show_picture)
        bridge.status_changed.connect(self._show_status)
        bridge.failed.connect(self._session_failed)
        bridge.opened.connect(self._session_opened)

    def toggle_recording(self) -> None:
        """Start a recording in a new file, or finish the running one."""
        kind, self._awaited_size = SinkKind.RECORDER, None
        if (session := self._ready_session(kind)) is None:
            return
        if kind in self._status.sinks:
            self._run(kind, session.stop_recording, partial(self._saved, "Recording"))
        else:
            self._run(kind, partial(_start_recording, session, self._bridge.options.takes), self._started)

    def toggle_virtual_camera(self) -> None:
        """Open or close the virtual camera."""
        kind = SinkKind.VIRTUAL_CAMERA
        if (session := self._ready_session(kind)) is not None:
            is_open = kind in self._status.sinks
            work = session.stop_virtual_camera if is_open else session.start_virtual_camera
            self._run(kind, work)

    def continue_with_size(self, size: tuple[int, int]) -> None:
        """Finish the running recording, choose a size, and go on in a new file with the first picture of this size."""
        kind = SinkKind.RECORDER
        if (session := self._ready_session(kind)) is not None:

            def finished(path: Path | None) -> None:
                session.choose_size(size)
                self._awaited_size = size
                self._saved("Recording", path)

            self._run(kind, session.stop_recording, finished)

    def save_snapshot(self, picture: Picture | None) -> None:
        """Write a picture to the folder of snapshots."""
        if picture is None:
            self._notices.post_warning("No picture yet; take a snapshot when the portrait moves", READY)
            return
        saved = partial(self._saved, "Snapshot")
        self._bridge.io_worker.submit(partial(_save_snapshot, picture), saved, self._notices.post_error)

    def _show_picture(self, rendered: Rendered) -> None:
        session = self._bridge.session
        if session is not None and rendered.picture.shape[1::-1] == self._awaited_size:
            self._awaited_size = None
            start = partial(_start_recording, session, self._bridge.options.takes)
            self._run(SinkKind.RECORDER, start, self._continued)

    def _continued(self, path: Path) -> None:
        self._started(path)
        text = tr("A recording has one size: the part before is saved, and the recording goes on as {name}")
        self._notices.post(
            Notice(text.format(name=path.name), action=tr("Show in folder"), act=partial(show_folder, path.parent))
        )

    def _show_status(self, status: Status) -> None:
        self._status = status
        if SinkKind.RECORDER not in status.sinks:
            self.path = None
        self._emit_changed()

    def _session_failed(self) -> None:
        """Say where the recording is that ended with the session; a next one opens the virtual camera again."""
        session = self._bridge.session
        self._reopen_virtual_camera = SinkKind.VIRTUAL_CAMERA in self._status.sinks
        if session is not None and SinkKind.RECORDER in self._status.sinks and SinkKind.RECORDER not in self._busy:
            self._run(SinkKind.RECORDER, session.stop_recording, partial(self._saved, "Recording"))
        self._show_status(Status())

    def _session_opened(self) -> None:
        if self._reopen_virtual_camera:
            self._reopen_virtual_camera = False
            self.toggle_virtual_camera()

    def _ready_session(self, kind: SinkKind) -> LiveSession | None:
        if self._bridge.session is None:
            self._notices.post_warning("Puppet is still getting ready; try again in a moment", READY)
            self._emit_changed()
        return None if kind in self._busy else self._bridge.session

    def _run(self, kind: SinkKind, work: Callable[[], T], done: Callable[[T], None] = lambda _result: None) -> None:
        self._busy.add(kind)
        self._bridge.io_worker.submit(work, partial(self._done, kind, done), partial(self._failed, kind))

    def _done(self, kind: SinkKind, done: Callable[[T], None], result: T) -> None:
        self._busy.discard(kind)
        self._notices.resolve(kind.value)
        self._bridge.poll_status()
        done(result)

    def _failed(self, kind: SinkKind, error: Exception) -> None:
        self._busy.discard(kind)
        self._notices.post_error(error, kind.value)
        self._emit_changed()

    def _started(self, path: Path) -> None:
        self.path = path

    def _saved(self, what: str, path: Path | None) -> None:
        if path is None:
            return
        self.saved.emit(path)
        if path.is_dir():
            text = f"Take saved in {path.parent.parent.name}/{path.parent.name} as {path.name}"
            self._notices.post(Notice(text, action="Show in folder", act=partial(show_folder, path)))
        else:
            text = f"{what} saved in {path.parent.parent.name}/{path.parent.name} as {path.name}"
            self._notices.post(Notice(text, action="Show in folder", act=partial(show_folder, path.parent)))

    def _emit_changed(self) -> None:
        recorded, sinks = self._status.recorded, self._status.sinks
        elapsed = elapsed_text(recorded.seconds) if recorded else ""
        if recorded and recorded.paused:
            elapsed = f"❚❚ {elapsed}"
        self.changed.emit(SinkKind.RECORDER in sinks, elapsed, SinkKind.VIRTUAL_CAMERA in sinks)


def _start_recording(session: LiveSession, takes: bool) -> Path:
    path = take_folder() if takes else recording_path()
    try:
        session.start_recording(path)
    except PuppetError:
        if takes:
            with suppress(OSError):
                path.rmdir()
        raise
    finally:
        release(path)  # unless the recorder has it
    return path


def _save_snapshot(picture: Picture) -> Path:
    path = snapshot_path()
    try:
        write_picture(path, picture, mark=MARK)
    finally:
        release(path)
    return path


def show_folder(folder: Path) -> None:
    """Show a folder in the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
