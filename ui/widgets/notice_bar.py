"""Notification bar over the preview: a saved file or an error, a button for the next step, a command to copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QFontDatabase
from PyQt6.QtWidgets import QApplication, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout

from puppet.errors import SinkError
from ui.status_text import Severity
from ui.style.icons import icon
from ui.style.theme import colours
from ui.translation import message_text, tr
from ui.widgets.basic import Dot, arrange, push_button, styled_label

READY = "ready"
"""Topic of notices that end when a session is open and has a picture."""
_INFO_MS = 8000
_WIDEST_PX = 720


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of text for the person, with an optional button.

    Attributes:
        text: what happened, and the next step.
        severity: INFO closes by itself; warnings and errors stay until they are closed.
        action: label of the button, or "".
        act: called by the button.
        gone: called once when the notice closes without a click on the button; None: nothing is called.
        topic: groups notices that a later success makes obsolete, or ""; see `NoticeBar.resolve`.
        command: shell command that the person may copy, or "".
    """

    text: str
    severity: Severity = Severity.INFO
    action: str = ""
    act: Callable[[], None] | None = None
    gone: Callable[[], None] | None = None
    topic: str = ""
    command: str = ""


class NoticeBar(QFrame):
    """One notice at a time; a new one replaces the one on show.

    Attributes:
        action: the notice's button.
        copy: copies its command.

    Signals:
        focus_left: the bar closed while it had the keyboard focus.
    """

    focus_left = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setMaximumWidth(_WIDEST_PX)
        self.setObjectName("notice")
        self._notice: Notice | None = None
        self._dot = Dot()
        self._text = styled_label("", "text", wrap=True)
        self._command = styled_label("", "command", wrap=True)
        for label in (self._text, self._command):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.action = push_button(tr("Undo"), self._run_action)
        self.copy = push_button(tr("Copy"), self._copy_command, tr("Copy the command"))
        for button in (self.action, self.copy):
            button.setObjectName("link")
        self._close = QToolButton()
        self._close.setObjectName("plain")
        self._close.setToolTip(tr("Close this message"))
        self._close.setAccessibleName(tr("Close this message"))
        self._close.setIconSize(QSize(16, 16))
        self._close.clicked.connect(self.dismiss)
        line = arrange(QHBoxLayout(), self._dot, self._text, self.action, self._close, spacing=10)
        command = arrange(QHBoxLayout(), self._command, self.copy, spacing=10, margins=(20, 0, 0, 0))
        arrange(QVBoxLayout(self), line, command, spacing=4, margins=(14, 7, 8, 7))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    @property
    def text(self) -> str:
        """Return the text on show, or ""."""
        return self._notice.text if self._notice is not None else ""

    def post(self, notice: Notice) -> None:
        """Show a notice; does nothing while one with the same text is on show."""
        if self._notice is not None and self._notice.text == notice.text:
            return
        self.dismiss()
        self._notice = notice
        self._text.setText(notice.text)
        self.setAccessibleName(notice.text)
        self.action.setText(notice.action)
        self.action.setVisible(bool(notice.action))
        self._command.setText(notice.command)
        self.copy.setText(tr("Copy"))
        for widget in (self._command, self.copy):
            widget.setVisible(bool(notice.command))
        self.setProperty("severity", notice.severity.value)
        self._update_style()
        self.show()
        self.raise_()
        if notice.severity is Severity.INFO:
            self._timer.start(_INFO_MS)

    def withdraw(self, text: str) -> None:
        """Close the notice if it has this text."""
        if text and self.text == text:
            self.dismiss()

    def resolve(self, topic: str) -> None:
        """Close the notice if it is of this topic: what it says is no longer so."""
        if self._notice is not None and self._notice.topic == topic:
            self.dismiss()

    def dismiss_problem(self) -> None:
        """Close the notice if it is a warning or an error and asks nothing."""
        if self._notice is not None and self._notice.severity is not Severity.INFO and not self._notice.action:
            self.dismiss()

    def post_warning(self, text: str, topic: str = "") -> None:
        """Show a warning."""
        self.post(Notice(text, Severity.WARNING, topic=topic))

    def post_error(self, error: Exception, topic: str = "") -> None:
        """Show an error's message, and its command on a line of its own."""
        command = error.command if isinstance(error, SinkError) else ""
        text = message_text(str(error))
        text = text.removesuffix(command).rstrip(": ") if command else text
        self.post(Notice(text, Severity.ERROR, topic=topic, command=command))

    def dismiss(self) -> None:
        """Close the notice."""
        self._timer.stop()
        notice, self._notice = self._notice, None
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self.hide()
        if had_focus:
            self.focus_left.emit()
        if notice is not None and notice.gone is not None:
            notice.gone()

    def apply_theme(self) -> None:
        """Use the colours of a new theme."""
        self._close.setIcon(icon("close", QColor(colours().muted)))
        self._update_style()

    def _run_action(self) -> None:
        notice, self._notice = self._notice, None
        self.dismiss()
        if notice is not None and notice.act is not None:
            notice.act()

    def _copy_command(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._command.text())
            self.copy.setText(tr("Copied"))

    def _update_style(self) -> None:
        style = self.style()
        assert style is not None
        style.unpolish(self)
        style.polish(self)
        now = colours()
        by_severity = {Severity.INFO: now.accent, Severity.WARNING: now.warning, Severity.ERROR: now.danger}
        self._dot.set_colour(QColor(by_severity[self._notice.severity if self._notice is not None else Severity.INFO]))
