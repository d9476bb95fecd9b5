"""Connects the window to the session: timers poll the newest picture, the status and finished background work.

The session is opened on a worker, because that imports libraries for seconds; until then `session` is None. Another
model or engine needs another session: it is opened while the old one continues, and replaces it when it is ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from puppet.config import LiveOptions
from puppet.domain import Controls, Overlay, Status
from puppet.live.session_protocol import LiveSession
from ui.background_jobs import Worker
from ui.controls_model import ControlsModel

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered

PICTURE_MS = 16
STATUS_MS = 200
_STOP_S = 2.0
_WORKER_S = 0.5


class SessionBridge(QObject):
    """The session on the GUI thread.

    Args:
        open_session: makes a session that is ready to start; called on the engine worker.
        options: how the first session is opened.

    Attributes:
        controls: the live controls; each change is passed to the session.
        session: None until it is opened, while it is being replaced, and after it failed to open.
        is_opening: a session is being opened or replaced.
        rendered: the newest picture; None before the first.
        status: the newest status.
        options: of the running session, or of the last attempt; `controls` may be newer than theirs.
        engine_worker: runs jobs that use the engine (open it, analyse portraits): engines take one call at a time.
        io_worker: runs the other jobs: own files, lists of cameras and packs, sinks.
        person_worker: makes portraits of several pictures, which takes up to minutes.
        file_worker: reads files of the user's, perhaps from a share that is gone, for which nothing else may wait.
        slow_worker: examines the computer for pages, for seconds.

    Signals:
        opened: a session was started, the first or a replacement.
        reopening: a replacement is being opened; the old session, if there is one, continues.
        session_ending: the replacement is ready, and the old session is about to end.
        reopen_failed: the exception that kept a replacement from opening; the old session continues.
        picture_changed: a new puppet.pipeline.puppeteer.Rendered.
        status_changed: a new puppet.domain.Status.
        failed: the exception that ended the session or kept it from opening; emitted once.
        controls_refused: the session refused a change of the controls, which was taken back.
    """

    opened = pyqtSignal()
    reopening = pyqtSignal()
    session_ending = pyqtSignal()
    reopen_failed = pyqtSignal(object)
    picture_changed = pyqtSignal(object)
    status_changed = pyqtSignal(object)
    failed = pyqtSignal(object)
    controls_refused = pyqtSignal()

    def __init__(self, open_session: Callable[[LiveOptions], LiveSession], options: LiveOptions) -> None:
        super().__init__()
        self.controls = ControlsModel(options.controls)
        self.controls.changed.connect(self._set_controls)
        self.session: LiveSession | None = None
        self.engine_worker = Worker("ui engine")
        self.io_worker = Worker("ui io")
        self.file_worker = Worker("ui files")
        self.person_worker = Worker("ui person")
        self.slow_worker = Worker("ui examinations")
        self.options = options
        self.rendered: Rendered | None = None
        self.status = Status()
        self._open_session = open_session
        self._unstopped: list[LiveSession] = []  # at most two, while one replaces the other
        self.is_opening = True  # `start` opens the first session
        self._failed = False
        self._closing = False
        self._picture_timer = QTimer(self)
        self._picture_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._picture_timer.timeout.connect(self.poll_picture)
        self._status_timer = QTimer(self)
        self._status_timer.timeout.connect(self.poll_status)

    def start(self) -> None:
        """Start the timers, and open the session in the background."""
        self._picture_timer.start(PICTURE_MS)
        self._status_timer.start(STATUS_MS)
        self._submit(self.options)

    def reopen(self, options: LiveOptions) -> None:
        """Replace the session by one with `options` and the newest controls; does nothing while one is being opened.

        The old session continues until the new one is ready, and stays if the new one fails to open. The new session
        takes over the open sinks. Part swap and overlays belong to the pack: the new session starts without them.
        """
        if not self.is_opening and not self._closing:
            self.is_opening = True
            self.reopening.emit()
            self._submit(replace(options, controls=_without_pack(self.controls.current)))

    def poll_picture(self) -> None:
        """Deliver finished background work, and emit the newest picture."""
        self.io_worker.deliver()
        self.file_worker.deliver()
        self.person_worker.deliver()
        self.slow_worker.deliver()
        self.engine_worker.deliver()
        rendered = self.session.preview() if self.session is not None else None
        if rendered is not None and rendered is not self.rendered:
            self.rendered = rendered
            self.picture_changed.emit(rendered)

    def poll_status(self) -> None:
        """Emit the status, and the error that ended the session; nothing after that error.

        While a replacement is being opened, the error is kept back: it is dropped when the replacement starts.
        """
        if self.session is None or self._failed:
            return
        self.status = self.session.status()
        self.status_changed.emit(self.status)
        error = self.session.error()
        if error is not None and not self.is_opening:
            self._fail(error)

    def close(self) -> None:
        """Stop the session and the workers; takes at most 2 s. A session that is still being opened stops itself."""
        self._closing = True
        self._picture_timer.stop()
        self._status_timer.stop()
        deadline_s = time.monotonic() + _STOP_S
        self.io_worker.close(_WORKER_S)
        self.file_worker.close(0.0)
        self.person_worker.close(0.0)
        self.slow_worker.close(0.0)
        self.engine_worker.close(_WORKER_S)  # a portrait that is being analysed uses the engine
        self.session = None
        for session in list(self._unstopped):
            self._stop(session, max(0.0, deadline_s - time.monotonic()))

    def _set_controls(self, controls: Controls) -> None:
        for session in list(self._unstopped):
            session.set_controls(controls if session is self.session else _without_pack(controls))

        if self.session is not None and (used := self.session.controls) != controls:
            self.controls.take_back(used)
            self.controls_refused.emit()

    def _submit(self, options: LiveOptions) -> None:
        open_it, failed = partial(self._open, options), partial(self._open_failed, options)
        self.engine_worker.submit(open_it, partial(self._replace, options), failed, urgent=True)

    def _open(self, options: LiveOptions) -> LiveSession:
        """Open a session; on the engine worker."""
        session = self._open_session(options)
        self._unstopped.append(session)
        if self._closing:  # `close` may have read the list before
            self._stop(session)
        return session

    def _replace(self, options: LiveOptions, session: LiveSession) -> None:
        """End the old session and start the new one, in the background."""
        self.session_ending.emit()
        exchange, self.session = partial(self._exchange, self.session, session), None
        opened, failed = partial(self._opened, options), partial(self._open_failed, options)
        self.engine_worker.submit(exchange, opened, failed, urgent=True)

    def _exchange(self, old: LiveSession | None, session: LiveSession) -> LiveSession:
        """Stop `old`, then start `session` with its sinks: a camera can be open only once. On the engine worker."""
        if old is not None:
            session.take_sinks(old)
            self._stop(old)
        if not self._closing:
            session.set_controls(_without_pack(self.controls.current))
            session.start()
        if self._closing:
            self._stop(session)
        return session

    def _stop(self, session: LiveSession, timeout_s: float = _STOP_S) -> None:
        """Stop a session once, on whichever thread calls first."""
        try:
            self._unstopped.remove(session)
        except ValueError:
            return
        session.stop(timeout_s)

    def _opened(self, options: LiveOptions, session: LiveSession) -> None:
        if options.pack != self.options.pack:
            self.controls.update(swap=None, overlay=Overlay.NONE)
        self.is_opening = self._failed = False
        self.options, self.session = options, session
        session.set_controls(self.controls.current)
        self.opened.emit()
        self.poll_status()

    def _open_failed(self, options: LiveOptions, error: Exception) -> None:
        self.is_opening = False
        if self.session is None or self._failed:
            self.options, self._failed = options, False  # "Try again" opens these
            self._fail(error)
        else:
            self.reopen_failed.emit(error)

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            self.failed.emit(error)


def _without_pack(controls: Controls) -> Controls:
    """Return the controls that every pack can have."""
    return replace(controls, swap=None, overlay=Overlay.NONE)
