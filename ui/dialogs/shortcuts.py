"""Shortcuts dialog: lists every command with its keys, and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from ui.command_registry import CommandRegistry
from ui.commands import COMMANDS, GENERAL, IN_THE_WINDOW, MODELS, OTHER_KEYS, PORTRAITS, PRESETS, Command
from ui.global_keys.controller import GlobalKeysController
from ui.translation import tr
from ui.widgets.basic import arrange, push_button, show_or_hide, styled_label

_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeyButton(QPushButton):
    """Shows a key; pressed, it waits for another one. Esc or losing the focus keeps the old one, Backspace removes it.

    Args:
        name: for screen readers.

    Signals:
        pressed_key: the new key, in QKeySequence's notation, or ""; `set_key` shows it.
    """

    pressed_key = pyqtSignal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._key = ""
        self._waits = False
        self.setObjectName("keyButton")
        self.setToolTip(tr("Press, then press another key; Backspace removes it"))
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
            if event.key() == Qt.Key.Key_Backspace and not event.modifiers():
                self.pressed_key.emit("")
            elif event.key() != Qt.Key.Key_Escape:
                self.pressed_key.emit(_written(event))

    def _wait(self, waits: bool) -> None:
        self._waits = waits
        self.setText(tr("Press a key…") if waits else self._key or "–")
        self.setAccessibleName(self._name)
        self.setAccessibleDescription(self.text())


def _written(event: QKeyEvent) -> str:
    """Return a pressed key; where Shift only makes the character, as in "?", it is left out."""
    pressed = QKeySequence(event.keyCombination()).toString()
    character = event.text()
    is_sign = len(character) == 1 and character.isprintable() and not character.isalnum() and character != " "
    return pressed.replace("Shift+", "") if is_sign else pressed


class ShortcutsDialog(QDialog):
    """Every command with its key in the window and its key anywhere; both can be changed. Esc and Close close it.

    Args:
        parent: the window.
        commands: have the keys in the window.
        global_keys: has those that work while another program has the focus.

    Attributes:
        keys, anywhere: the buttons by the names of their commands.
    """

    def __init__(self, parent: QWidget, commands: CommandRegistry, global_keys: GlobalKeysController) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self._commands, self._global_keys = commands, global_keys
        self.keys: dict[str, KeyButton] = {}
        self.anywhere: dict[str, KeyButton] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        for heading, rows in _SECTIONS:
            self._add_section(heading, rows)
        body = QWidget()
        body.setObjectName("page")
        arrange(QVBoxLayout(body), margins=(24, 16, 24, 16)).addLayout(self._grid)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        self._line = styled_label("", "warning", wrap=True)
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        restore = push_button(tr("Restore defaults"), self._restore, tr("Give every command its own key back"))
        close = push_button(tr("Close"), self.accept)
        close.setDefault(True)
        buttons = arrange(QHBoxLayout(), restore, spacing=10)
        buttons.addStretch()
        buttons.addWidget(close)
        lower = arrange(QVBoxLayout(), self._line, buttons, spacing=10, margins=(24, 12, 24, 16))
        arrange(QVBoxLayout(self), area, lower)
        self.resize(720, 640)
        commands.keys_changed.connect(self._show)
        global_keys.chosen.connect(self._show)
        self._show()

    def toggle(self) -> None:
        """Open the dialog, or close it."""
        problem = self._global_keys.problem
        self._say(problem)
        for button in self.anywhere.values():
            button.setEnabled(not problem)
        self.setVisible(not self.isVisible())

    def _add_section(self, heading: str, rows: Sequence[Command | tuple[str, str]]) -> None:
        top = self._grid.rowCount()
        for column, text in enumerate((heading, tr("In the window"), tr("Anywhere"))):
            self._grid.addWidget(styled_label(text, "heading"), top, column)
        for row, each in enumerate(rows, start=top + 1):
            if not isinstance(each, Command):
                keys, text = each
                self._grid.addWidget(QLabel(text), row, 0)
                self._grid.addWidget(styled_label(keys, "key"), row, 1)
                continue
            label = QLabel(each.text)
            label.setWordWrap(True)
            self._grid.addWidget(label, row, 0)
            self.keys[each.name] = own = KeyButton(tr("Key of: {command}").format(command=each.text))
            own.pressed_key.connect(partial(self._choose, each.name))
            self._grid.addWidget(own, row, 1)
            if each.name not in IN_THE_WINDOW:
                self.anywhere[each.name] = anywhere = KeyButton(
                    tr("Key anywhere of: {command}").format(command=each.text)
                )
                anywhere.pressed_key.connect(partial(self._choose_global, each.name))
                self._grid.addWidget(anywhere, row, 2)

    def _choose(self, name: str, key: str) -> None:
        other = self._commands.command_of(key) if key else ""
        if other not in ("", name):
            self._say(_taken(key, other))
        else:
            self._say("")
            self._commands.set_keys(name, (key,) if key else ())
        self._show()

    def _choose_global(self, name: str, key: str) -> None:
        self._say(self._global_keys.choose(name, key))
        self._show()

    def _restore(self) -> None:
        self._say("")
        for name in self._commands.changed():
            self._commands.set_keys(name, ())
        for command in COMMANDS:
            if self._commands.keys(command.name) != command.keys:
                self._commands.set_keys(command.name, command.keys)

    def _show(self) -> None:
        for name, button in self.keys.items():
            button.set_key(tr(" or ").join(map(shown_key, self._commands.keys(name))))
        for name, button in self.anywhere.items():
            button.set_key(shown_key(self._global_keys.keys.get(name, "")))

    def _say(self, line: str) -> None:
        show_or_hide(self._line, line)


def shown_key(key: str) -> str:
    """Return a key as people of this system write it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _taken(key: str, name: str) -> str:
    text = next(command.text for command in COMMANDS if command.name == name)
    return tr("{key} has a meaning already ({command}); choose another key").format(key=shown_key(key), command=text)


_SECTIONS: tuple[tuple[str, Sequence[Command | tuple[str, str]]], ...] = (
    (tr("General"), (*GENERAL, *OTHER_KEYS)),
    (tr("Portraits"), PORTRAITS),
    (tr("Presets"), PRESETS),
    (tr("Models"), MODELS),
    (tr("Pages"), COMMANDS[len(GENERAL + MODELS + PORTRAITS + PRESETS) :]),
)
