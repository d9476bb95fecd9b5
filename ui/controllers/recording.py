"""Recording, virtual camera and snapshots: started and stopped in the background, with a notice about the result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PyQt6.QtCore import QObject, QTimer, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

from puppet.config import MARK, RecordingOptions
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
_SECOND_MS = 1000


class RecordingController(QObject):
    """Switches the session's sinks. The open ones are read from Status, so they are right after an error, too.

    Args:
        bridge: gives the session.
        notices: shows saved files and errors.

        countdown_s: seconds from the command to the beginning of a recording.

    Attributes:
        path: file or folder of the recording; None: nothing is recorded.
        options: of the recordings that begin from now on.
        takes: record takes, not plain files.

    Signals:
        changed: recording (bool), its length ("00:12") or the countdown, virtual camera (bool).
        saved: path of a recording or snapshot, or the folder of a take.
        chosen: fields of Settings with their new values.
    """

    changed = pyqtSignal(bool, str, bool)
    saved = pyqtSignal(object)
    chosen = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, countdown_s: int = 0) -> None:
        super().__init__()
        self._bridge = bridge
        self._notices = notices
        self._status = Status()
        self._busy: set[SinkKind] = set()
        self.path: Path | None = None
        self.options, self.takes = bridge.options.recording, bridge.options.takes
        self._countdown_s, self._left_s = countdown_s, 0
        self._countdown = QTimer(notices)  # ends with the window
        self._countdown.timeout.connect(self._count)
        self._reopen_virtual_camera = bridge.options.virtual_camera
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
            self._run(kind, session.stop_recording, partial(self._saved, tr("Recording")))
        elif self._left_s:
            self._left_s = 1
            self._count(begin=False)
        elif self._countdown_s:
            self._left_s = self._countdown_s
            self._countdown.start(_SECOND_MS)
            self._emit_changed()
        else:
            self._begin(session)

    def toggle_pause(self) -> None:
        """Pause the recording, or go on; nothing happens without one."""
        session, recorded = self._bridge.session, self._status.recorded
        if session is not None and recorded is not None:
            session.pause_recording(not recorded.paused)
            self._bridge.poll_status()

    def save_replay(self) -> None:
        """Save the last half minute to a new file."""
        if (session := self._ready_session(SinkKind.REPLAY)) is not None:
            work = partial(_save_replay, session)
            self._run(SinkKind.REPLAY, work, partial(self._saved, tr("Replay")))

    def choose(
        self, *, options: RecordingOptions | None = None, takes: bool | None = None, countdown_s: int | None = None
    ) -> None:
        """Use these for the recordings that begin from now on; None: as they are."""
        self.options = options or self.options
        self.takes = self.takes if takes is None else takes
        self._countdown_s = self._countdown_s if countdown_s is None else countdown_s
        if self._bridge.session is not None:
            self._bridge.session.choose_recording(self.options)
        self.chosen.emit(
            {
                "quality": self.options.quality,
                "takes": self.takes,
                "countdown_s": self._countdown_s,
                "replay": self.options.replay,
            }
        )

    def _count(self, *, begin: bool = True) -> None:
        """Count a second down, and begin at the end."""
        self._left_s -= 1
        self._emit_changed()
        if self._left_s == 0:
            self._countdown.stop()
            if begin and (session := self._ready_session(SinkKind.RECORDER)) is not None:
                self._begin(session)

    def _begin(self, session: LiveSession) -> None:
        self._run(SinkKind.RECORDER, partial(_start_recording, session, self.takes), self._started)

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
                self._saved(tr("Recording"), path)

            self._run(kind, session.stop_recording, finished)

    def save_snapshot(self, picture: Picture | None) -> None:
        """Write a picture to the folder of snapshots."""
        if picture is None:
            self._notices.post_warning(tr("No picture yet; take a snapshot when the portrait moves"), READY)
            return
        saved = partial(self._saved, tr("Snapshot"))
        self._bridge.io_worker.submit(partial(_save_snapshot, picture), saved, self._notices.post_error)

    def _show_picture(self, rendered: Rendered) -> None:
        session = self._bridge.session
        if session is not None and rendered.picture.shape[1::-1] == self._awaited_size:
            self._awaited_size = None
            start = partial(_start_recording, session, self.takes)
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
            self._run(SinkKind.RECORDER, session.stop_recording, partial(self._saved, tr("Recording")))
        self._show_status(Status())

    def _session_opened(self) -> None:
        if self._bridge.session is not None:
            self._bridge.session.choose_recording(self.options)
        if self._reopen_virtual_camera:
            self._reopen_virtual_camera = False
            self.toggle_virtual_camera()

    def _ready_session(self, kind: SinkKind) -> LiveSession | None:
        if self._bridge.session is None:
            self._notices.post_warning(tr("Puppet is still getting ready; try again in a moment"), READY)
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
            text = tr("Take saved in {folder} as {file}").format(folder=_folder(path), file=path.name)
            self._notices.post(Notice(text, action=tr("Show in folder"), act=partial(show_folder, path)))
        else:
            text = tr("{what} saved in {folder} as {file}").format(what=what, folder=_folder(path), file=path.name)
            self._notices.post(Notice(text, action=tr("Show in folder"), act=partial(show_folder, path.parent)))

    def _emit_changed(self) -> None:
        recorded, sinks = self._status.recorded, self._status.sinks
        counting = f"{self._left_s} …" if self._left_s else ""
        elapsed = elapsed_text(recorded.seconds) if recorded else counting
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


def _save_replay(session: LiveSession) -> Path:
    path = recording_path()
    try:
        return session.save_replay(path)
    finally:
        release(path)


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


def _folder(path: Path) -> str:
    """Return the last two folders of a path."""
    return f"{path.parent.parent.name}/{path.parent.name}"
