"""Presets panel: the list of presets, and what can be done with them."""

from __future__ import annotations

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from ui.commands import PRESET_KEYS
from ui.translation import tr
from ui.widgets.basic import arrange
from ui.widgets.combo import ComboBox


class PresetsPanel(QWidget):
    """Shows presets by name; nothing is selected while the controls are none of them.

    Attributes:
        list: emits `activated` with the place of a preset.
        save: saves the controls as a preset.
        delete, export_file, import_file: entries of the menu.
    """

    def __init__(self) -> None:
        super().__init__()
        self.list = ComboBox(tr("Preset"), tr("Motion and output as they were saved (Ctrl+1 to Ctrl+9)"))
        self.list.setPlaceholderText(tr("Choose a preset"))
        self.save = QPushButton(tr("Save…"))
        self.save.setToolTip(tr("Save motion and output under a name"))
        more = QPushButton(tr("More"))
        more.setToolTip(tr("Delete, export and import presets"))
        menu = QMenu(more)
        self.delete = QAction(tr("Delete"), menu)
        self.export_file = QAction(tr("Export to a file…"), menu)
        self.import_file = QAction(tr("Import from a file…"), menu)
        menu.addActions([self.delete, self.export_file, self.import_file])
        more.setMenu(menu)
        row = arrange(QHBoxLayout(), self.save, more, spacing=8)
        arrange(QVBoxLayout(self), self.list, row, spacing=10)
        self.show_presets([], None)

    def show_presets(self, names: list[str], chosen: int | None) -> None:
        """Show the presets and select one, without emitting signals."""
        keys = [f"   (Ctrl+{number})" if number <= PRESET_KEYS else "" for number in range(1, len(names) + 1)]
        entries = [(name + key, str(place)) for place, (name, key) in enumerate(zip(names, keys, strict=True))]
        self.list.refill(entries, "" if chosen is None else str(chosen))
        self.list.setVisible(bool(names))
        for action in (self.delete, self.export_file):
            action.setEnabled(chosen is not None)
