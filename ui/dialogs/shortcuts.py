"""Shortcuts dialog: lists every key."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.commands import GENERAL, MODELS, OTHER_KEYS, Command
from ui.widgets.basic import arrange, push_button, styled_label


class ShortcutsDialog(QDialog):
    """Two columns of keys; Esc, ?, F1 and Close close it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        general = _column("General", [OTHER_KEYS[0], *_rows(GENERAL), *OTHER_KEYS[1:]])
        columns = arrange(QHBoxLayout(), general, _column("Models", _rows(MODELS)), spacing=36)
        close = push_button("Close", self.accept)
        close.setDefault(True)
        layout = arrange(QVBoxLayout(self), columns, close, spacing=16, margins=(24, 20, 24, 20))
        layout.setAlignment(close, Qt.AlignmentFlag.AlignRight)
        for key in ("?", "F1"):
            QShortcut(QKeySequence(key), self, self.accept)


def _column(heading: str, rows: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(9)
    grid.addWidget(styled_label(heading, "heading"), 0, 1)
    for number, (keys, text) in enumerate(rows, start=1):
        grid.addWidget(styled_label(keys, "key"), number, 0, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(QLabel(text), number, 1)
    grid.setRowStretch(len(rows) + 1, 1)
    return grid


def _rows(commands: tuple[Command, ...]) -> list[tuple[str, str]]:
    return [(" or ".join(command.keys), command.text) for command in commands]
