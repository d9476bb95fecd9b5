"""Questions that need an answer before something happens; the safe answer is the default."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QMessageBox, QPushButton, QWidget


class Question(QMessageBox):
    """A text, what follows from it, and buttons.

    Args:
        parent: the window, or None.
        text: the state of things.
        details: the consequence.
    """

    def __init__(self, parent: QWidget | None, text: str, details: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("Puppet")
        self.setIcon(QMessageBox.Icon.Question)
        self.setText(text)
        self.setInformativeText(details)

    def add_answer(self, label: str, act: Callable[[], object] | None = None, *, safe: bool = False) -> QPushButton:
        """Add a button that calls `act`; `safe`: Enter and Esc press it."""
        role = QMessageBox.ButtonRole.RejectRole if safe else QMessageBox.ButtonRole.AcceptRole
        button = self.addButton(label, role)
        assert button is not None
        if act is not None:
            button.clicked.connect(act)
        if safe:
            self.setDefaultButton(button)
            self.setEscapeButton(button)
        return button

    def bind(self, key: str, act: Callable[[], object]) -> None:
        """Let a key work while the question is open, as the window's own do not."""
        QShortcut(QKeySequence(key), self, act, context=Qt.ShortcutContext.ApplicationShortcut)
