"""List of model packs."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from typing_extensions import override

from puppet.packs import Pack
from ui.status_text import pack_text
from ui.translation import tr
from ui.widgets.combo import BrowseCombo


class PackCombo(BrowseCombo):
    """Installed packs by name, and any folder. A choice is a pack's name or the folder of a pack."""

    def __init__(self) -> None:
        super().__init__(
            tr("Model pack"), tr("The trained model that moves the portrait"), tr("Open a pack folder…"), ""
        )
        self._packs: list[Pack] = []

    @property
    def names(self) -> list[str]:
        """Names of the packs that were found."""
        return [pack.name for pack in self._packs]

    def set_packs(self, found: list[Pack]) -> None:
        """Set the packs that were found."""
        self._packs = found
        self.set_entries([(pack_text(pack.name), pack.name) for pack in found])

    @override
    def unknown_label(self, choice: str) -> str:
        return pack_text(Path(choice).name)

    @override
    def update_entries(self) -> None:
        super().update_entries()
        for row, pack in enumerate(self._packs):
            tip = tr("{description} (family {family})").format(
                description=pack.card.description, family=pack.card.family
            )
            self.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
