"""Shortcuts dialog: lists every key, and changes the one that hides the performer."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from ui.commands import COMMANDS, GENERAL, MODELS, OTHER_KEYS, Command
from ui.widgets.basic import arrange, push_button, styled_label

_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeyButton(QPushButton):
    """Shows a key; pressed, it waits for another one. Esc or losing the focus keeps the old one.

    Args:
        name: of the command, for screen readers.

    Signals:
        pressed_key: the new key, in QKeySequence's notation; `set_key` shows it.
    """

    pressed_key = pyqtSignal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._key = ""
        self._waits = False
        self.setToolTip("Press, then press another key")
        self.clicked.connect(lambda: self._wait(True))

    def set_key(self, key: str) -> None:
        """Show a key."""
        self._key = key
        self._wait(False)

    @override
    def event(self, event: QEvent | None) -> bool:
        if self._waits and event is not None and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # the key reaches keyPressEvent in place of its command
            return True
        if event is not None and event.type() == QEvent.Type.FocusOut:
            self._wait(False)
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if not self._waits or event is None:
            super().keyPressEvent(event)
        elif event.key() not in _MODIFIERS:
            self._wait(False)
            if event.key() != Qt.Key.Key_Escape:
                self.pressed_key.emit(QKeySequence(event.keyCombination()).toString())

    def _wait(self, waits: bool) -> None:
        self._waits = waits
        self.setText("Press a key…" if waits else self._key)
        self.setAccessibleName(f"Key of: {self._name}")
        self.setAccessibleDescription(self.text())


class ShortcutsDialog(QDialog):
    """Two columns of keys; Esc and Close close it.

    Args:
        parent: the window.
        hide_key: key of the command "hide".

    Attributes:
        hide_key: the button that shows and changes it.

    Signals:
        hide_key_chosen: another key for the command "hide", which no other command has.
    """

    hide_key_chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget, hide_key: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.hide_key = KeyButton(GENERAL[0].text)
        self.hide_key.set_key(hide_key)
        self.hide_key.pressed_key.connect(self._choose)
        self._refusal = styled_label("", "warning", wrap=True)
        hide = (self.hide_key, GENERAL[0].text)
        general = _column("General", [OTHER_KEYS[0], hide, *_rows(GENERAL[1:]), *OTHER_KEYS[1:]])
        columns = arrange(QHBoxLayout(), general, _column("Models", _rows(MODELS)), spacing=36)
        close = push_button("Close", self.accept)
        close.setDefault(True)
        layout = arrange(QVBoxLayout(self), columns, self._refusal, close, spacing=16, margins=(24, 20, 24, 20))
        layout.setAlignment(close, Qt.AlignmentFlag.AlignRight)
        self._refusal.hide()

    def toggle(self) -> None:
        """Open the dialog, or close it."""
        self.setVisible(not self.isVisible())

    def _choose(self, key: str) -> None:
        other = command_of(key)
        self._refusal.setText(f"{key} has a meaning already ({other}); choose another key")
        self._refusal.setVisible(bool(other))
        if not other:
            self.hide_key.set_key(key)
            self.hide_key_chosen.emit(key)


def command_of(key: str) -> str:
    """Return what a key does, the key of "hide" left out; "" for nothing."""
    for command in COMMANDS:
        if command.name != "hide" and key in (QKeySequence(each).toString() for each in command.keys):
            return command.text
    return ""


def _column(heading: str, rows: Sequence[tuple[QWidget | str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(9)
    grid.addWidget(styled_label(heading, "heading"), 0, 1)
    for number, (keys, text) in enumerate(rows, start=1):
        shown = styled_label(keys, "key") if isinstance(keys, str) else keys
        grid.addWidget(shown, number, 0, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(QLabel(text), number, 1)
    grid.setRowStretch(len(rows) + 1, 1)
    return grid


def _rows(commands: tuple[Command, ...]) -> list[tuple[str, str]]:
    return [(" or ".join(command.keys), command.text) for command in commands]
