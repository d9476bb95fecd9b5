"""Opens the window and stays in it until it closes.

The window is up before anything heavy is imported: the session is made on a worker thread (SessionBridge), and there
the camera, tracking and inference libraries are loaded.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from puppet.cameras.discovery import list_cameras
from puppet.config import LiveOptions
from puppet.domain import Status
from puppet.errors import MediaError, PuppetError, TrackingError
from puppet.gallery import Gallery
from puppet.live.api import LiveSession
from puppet.live.statistics import live_stats, write_json
from puppet.packs import list_packs
from puppet.settings import Settings, load_settings, save_settings
from ui.dialogs.engine import EngineNames
from ui.main_window import MainWindow
from ui.session_bridge import SessionBridge
from ui.status_text import Severity
from ui.style.icons import app_icon
from ui.style.theme import Theme
from ui.widgets.notice_bar import Notice

if TYPE_CHECKING:
    from puppet.cameras.base import Camera

FAILED = 2
_log = logging.getLogger(__name__)


def run_window(options: LiveOptions, *, seconds: float | None, stats: Path | None, screenshot: Path | None) -> int:
    """Show the window until it is closed, or for `seconds`.

    Args:
        options: how the session begins.
        seconds: close by itself after so long, counted from the window being up.
        stats: where to write what was measured, as JSON.
        screenshot: where to save a picture of the window, just before it closes.

    Returns:
        The exit code: 0, 2 when the session failed, 130 after Ctrl-C, 143 when asked to terminate.
    """
    started_s = time.monotonic()
    app = _application()
    loaded = load_settings()
    window = _window(options, loaded.settings)
    theme = Theme(app, loaded.settings.theme)
    theme.changed.connect(window.apply_theme)
    window.theme_chosen.connect(theme.choose)
    window.apply_theme()
    run = _Run(window, started_s, screenshot)
    for line in filter(None, (loaded.warning, options.notice)):
        window.notices.post(Notice(line, Severity.WARNING))
    window.show()
    QTimer.singleShot(0, run.begin)
    if seconds is not None:
        QTimer.singleShot(round(seconds * 1000), run.finish)
    with _handlers(run):
        app.exec()
    _remember(loaded.settings, window.settings)
    if stats is not None:
        write_json(stats, run.measured())
    return run.exit_code


class _Run:
    """One life of the window: its times, its end, and what went wrong."""

    def __init__(self, window: MainWindow, started_s: float, screenshot: Path | None) -> None:
        self.exit_code = 0
        self._window = window
        self._started_s = started_s
        self._screenshot = screenshot
        self._status = Status()
        self._window_s: float | None = None
        self._picture_s: float | None = None
        self._told: set[str] = set()
        window.first_picture.connect(self._first_picture)
        window.bridge.status_changed.connect(self._keep_status)
        window.bridge.opened.connect(self._session_opened)
        window.bridge.failed.connect(self._session_failed)

    def begin(self) -> None:
        """The window is up: open the session."""
        self._window_s = time.monotonic() - self._started_s
        self._window.bridge.start()

    def finish(self) -> None:
        """Take the screenshot and close."""
        if self._screenshot is not None and not self._window.grab().save(str(self._screenshot)):
            _log.error("the screenshot %s cannot be written", self._screenshot)
            self.exit_code = FAILED
        self._window.close()

    def measured(self) -> dict[str, object]:
        """The session's figures, and seconds from the start to the window and to the first picture in it."""
        figures = live_stats(self._status, time.monotonic() - self._started_s)
        return {**figures, "window_s": self._window_s, "first_picture_s": self._picture_s}

    def _first_picture(self) -> None:
        if self._picture_s is None:  # of the first session
            self._picture_s = time.monotonic() - self._started_s

    def _keep_status(self, status: Status) -> None:
        self._status = status

    def _session_opened(self) -> None:
        self.exit_code = 0  # whatever failed before: another attempt has mended it

    def _session_failed(self, error: Exception) -> None:
        self.exit_code = FAILED
        _log.error("%s", error)

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """A signal asks for the end."""
        self.exit_code = 128 + number
        self._window.close()

    def tell(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """What nobody caught: to the log with its traceback, and to the person once."""
        text = f"{kind.__name__}: {error}"
        if text in self._told:
            return
        self._told.add(text)
        _log.error("not caught", exc_info=(kind, error or kind(), trace))
        line = str(error) if isinstance(error, PuppetError) else f"Something went wrong ({text}); see the log"
        self._window.bridge.io_worker.post(partial(self._window.notices.post, Notice(line, Severity.ERROR)))


@contextmanager
def _handlers(run: _Run) -> Iterator[None]:
    """Meanwhile `run` hears of signals and of exceptions that nobody caught."""
    hooks = sys.excepthook, threading.excepthook
    signals = {number: signal.signal(number, run.interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    sys.excepthook = run.tell
    threading.excepthook = lambda args: run.tell(args.exc_type, args.exc_value, args.exc_traceback)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = hooks
        for number, handler in signals.items():
            signal.signal(number, handler)


def _application() -> QApplication:
    # Some builds of OpenCV point Qt at plugins of their own Qt, which this one cannot load.
    if "cv2" in os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", ""):
        del os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"]
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["puppet"])
    app.setApplicationName("Puppet")
    app.setDesktopFileName("puppet")
    app.setWindowIcon(app_icon())
    return app


def _window(options: LiveOptions, settings: Settings) -> MainWindow:
    return MainWindow(
        SessionBridge(_open_session, options),
        Gallery(),
        settings,
        portrait=options.portrait,
        camera=options.camera,
        list_cameras=list_cameras,
        open_camera=_open_camera,
        list_packs=list_packs,
        list_engines=_list_engines,
    )


def _open_session(options: LiveOptions) -> LiveSession:
    """On the engine lane: these imports take seconds."""
    from puppet.live.opening import open_session

    try:
        return open_session(options)
    except (MediaError, TrackingError):
        if options.portrait is None or Path(options.portrait).is_file():
            raise
        # A damaged remembered portrait must not keep the window from opening; PortraitsController reports it.
        return open_session(replace(options, portrait=None))


def _list_engines() -> EngineNames:
    """On the chore lane: the libraries are loaded with their names."""
    from puppet.engines.factory import DEVICES, ENGINES, PRECISIONS

    return EngineNames(ENGINES, PRECISIONS, DEVICES)


def _open_camera(which: str | None) -> Camera:
    """On the session's capture thread."""
    from puppet.cameras.base import open_camera

    return open_camera(which)


def _remember(before: Settings, after: Settings) -> None:
    if after == before:
        return
    try:
        save_settings(after)
    except PuppetError as error:
        _log.warning("%s", error)
