"""Presets in the window: choose by list or key, save under a name, delete, pass on as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QWidget

from puppet.errors import ConfigError
from puppet.userdata.presets import FIELDS, Preset, load_presets, read_presets, save_presets
from ui.controls_model import ControlsModel
from ui.dialogs import files
from ui.panels.presets import PresetsPanel
from ui.translation import message_text, tr
from ui.widgets.notice_bar import Notice, NoticeBar

_TOPIC = "preset"
_NONE_IN_USE = tr("No preset is in use; choose or save one first")


class PresetsController(QObject):
    """Keeps the presets; each change is written at once.

    Args:
        window: parent of dialogs.
        controls: take over a chosen preset, as one step of undo.
        notices: shows saved files and errors.
        panel: the list and its buttons.
    """

    def __init__(self, window: QWidget, controls: ControlsModel, notices: NoticeBar, panel: PresetsPanel) -> None:
        super().__init__()
        self._window = window
        self._controls = controls
        self._notices = notices
        self._panel = panel
        self._presets, warning = load_presets()
        if warning:
            notices.post_warning(message_text(warning), _TOPIC)
        panel.list.activated.connect(self.use)
        panel.save.clicked.connect(self.ask_and_save)
        panel.delete.triggered.connect(self.delete)
        panel.export_file.triggered.connect(self.ask_and_export)
        panel.import_file.triggered.connect(self.ask_and_import)
        controls.changed.connect(self._show)
        self._show()

    @property
    def names(self) -> list[str]:
        """Names of the presets, in order."""
        return [preset.name for preset in self._presets]

    @property
    def chosen(self) -> str:
        """Name of the first preset that the controls agree with, or ""."""
        now = Preset("now", self._controls.current)
        return next((preset.name for preset in self._presets if _are_alike(preset, now)), "")

    def use(self, place: int) -> None:
        """Use the preset at a place, from 0; nothing happens without one."""
        if place < len(self._presets):
            chosen = self._presets[place].controls
            self._controls.update(**{name: getattr(chosen, name) for name in FIELDS})

    def ask_and_save(self) -> None:
        """Save the controls under a name that the person gives; a preset of this name is replaced."""
        if name := files.ask_for_name(self._window, tr("Save a preset"), tr("Name")):
            self._attempt(lambda: self._with(Preset(name.strip(), self._controls.current)))

    def ask_and_export(self) -> None:
        """Write the chosen preset to a file."""
        place = self._panel.list.currentIndex()
        if not 0 <= place < len(self._presets):
            self._notices.post_warning(_NONE_IN_USE, _TOPIC)
        elif path := files.ask_for_preset_to_write(self._window, self._presets[place].name):
            preset = self._presets[place]
            self._attempt(
                lambda: save_presets([preset], path),
                tr("Preset “{name}” saved as {file}").format(name=preset.name, file=path.name),
            )

    def ask_and_import(self) -> None:
        """Add the presets of a file."""
        if path := files.ask_for_preset(self._window):
            self._attempt(lambda: self._add_from(path))

    def delete(self) -> None:
        """Delete the preset in use."""
        place = self._panel.list.currentIndex()
        if not 0 <= place < len(self._presets):
            self._notices.post_warning(_NONE_IN_USE, _TOPIC)
        else:
            self._attempt(lambda: self._write([*self._presets[:place], *self._presets[place + 1 :]]))

    def _add_from(self, path: Path) -> None:
        presets = list(self._presets)
        for preset in read_presets(path):
            names = {each.name for each in presets}
            numbered = (preset.name, *(f"{preset.name[:50]} {number}" for number in range(2, len(names) + 3)))
            presets.append(replace(preset, name=next(name for name in numbered if name not in names)))
        self._write(presets)

    def _with(self, preset: Preset) -> None:
        others = [preset if each.name == preset.name else each for each in self._presets]
        self._write(others if preset in others else [*others, preset])

    def _write(self, presets: list[Preset]) -> None:
        save_presets(presets)
        self._presets = presets

    def _attempt(self, act: Callable[[], None], done: str = "") -> None:
        try:
            act()
        except ConfigError as error:
            self._notices.post_error(error, _TOPIC)
        else:
            self._notices.resolve(_TOPIC)
            if done:
                self._notices.post(Notice(done))
        self._show()

    def _show(self) -> None:
        """Show the presets, and which one the controls are."""
        names, chosen = self.names, self.chosen
        self._panel.show_presets(names, names.index(chosen) if chosen else None)


def _are_alike(one: Preset, other: Preset) -> bool:
    return all(getattr(one.controls, name) == getattr(other.controls, name) for name in FIELDS)
