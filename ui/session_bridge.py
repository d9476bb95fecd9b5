"""Between the window and the session: one timer pulls the newest picture, the status and finished background work.

Nothing is pushed from other threads. The session is made on a worker, because making it imports what takes seconds;
until it is there, commands are kept (controls) or refused by `session` being None. Another model or engine means
another session: it is made while the old one goes on, and takes over when it is ready.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from puppet.config import LiveOptions
from puppet.domain import Controls, Overlay
from puppet.live.api import LiveSession
from ui.background import Worker

if TYPE_CHECKING:
    from puppet.pipeline.puppeteer import Rendered

PULL_MS = 16
STATUS_MS = 200
_STOP_S = 2.0
_LANE_S = 0.5


class SessionBridge(QObject):
    """The GUI thread's view of the session.

    Args:
        open_session: makes a session ready to start; called on the engine lane.
        options: how the session is opened.

    Attributes:
        session: None until it has been opened, while another takes over, and after it failed to open.
        options: of the session that runs, or that was tried last; `controls` are newer than those in it.
        controls: of the next frame.
        engine_worker: background work with the engine: opening, analysing portraits. One job at a time, as engines ask.
        io_worker: background work without it: files, camera lists, outputs.

    Signals:
        opened: a session runs: the first, or another one.
        reopening: another session is being made; the old one goes on, if there is one.
        leaving: the old session is about to end, because the new one is ready.
        refused: the exception that kept another session from opening; the old one goes on.
        picture_changed: a new puppet.pipeline.puppeteer.Rendered.
        status_changed: a new puppet.domain.Status.
        failed: the exception that ended the session or kept it from opening; once.
    """

    opened = pyqtSignal()
    reopening = pyqtSignal()
    leaving = pyqtSignal()
    refused = pyqtSignal(object)
    picture_changed = pyqtSignal(object)
    status_changed = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, open_session: Callable[[LiveOptions], LiveSession], options: LiveOptions) -> None:
        super().__init__()
        self.session: LiveSession | None = None
        self.engine_worker = Worker("ui engine")
        self.io_worker = Worker("ui chores")
        self.options = options
        self.controls = options.controls
        self._open_session = open_session
        self._held: list[LiveSession] = []  # made and not stopped: at most two, while one takes over
        self._shown: Rendered | None = None
        self._opening = True  # the first one begins by itself
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
        self._submit(self.options)

    @property
    def is_opening(self) -> bool:
        """Whether a session is being made or takes over."""
        return self._opening

    def reopen(self, options: LiveOptions) -> None:
        """Have another session made with `options`, but with the newest controls; nothing while one is being made.

        Until it is ready the old one goes on, and it stays when the new one is refused. What is swapped or drawn over
        the picture belongs to the pack: another one begins without.
        """
        if not self._opening and not self._closing:
            self._opening = True
            self.reopening.emit()
            self._submit(replace(options, controls=replace(self.controls, swap=None, overlay=Overlay.NONE)))

    def set_controls(self, controls: Controls) -> None:
        """Use `controls` from the next frame on, or from the first when the session is still being opened."""
        self.controls = controls
        if self.session is not None:
            self.session.set_controls(controls)

    def pull(self) -> None:
        """Collect finished background work and the newest picture."""
        self.io_worker.deliver()
        self.engine_worker.deliver()
        rendered = self.session.preview() if self.session is not None else None
        if rendered is not None and rendered is not self._shown:
            self._shown = rendered
            self.picture_changed.emit(rendered)

    def pull_status(self) -> None:
        """Collect the status and an error that ended the session; after that, nothing.

        An error waits while another session is being made: if that one takes over, it is of no interest.
        """
        if self.session is None or self._failed:
            return
        self.status_changed.emit(self.session.status())
        error = self.session.error()
        if error is not None and not self._opening:
            self._fail(error)

    def close(self) -> None:
        """Stop the session and the lanes; takes at most 2 s. What is still being opened then stops itself."""
        self._closing = True
        self._pull.stop()
        self._ask_status.stop()
        deadline_s = time.monotonic() + _STOP_S
        self.io_worker.close(_LANE_S)
        self.engine_worker.close(_LANE_S)  # a portrait that is being analysed contains the engine
        self.session = None
        for session in list(self._held):
            self._stop(session, max(0.0, deadline_s - time.monotonic()))

    def _submit(self, options: LiveOptions) -> None:
        refused = partial(self._refused, options)
        self.engine_worker.submit(partial(self._open, options), partial(self._take_over, options), refused, urgent=True)

    def _open(self, options: LiveOptions) -> LiveSession:
        """On the engine lane."""
        session = self._open_session(options)
        self._held.append(session)
        if self._closing:  # the window went while the session was being made: `close` may have looked before
            self._stop(session)
        return session

    def _take_over(self, options: LiveOptions, session: LiveSession) -> None:
        """The new session is ready: the old one gives way to it, in the background."""
        self.leaving.emit()
        old, self.session = self.session, None
        exchange, opened = partial(self._exchange, old, session), partial(self._opened, options)
        self.engine_worker.submit(exchange, opened, partial(self._refused, options), urgent=True)

    def _exchange(self, old: LiveSession | None, session: LiveSession) -> LiveSession:
        """On the engine lane: cameras and virtual cameras can be open only once, so the old session ends first."""
        if old is not None:
            self._stop(old)
        if not self._closing:
            session.start()
        if self._closing:
            self._stop(session)
        return session

    def _stop(self, session: LiveSession, timeout_s: float = _STOP_S) -> None:
        """Once, whichever thread comes first."""
        try:
            self._held.remove(session)
        except ValueError:
            return
        session.stop(timeout_s)

    def _opened(self, options: LiveOptions, session: LiveSession) -> None:
        if options.pack != self.options.pack:
            self.controls = replace(self.controls, swap=None, overlay=Overlay.NONE)
        self._opening = self._failed = False
        self.options, self.session = options, session
        if session.controls != self.controls:
            session.set_controls(self.controls)
        self.opened.emit()
        self.pull_status()

    def _refused(self, options: LiveOptions, error: Exception) -> None:
        self._opening = False
        if self.session is None or self._failed:
            self.options, self._failed = options, False  # what "try again" means
            self._fail(error)
        else:
            self.refused.emit(error)

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            self.failed.emit(error)
