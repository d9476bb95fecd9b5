"""List of model packs: the installed ones by name, and any folder."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from typing_extensions import override

from puppet.packs import Pack
from ui.status_text import pack_text
from ui.widgets.combo import ComboBox

_OPEN_FOLDER = "\0open"


class PackCombo(ComboBox):
    """A choice is the name of an installed pack or the folder of any pack.

    Signals:
        about_to_open: the list is being opened; find the packs, then call `set_packs`.
        chosen: the person chose another pack.
        folder_wanted: the person wants to choose a folder.
    """

    about_to_open = pyqtSignal()
    chosen = pyqtSignal(str)
    folder_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__("Model pack", "The trained model that moves the portrait")
        self._packs: list[Pack] = []
        self._choice = ""
        self.activated.connect(self._activated)

    def set_choice(self, choice: str) -> None:
        """Select a choice without emitting `chosen`; a folder gets an entry of its own."""
        self._choice = choice
        self._fill()

    def set_packs(self, found: list[Pack]) -> None:
        """Set the packs that were found."""
        if found != self._packs:
            self._packs = list(found)
            self._fill()

    @override
    def showPopup(self) -> None:
        self.about_to_open.emit()
        super().showPopup()

    def _fill(self) -> None:
        entries = [(pack_text(pack.card), pack.name) for pack in self._packs]
        if self._choice and self._choice not in (name for _, name in entries):
            entries.append((Path(self._choice).name, self._choice))
        self.refill([*entries, ("Open a pack folder…", _OPEN_FOLDER)], self._choice)
        for row, pack in enumerate(self._packs):
            self.setItemData(row, pack.card.description, Qt.ItemDataRole.ToolTipRole)

    def _activated(self, index: int) -> None:
        choice = self.itemData(index)
        if choice == _OPEN_FOLDER:
            self.setCurrentIndex(self.findData(self._choice))
            self.folder_wanted.emit()
        elif choice != self._choice:
            self._choice = choice
            self.chosen.emit(choice)
