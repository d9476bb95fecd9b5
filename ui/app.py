"""Runs the window until it is closed.

The window is shown before anything heavy is imported: SessionBridge opens the session on a worker thread, which imports
the camera, tracking and inference libraries.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from PyQt6.QtCore import QLibraryInfo, QTimer, QTranslator
from PyQt6.QtWidgets import QApplication

from puppet.cameras.discovery import list_cameras
from puppet.concurrency.signals import on_signals
from puppet.config import CameraOptions, LiveOptions
from puppet.domain import Controls
from puppet.errors import MediaError, PuppetError, TrackingError
from puppet.installation import APPLICATION_ID
from puppet.live.session_protocol import LiveSession
from puppet.live.statistics import live_stats, write_json
from puppet.media.files import whole_file
from puppet.media.leftovers import own_folders, recover_leftovers
from puppet.packs import list_packs
from puppet.takes.take import recover_takes
from puppet.userdata.gallery import Gallery
from puppet.userdata.settings import Settings, load_settings, save_settings, settings_path
from ui.dialogs.questions import Question
from ui.log_file import start_log, stop_log
from ui.main_window import MainWindow
from ui.session_bridge import SessionBridge
from ui.single_instance import SingleInstance
from ui.status_text import Severity
from ui.style.icons import app_icon
from ui.style.theme import ThemeSwitcher
from ui.translation import message_text, tr, used_language
from ui.widgets.notice_bar import Notice

if TYPE_CHECKING:
    from puppet.cameras.base import Camera

FAILED = 2
_WAKE_MS = 100
T = TypeVar("T", Settings, Controls)
_log = logging.getLogger(__name__)


def run_window(options: LiveOptions, *, seconds: float | None, stats: Path | None, screenshot: Path | None) -> int:
    """Show the window until it is closed, or for `seconds`.

    Args:
        options: of the first session.
        seconds: close the window after this time; None: never.
        stats: JSON file to write the measurements to, or None.
        screenshot: picture file to save the window to just before it closes, or None.

    Returns:
        The exit code: 0, 2 when the session failed, 128 plus the number of the signal that closed the window.
    """
    started_s = time.monotonic()
    app = _application()
    log = start_log()
    loaded = load_settings()
    theme = ThemeSwitcher(app, loaded.settings.theme)
    instance = SingleInstance()
    if seconds is None and instance.other_runs() and not _opens_another(instance):
        return 0
    instance.listen()
    window = _window(options, loaded.settings)
    instance.show_wanted.connect(window.show_in_front)
    instance.hide_wanted.connect(window.on_air.toggle_idle)
    theme.changed.connect(window.apply_theme)
    window.panel.theme.chosen.connect(theme.choose)
    window.apply_theme()
    run = _Run(window, started_s, screenshot)
    for line in filter(None, (loaded.warning, options.notice)):
        window.notices.post_warning(message_text(line))
    window.show()
    QTimer.singleShot(0, run.open_session)
    QTimer.singleShot(0, window.remote_control.start_if_wanted)
    QTimer.singleShot(0, window.global_keys.start)
    window.bridge.io_worker.submit(_recover_leftovers, run.report_leftovers, window.notices.post_error)
    if seconds is None and screenshot is None and not settings_path().exists():
        QTimer.singleShot(0, partial(window.commands.run, "first steps"))
    if seconds is not None:
        QTimer.singleShot(round(seconds * 1000), run.finish)
    with _handlers(run):
        app.exec()
    instance.close()
    stop_log(log)
    _save_changed(loaded.settings, window.settings)
    if stats is not None:
        write_json(stats, run.measured())
    return run.exit_code


class _Run:
    """Measures the start-up, ends the window, sets the exit code and reports uncaught exceptions."""

    def __init__(self, window: MainWindow, started_s: float, screenshot: Path | None) -> None:
        self.exit_code = 0
        self._window = window
        self._started_s = started_s
        self._screenshot = screenshot
        self._window_s: float | None = None
        self._picture_s: float | None = None
        self._reported: set[str] = set()
        window.first_picture.connect(self._first_picture)
        window.bridge.opened.connect(self._session_opened)
        window.bridge.failed.connect(self._session_failed)

    def open_session(self) -> None:
        """Open the session; called when the window is shown."""
        self._window_s = time.monotonic() - self._started_s
        self._window.bridge.start()

    def finish(self) -> None:
        """Take the screenshot and close."""
        if self._screenshot is not None and not _save_screenshot(self._window, self._screenshot):
            _log.error("The screenshot %s cannot be written; choose another path", self._screenshot)
            self.exit_code = FAILED
        self._window.quit()

    def report_leftovers(self, lines: list[str]) -> None:
        """Show what became of the files that a killed run left."""
        for line in lines:
            self._window.notices.post(Notice(message_text(line)))

    def measured(self) -> dict[str, object]:
        """Return the session's statistics, and seconds from the start to the window and to its first picture."""
        figures = live_stats(self._window.bridge.status, time.monotonic() - self._started_s)
        return {**figures, "window_s": self._window_s, "first_picture_s": self._picture_s}

    def _first_picture(self) -> None:
        if self._picture_s is None:  # only of the first session
            self._picture_s = time.monotonic() - self._started_s

    def _session_opened(self) -> None:
        self.exit_code = 0  # an attempt that failed before no longer counts

    def _session_failed(self, error: Exception) -> None:
        self.exit_code = FAILED
        _log.error("%s", error)

    def interrupt(self, number: int) -> None:
        """Close the window because of a signal."""
        self.exit_code = 128 + number
        QTimer.singleShot(0, self._window.quit)  # the signal may have come while the window paints

    def report_uncaught(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Log an uncaught exception with its traceback, and show it once."""
        text = f"{kind.__name__}: {error}"
        if text in self._reported:
            return
        self._reported.add(text)
        _log.error("Uncaught exception", exc_info=(kind, error or kind(), trace))
        line = (
            message_text(str(error))
            if isinstance(error, PuppetError)
            else tr("Something went wrong ({text}); see the log").format(text=text)
        )
        if self._window.recording.path is not None:
            line += tr(". The recording {name} is kept").format(name=self._window.recording.path.name)
        show_log = partial(self._window.commands.run, "log")
        notice = Notice(line, Severity.ERROR, action=tr("See the log"), act=show_log)
        self._window.bridge.io_worker.post(partial(self._window.notices.post, notice))


def _opens_another(instance: SingleInstance) -> bool:
    """Say that Puppet is open already; return True if the person wants another window. Shows the other one if asked."""
    details = tr("Two windows cannot use the same camera or virtual camera at the same time.")
    question = Question(None, tr("Puppet is open already"), details)
    question.add_answer(tr("Show it"), instance.show_other, safe=True)
    another = question.add_answer(tr("Open another window"))
    with on_signals(lambda number: QTimer.singleShot(0, question.reject)):
        wakes = QTimer(question)  # Python handles a signal between two of its instructions
        wakes.timeout.connect(lambda: None)
        wakes.start(_WAKE_MS)
        question.exec()
    return question.clickedButton() is another


@contextmanager
def _handlers(run: _Run) -> Iterator[None]:
    """Pass signals and uncaught exceptions to `run` inside the context."""
    hooks = sys.excepthook, threading.excepthook
    sys.excepthook = run.report_uncaught
    threading.excepthook = lambda args: run.report_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    try:
        with on_signals(run.interrupt):
            yield
    finally:
        sys.excepthook, threading.excepthook = hooks


def _save_screenshot(window: MainWindow, path: Path) -> bool:
    try:
        with whole_file(path) as part:
            if not window.grab().save(str(part)):
                raise OSError
    except OSError:
        return False
    return True


def _application() -> QApplication:
    # Some builds of OpenCV set the path to the plugins of their own Qt, which PyQt cannot load.
    if "cv2" in os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", ""):
        del os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"]
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["puppet"])
    app.setApplicationName("Puppet")
    app.setDesktopFileName(APPLICATION_ID)
    app.setWindowIcon(app_icon())
    if used_language() != "en":  # texts of Qt's own dialogs
        translator = QTranslator(app)
        if translator.load(
            f"qtbase_{used_language()}",
            QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath),
        ):
            app.installTranslator(translator)
    return app


def _window(options: LiveOptions, settings: Settings) -> MainWindow:
    return MainWindow(
        SessionBridge(_open_session, options),
        Gallery(),
        settings,
        list_cameras=list_cameras,
        open_camera=_open_camera,
        list_packs=list_packs,
    )


def _recover_leftovers() -> list[str]:
    return [*recover_leftovers(own_folders()), *recover_takes()]


def _open_session(options: LiveOptions) -> LiveSession:
    """Open a session; on the engine worker, because the imports take seconds."""
    from puppet.live.opening import open_session

    try:
        return open_session(options)
    except (MediaError, TrackingError):
        if options.portrait is None or Path(options.portrait).is_file():
            raise
        # A damaged remembered portrait must not keep the window from opening; PortraitsController reports it.
        return open_session(replace(options, portrait=None))


def _open_camera(which: str | None, options: CameraOptions) -> Camera:
    """Open a camera; on the capture thread."""
    from puppet.cameras.opening import open_camera

    return open_camera(which, options=options)


def _save_changed(before: Settings, after: Settings) -> None:
    """Save what this window changed; another window may have saved its own changes meanwhile."""
    if after == before:
        return
    try:
        save_settings(_with_changes(load_settings().settings, before, after))
    except PuppetError as error:
        _log.warning("%s", error)


def _with_changes(newest: T, before: T, after: T) -> T:
    """Return `newest` with the fields that differ between `before` and `after`; of the controls, each on its own."""
    changes = dict[str, Any]()
    for field in fields(newest):
        own, old, new = (getattr(each, field.name) for each in (newest, before, after))
        if old != new:
            changes[field.name] = _with_changes(own, old, new) if isinstance(own, Controls) else new
    return replace(newest, **changes)
