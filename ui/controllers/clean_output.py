"""Clean output window: opened and closed, on a screen chosen by name, and moved when that screen is unplugged."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QGuiApplication, QScreen

from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.clean_output import CleanOutput
from ui.widgets.notice_bar import Notice, NoticeBar

if TYPE_CHECKING:
    from puppet.pipeline.scenes import Rendered


class CleanOutputController(QObject):
    """Keeps one window, made when it is first opened.

    Args:
        bridge: gives the pictures.
        notices: says how to leave full screen, and what happened to a screen.
        screen: name of the screen to open it on; "": that of the main window.
        on_top: above all other windows.

    Attributes:
        window: None before it was opened.
        screen: name of the chosen screen, or "".
        on_top: above all other windows.

    Signals:
        changed: opened or closed, or another screen or place above others was chosen.
    """

    changed = pyqtSignal()

    def __init__(self, bridge: SessionBridge, notices: NoticeBar, screen: str, on_top: bool) -> None:
        super().__init__()
        self._bridge, self._notices = bridge, notices
        self.screen, self.on_top = screen, on_top
        self.window: CleanOutput | None = None
        self._is_full = False
        bridge.picture_changed.connect(self._show_picture)
        app = cast("QGuiApplication", QGuiApplication.instance())
        app.screenRemoved.connect(self._screen_removed)
        app.screenAdded.connect(self._screen_added)

    @property
    def is_open(self) -> bool:
        """True while the window is visible."""
        return self.window is not None and self.window.isVisible()

    @property
    def is_full(self) -> bool:
        """True while the window fills its screen."""
        return self.is_open and self._is_full

    def toggle(self) -> None:
        """Open or close the window."""
        if self.window is not None and self.window.isVisible():
            self.window.close()
            return
        if self.window is None:
            self.window = window = CleanOutput()
            window.closed.connect(self.changed)
            window.full_screen_wanted.connect(self.toggle_full_screen)
            window.on_top_wanted.connect(self.set_on_top)
        self.window.set_on_top(self.on_top)
        if self._bridge.rendered is not None:
            self._show_picture(self._bridge.rendered)
        self._place(full=False)

    def toggle_full_screen(self) -> None:
        """Fill the screen with the window, or give it the picture's size again; it is opened if it was closed."""
        if not self.is_open:
            self.toggle()
        self._place(full=not self._is_full)
        if self._is_full:
            text = tr("The output fills the screen {screen}; Esc or a double-click there ends that")
            self._notices.post(Notice(text.format(screen=screen_label(self._wanted_screen()))))

    def choose_screen(self, name: str) -> None:
        """Show the window on the screen with this name; "": that of the main window."""
        self.screen = name
        if self.is_open:
            self._place(full=self._is_full)
        self.changed.emit()

    def set_on_top(self, on_top: bool) -> None:
        """Keep the window above all others, or no longer."""
        self.on_top = on_top
        if self.window is not None:
            self.window.set_on_top(on_top)
        self.changed.emit()

    def close(self) -> None:
        """Close the window."""
        if self.window is not None:
            self.window.close()

    def _place(self, *, full: bool) -> None:
        assert self.window is not None
        self._is_full = full
        self.window.show_on(self._wanted_screen(), full=full)
        self.changed.emit()

    def _wanted_screen(self) -> QScreen:
        """Return the chosen screen; where it is unplugged, the first."""
        screens = QGuiApplication.screens()
        return next((screen for screen in screens if screen.name() == self.screen), screens[0])

    def _show_picture(self, rendered: Rendered) -> None:
        if self.window is not None:
            self.window.set_picture(rendered.written)

    def _screen_removed(self, screen: QScreen) -> None:
        if self.is_open and screen.name() == self.screen:
            self._place(full=False)  # a full screen would cover the window that the person works in
            text = tr("The screen {name} was unplugged; the output window is here until it is back")
            self._notices.post_warning(text.format(name=screen.name()), "screen")
        self.changed.emit()

    def _screen_added(self, screen: QScreen) -> None:
        if self.is_open and screen.name() == self.screen:
            self._notices.resolve("screen")
            self._place(full=self._is_full)
        self.changed.emit()


def screen_label(screen: QScreen) -> str:
    """Return a screen's name with model and size in pixels: "DP-1 · Dell U2720Q · 3840 × 2160"."""
    model = " ".join(filter(None, (screen.manufacturer(), screen.model())))
    pixels = screen.size() * screen.devicePixelRatio()
    return " · ".join(filter(None, (screen.name(), model, f"{pixels.width()} × {pixels.height()}")))
