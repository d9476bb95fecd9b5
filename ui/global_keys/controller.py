"""Keys that run commands while another program has the focus."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QKeySequence

from ui.command_registry import CommandRegistry
from ui.commands import COMMANDS, IN_THE_WINDOW
from ui.global_keys.base import GlobalKeys, needed_for_typing, open_global_keys
from ui.translation import tr
from ui.widgets.notice_bar import NoticeBar

_TEXTS = {command.name: command.text for command in COMMANDS if command.name not in IN_THE_WINDOW}


class GlobalKeysController(QObject):
    """Grabs the keys that were chosen, and runs their commands.

    Args:
        commands: run them.
        notices: names the keys that cannot be had.
        wanted: keys by the names of commands, in QKeySequence's notation; `start` grabs them.
        open_keys: opens the system's global keys.

    Attributes:
        keys: as chosen.

    Signals:
        chosen: the keys after a change; remember them.
    """

    chosen = pyqtSignal(dict)

    def __init__(
        self,
        commands: CommandRegistry,
        notices: NoticeBar,
        wanted: Mapping[str, str],
        open_keys: Callable[[], GlobalKeys] = open_global_keys,
    ) -> None:
        super().__init__()
        self._commands, self._notices, self._open_keys = commands, notices, open_keys
        self._opened: GlobalKeys | None = None
        self.keys = {name: key for name, key in wanted.items() if name in _TEXTS and QKeySequence(key).count()}

    @property
    def problem(self) -> str:
        """Why there are no global keys on this system, or ""."""
        return self._system.problem

    def start(self) -> None:
        """Grab the keys of the settings; a line names those that cannot be had."""
        refusals = [self._system.grab(name, key) for name, key in self.keys.items()]
        if lines := [line for line in refusals if line]:
            self._notices.post_warning(" · ".join(dict.fromkeys(lines)))

    def choose(self, name: str, key: str) -> str:
        """Give a command another key, "" for none; return why it keeps the old one, or ""."""
        if key and (refusal := self._refusal(name, key)):
            return refusal
        before = self.keys.pop(name, "")
        self._system.release(name)
        refusal = self._system.grab(name, key) if key else ""
        if not refusal and key:
            self.keys[name] = key
        elif before and refusal:
            self._system.grab(name, before)
            self.keys[name] = before
        self.chosen.emit(dict(self.keys))
        return refusal

    def close(self) -> None:
        """Give the keys back to other programs."""
        if self._opened is not None:
            self._opened.close()

    def _refusal(self, name: str, key: str) -> str:
        if needed_for_typing(key):
            return tr("{key} is needed for typing; add Ctrl or Alt, or choose F1 to F24").format(key=key)
        other = next((each for each, used in self.keys.items() if used == key and each != name), "")
        taken = tr("{key} has a meaning already ({command}); choose another key")
        return taken.format(key=key, command=_TEXTS[other]) if other else ""

    @property
    def _system(self) -> GlobalKeys:
        if self._opened is None:
            self._opened = self._open_keys()
            self._opened.pressed.connect(self._commands.run)
            self._opened.refused.connect(self._notices.post_warning)
        return self._opened
