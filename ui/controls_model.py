"""The live controls as one observable object; the window keeps no other copy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import Controls


class ControlsModel(QObject):
    """Current controls. Widgets show and change them here, and the session bridge passes each change to the session.

    GUI thread.

    Attributes:
        current: the newest controls.

    Signals:
        changed: the new puppet.domain.Controls; not emitted when the new value equals the old one.
    """

    changed = pyqtSignal(Controls)

    def __init__(self, controls: Controls) -> None:
        super().__init__()
        self.current = controls

    def update(self, **fields: Any) -> None:
        """Replace some fields: `update(mirror=False)`."""
        controls = replace(self.current, **fields)
        if controls != self.current:
            self.current = controls
            self.changed.emit(controls)
