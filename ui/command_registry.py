"""The window's actions by name: buttons, menus, keys, and whatever else starts one, run it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeySequence, QShortcut
from PyQt6.QtWidgets import QWidget

from ui.commands import COMMANDS

_OWN_KEYS = {command.name: command.keys for command in COMMANDS}


class CommandRegistry(QObject):
    """Runs the commands of `ui.commands` and binds their keys. GUI thread.

    Args:
        window: gets the keys.

    Signals:
        keys_changed: the name of a command whose keys were changed.
    """

    keys_changed = pyqtSignal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, Callable[[], object]] = {}
        self._keys = dict(_OWN_KEYS)
        self._shortcuts: dict[str, list[QShortcut]] = {}

    def bind(self, actions: Mapping[str, Callable[[], object]]) -> None:
        """Set what commands do, and bind their keys."""
        for name, act in actions.items():
            self._actions[name] = act
            self._bind_keys(name)

    def run(self, name: str) -> None:
        """Run a command; KeyError: there is no such command."""
        self._actions[name]()

    def names(self) -> list[str]:
        """Return the names of the commands that `run` knows."""
        return list(self._actions)

    def keys(self, name: str) -> tuple[str, ...]:
        """Return a command's keys, in QKeySequence's notation."""
        return self._keys.get(name, ())

    def set_keys(self, name: str, keys: tuple[str, ...]) -> None:
        """Bind other keys to a command in place of its own."""
        self._keys[name] = keys
        self._bind_keys(name)
        self.keys_changed.emit(name)

    def load(self, changed: Mapping[str, tuple[str, ...]]) -> None:
        """Bind the keys of the settings; those edited by hand to nothing, or to a key in use, are left out."""
        for name, keys in changed.items():
            free = all(QKeySequence(key).count() and self.command_of(key) in ("", name) for key in keys)
            if free and name in _OWN_KEYS:
                self.set_keys(name, keys)

    def changed(self) -> dict[str, tuple[str, ...]]:
        """Return the keys that are not the command's own, by command."""
        return {name: keys for name, keys in self._keys.items() if keys != _OWN_KEYS[name]}

    def command_of(self, key: str) -> str:
        """Return the name of the command that a key runs, or ""."""
        wanted = QKeySequence(key)
        return next((name for name, keys in self._keys.items() if wanted in map(QKeySequence, keys)), "")

    def _bind_keys(self, name: str) -> None:
        for old in self._shortcuts.pop(name, []):
            old.setEnabled(False)
            old.deleteLater()
        if name in self._actions:
            self._shortcuts[name] = [self._shortcut(name, key) for key in self.keys(name)]

    def _shortcut(self, name: str, key: str) -> QShortcut:
        # Keys work in the dialogs, too; there, Esc closes the dialog and a digit may be typed.
        scopes = Qt.ShortcutContext
        scope = scopes.WindowShortcut if key == "Esc" or key.isdigit() else scopes.ApplicationShortcut
        return QShortcut(QKeySequence(key), self._window, lambda: self.run(name), context=scope)
