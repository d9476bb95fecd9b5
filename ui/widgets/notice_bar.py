"""Notification bar over the preview: one line about a saved file or an error, and a button for the next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton

from ui.status_text import Severity
from ui.style.icons import icon
from ui.style.theme import colours
from ui.widgets.basic import Dot, arrange, push_button, styled_label

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
        asks: the button answers a question that no longer matters after a change; see `NoticeBar.withdraw_question`.
    """

    text: str
    severity: Severity = Severity.INFO
    action: str = ""
    act: Callable[[], None] | None = None
    gone: Callable[[], None] | None = None
    asks: bool = False


class NoticeBar(QFrame):
    """One notice at a time; a new one replaces the one on show."""

    def __init__(self) -> None:
        super().__init__()
        self.setMaximumWidth(_WIDEST_PX)
        self.setObjectName("notice")
        self._notice: Notice | None = None
        self._dot = Dot()
        self._text = styled_label("", "text", wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action = push_button("", self._run_action)
        self.action.setObjectName("link")
        self._close = QToolButton()
        self._close.setObjectName("plain")
        self._close.setToolTip("Close this message")
        self._close.setAccessibleName("Close this message")
        self._close.setIconSize(QSize(16, 16))
        self._close.clicked.connect(self.dismiss)
        items = (self._dot, self._text, self.action, self._close)
        arrange(QHBoxLayout(self), *items, spacing=10, margins=(14, 7, 8, 7))
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

    def withdraw_question(self) -> None:
        """Close the notice if it asks."""
        if self._notice is not None and self._notice.asks:
            self.dismiss()

    def post_warning(self, text: str) -> None:
        """Show a warning."""
        self.post(Notice(text, Severity.WARNING))

    def post_error(self, error: Exception) -> None:
        """Show an error's message."""
        self.post(Notice(str(error), Severity.ERROR))

    def dismiss(self) -> None:
        """Close the notice."""
        self._timer.stop()
        notice, self._notice = self._notice, None
        self.hide()
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

    def _update_style(self) -> None:
        style = self.style()
        assert style is not None
        style.unpolish(self)
        style.polish(self)
        now = colours()
        by_severity = {Severity.INFO: now.accent, Severity.WARNING: now.warning, Severity.ERROR: now.danger}
        self._dot.set_colour(QColor(by_severity[self._notice.severity if self._notice is not None else Severity.INFO]))
