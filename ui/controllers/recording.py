"""Record, virtual camera and snapshot: started and stopped in the background, with a line about what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices

from puppet.domain import Picture, SinkKind, Status
from puppet.live.api import LiveSession
from puppet.media.files import recording_path, snapshot_path
from puppet.media.pictures import write_picture
from ui.session_bridge import SessionBridge
from ui.status_text import Severity, elapsed_words
from ui.widgets.notice_bar import Notice

T = TypeVar("T")


class RecordingController(QObject):
    """What leaves the window. What is on is read from the session's Status, so it is true after an error, too.

    Args:
        bridge: to the session.
        clock: seconds, monotonic.

    Signals:
        changed: recording (bool), its elapsed time ("00:12"), virtual camera (bool).
        notice: a ui.widgets.notice_bar.Notice for the person.
    """

    changed = pyqtSignal(bool, str, bool)
    notice = pyqtSignal(object)

    def __init__(self, bridge: SessionBridge, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._bridge = bridge
        self._clock = clock
        self._status = Status()
        self._recording_since_s: float | None = None
        self._busy: set[str] = set()
        self._virtual_camera_again = False
        bridge.status_changed.connect(self.show_status)
        bridge.leaving.connect(self._finish)
        bridge.opened.connect(self._go_on)

    def show_status(self, status: Status) -> None:
        """Take over what is on."""
        self._status = status
        if SinkKind.RECORDER not in status.sinks:
            self._recording_since_s = None
        elif self._recording_since_s is None:
            self._recording_since_s = self._clock()
        self._tell()

    def toggle_recording(self) -> None:
        """Start a recording under a new name, or finish the one that runs."""
        session = self._ready_session("recording")
        if session is None:
            return
        if SinkKind.RECORDER in self._status.sinks:
            self._run("recording", session.stop_recording, self._recorded)
        else:
            self._run("recording", partial(_start_recording, session), lambda _path: None)

    def toggle_virtual_camera(self) -> None:
        """Open the virtual camera, or close it."""
        session = self._ready_session("virtual camera")
        if session is None:
            return
        if SinkKind.VIRTUAL_CAMERA in self._status.sinks:
            self._run("virtual camera", session.stop_virtual_camera, lambda _nothing: None)
        else:
            self._run("virtual camera", session.start_virtual_camera, lambda _nothing: None)

    def save_snapshot(self, picture: Picture | None) -> None:
        """Write a picture to the person's pictures."""
        if picture is None:
            self.notice.emit(Notice("There is no picture yet to take a snapshot of", Severity.WARNING))
            return
        self._bridge.io_worker.submit(partial(_save_snapshot, picture), partial(self._saved, "Snapshot"), self._warn)

    def _finish(self) -> None:
        """The session is about to end: its recording is finished, and its virtual camera opens again with the next."""
        session = self._bridge.session
        if session is None:
            return
        self._virtual_camera_again = SinkKind.VIRTUAL_CAMERA in self._status.sinks
        if SinkKind.RECORDER in self._status.sinks and "recording" not in self._busy:
            self._run("recording", session.stop_recording, self._recorded)
        self.show_status(Status())

    def _go_on(self) -> None:
        if self._virtual_camera_again:
            self._virtual_camera_again = False
            self.toggle_virtual_camera()

    def _ready_session(self, what: str) -> LiveSession | None:
        if self._bridge.session is None:
            self.notice.emit(Notice("Puppet is still getting ready; try again in a moment", Severity.WARNING))
            self._tell()
        return None if what in self._busy else self._bridge.session

    def _run(self, what: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        self._busy.add(what)
        self._bridge.io_worker.submit(work, partial(self._done, what, done), partial(self._failed, what))

    def _done(self, what: str, done: Callable[[T], None], result: T) -> None:
        self._busy.discard(what)
        self._bridge.pull_status()
        done(result)

    def _failed(self, what: str, error: Exception) -> None:
        self._busy.discard(what)
        self._warn(error)
        self._tell()

    def _recorded(self, path: Path | None) -> None:
        if path is not None:
            self._saved("Recording", path)

    def _saved(self, what: str, path: Path) -> None:
        self.notice.emit(
            Notice(
                f"{what} saved in {path.parent.name} as {path.name}",
                action="Show in folder",
                act=partial(_show_folder, path),
            )
        )

    def _warn(self, error: Exception) -> None:
        self.notice.emit(Notice(str(error), Severity.ERROR))

    def _tell(self) -> None:
        since = self._recording_since_s
        elapsed = "" if since is None else elapsed_words(self._clock() - since)
        self.changed.emit(since is not None, elapsed, SinkKind.VIRTUAL_CAMERA in self._status.sinks)


def _start_recording(session: LiveSession) -> Path:
    path = recording_path()
    session.start_recording(path)
    return path


def _save_snapshot(picture: Picture) -> Path:
    path = snapshot_path()
    write_picture(path, picture)
    return path


def _show_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
