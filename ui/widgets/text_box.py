"""A long text to read, select and copy."""

from __future__ import annotations

from PyQt6.QtGui import QFontDatabase, QGuiApplication, QTextCursor
from PyQt6.QtWidgets import QPlainTextEdit, QPushButton

from ui.translation import tr
from ui.widgets.basic import push_button


class TextBox(QPlainTextEdit):
    """Read-only text in a fixed font.

    Args:
        name: for screen readers.

    Attributes:
        copy_button: copies all of it.
    """

    def __init__(self, name: str, copy: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setTabChangesFocus(True)
        self.setMinimumHeight(320)
        self.copy_button: QPushButton = push_button(copy, self._copy_all, tr("Copy the whole text"))

    def show_end(self, text: str) -> None:
        """Show a text from its end."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def _copy_all(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.toPlainText())
            self.copy_button.setText(tr("Copied"))
