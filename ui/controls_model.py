"""The live controls as one observable object; the window keeps no other copy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import Controls


class ControlsModel(QObject):
    """Current controls. Widgets show and change them here, and the session bridge passes each change to the session.

    GUI thread.

    Args:
        controls: the first value.

    Signals:
        changed: the new puppet.domain.Controls; not emitted when the new value equals the old one.
    """

    changed = pyqtSignal(Controls)

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self._current = controls

    @property
    def current(self) -> Controls:
        """The newest controls."""
        return self._current

    def replace(self, controls: Controls) -> None:
        """Use other controls."""
        if controls != self._current:
            self._current = controls
            self.changed.emit(controls)

    def update(self, **fields: Any) -> None:
        """Replace some fields: `update(mirror=False)`."""
        self.replace(replace(self._current, **fields))
