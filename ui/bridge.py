"""Between the window and the session: one timer pulls the newest picture, the status and finished background work.

Nothing is pushed from other threads. The session is made on a worker, because making it imports what takes seconds;
until it is there, commands are kept (controls) or refused by `session` being None.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from puppet.domain import Controls, Picture, Status
from puppet.errors import PuppetError
from ui.workers import Lane

if TYPE_CHECKING:
    from puppet.capture import Camera
    from puppet.puppeteer import Rendered, SourceAvatar

PULL_MS = 16
STATUS_MS = 200
_STOP_S = 2.0
_LANE_S = 0.5


class LiveSession(Protocol):
    """What the window needs of puppet.session.Session; see there for threads and errors."""

    @property
    def controls(self) -> Controls:
        """The controls of the newest frame."""

    def start(self) -> None:
        """Begin to capture and render."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """End every thread and release everything."""

    def preview(self) -> Rendered | None:
        """The newest picture."""

    def status(self) -> Status:
        """What is going on."""

    def error(self) -> PuppetError | None:
        """What ended the session, if anything did."""

    def set_controls(self, controls: Controls) -> None:
        """Use other controls from the next frame on."""

    def calibrate(self) -> None:
        """Take the next good frame as the neutral pose."""

    def prepare(self, picture: Picture, name: str) -> SourceAvatar:
        """Analyse a portrait; blocks, on one worker at a time. TrackingError when it has no face."""

    def show(self, avatar: SourceAvatar) -> None:
        """Animate another portrait from the next frame on."""

    def choose_camera(self, open_camera: Callable[[], Camera]) -> None:
        """Use another camera."""

    def start_recording(self, path: Path) -> None:
        """Begin to record."""

    def stop_recording(self) -> Path | None:
        """Finish the recording."""

    def start_virtual_camera(self, device: str | None = None) -> None:
        """Open the virtual camera. SinkError says what to install."""

    def stop_virtual_camera(self) -> None:
        """Close the virtual camera."""


class SessionBridge(QObject):
    """The GUI thread's view of the session.

    Args:
        open_session: makes a session ready to start; called on the engine lane.
        controls: what the session begins with.

    Attributes:
        session: None until it has been opened, and after it failed to.
        engine_lane: background work with the engine: opening, analysing portraits. One job at a time, as engines ask.
        chore_lane: background work without it: files, camera lists, outputs.

    Signals:
        opened: the session runs.
        picture_changed: a new puppet.puppeteer.Rendered.
        status_changed: a new puppet.domain.Status.
        failed: the exception that ended the session or kept it from opening; once.
    """

    opened = pyqtSignal()
    picture_changed = pyqtSignal(object)
    status_changed = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, open_session: Callable[[], LiveSession], controls: Controls) -> None:
        super().__init__()
        self.session: LiveSession | None = None
        self.engine_lane = Lane("ui engine")
        self.chore_lane = Lane("ui chores")
        self.controls = controls
        self._open_session = open_session
        self._shown: Rendered | None = None
        self._failed = False
        self._closing = False
        self._pull = QTimer(self)
        self._pull.setTimerType(Qt.TimerType.PreciseTimer)
        self._pull.timeout.connect(self.pull)
        self._ask_status = QTimer(self)
        self._ask_status.timeout.connect(self.pull_status)

    def start(self) -> None:
        """Begin to pull, and open the session in the background."""
        self._pull.start(PULL_MS)
        self._ask_status.start(STATUS_MS)
        self.engine_lane.submit(self._open, self._opened, self._fail)

    def set_controls(self, controls: Controls) -> None:
        """Use `controls` from the next frame on, or from the first when the session is still being opened."""
        self.controls = controls
        if self.session is not None:
            self.session.set_controls(controls)

    def pull(self) -> None:
        """Collect finished background work and the newest picture."""
        self.chore_lane.deliver()
        self.engine_lane.deliver()
        rendered = self.session.preview() if self.session is not None else None
        if rendered is not None and rendered is not self._shown:
            self._shown = rendered
            self.picture_changed.emit(rendered)

    def pull_status(self) -> None:
        """Collect the status and an error that ended the session."""
        if self.session is None:
            return
        self.status_changed.emit(self.session.status())
        error = self.session.error()
        if error is not None:
            self._fail(error)

    def close(self) -> None:
        """Stop the session and the lanes; takes at most 2 s. What is still being opened then stops itself."""
        self._closing = True
        self._pull.stop()
        self._ask_status.stop()
        deadline_s = time.monotonic() + _STOP_S
        self.chore_lane.close(_LANE_S)
        self.engine_lane.close(_LANE_S)  # a portrait that is being analysed holds the engine
        if self.session is not None:
            self.session.stop(deadline_s - time.monotonic())
            self.session = None

    def _open(self) -> LiveSession | None:
        session = self._open_session()
        session.start()
        if self._closing:  # the window went while the session was being made, and nobody else will stop it
            session.stop(_STOP_S)
            return None
        return session

    def _opened(self, session: LiveSession | None) -> None:
        if session is None:
            return
        self.session = session
        if session.controls != self.controls:
            session.set_controls(self.controls)
        self.opened.emit()

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            self.failed.emit(error)
