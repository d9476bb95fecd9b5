"""The live controls as one observable object; the window keeps no other copy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from puppet.domain import Controls

_MOST_STEPS = 100
_SAME_S = 1.0  # changes of the same fields within this time are one step
_SAFE = {field.name for field in fields(Controls)} - {"idle", "swap", "overlay", "badge"}


class ControlsModel(QObject):
    """Current controls. Widgets show and change them here, and the session bridge passes each change to the session.

    `undo` takes back motion, output and steps of others, and never what decides whether the performer is visible.

    GUI thread.

    Attributes:
        current: the newest controls.

    Signals:
        changed: the new puppet.domain.Controls; not emitted when the new value equals the old one.
    """

    changed = pyqtSignal(Controls)

    def __init__(self, controls: Controls, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.current = controls
        self._clock = clock
        self._changed_s = 0.0
        self._before: list[dict[str, Any] | Callable[[], bool]] = []  # fields before a step, or what undoes it

    def update(self, **values: Any) -> None:
        """Replace some fields: `update(mirror=False)`."""
        controls = replace(self.current, **values)
        if controls != self.current:
            self._remember({name: getattr(self.current, name) for name in values if name in _SAFE})
            self._set(controls)

    def undo(self) -> bool:
        """Take back the last step; return False if there is none."""
        self._changed_s = 0.0
        while self._before:
            step = self._before.pop()
            if isinstance(step, dict):
                self._set(replace(self.current, **step))
                return True
            if step():
                return True
        return False

    def add_step(self, undo: Callable[[], bool]) -> None:
        """Add a step of something else than controls; `undo` takes it back, False: that was done already."""
        self._before = [*self._before[-_MOST_STEPS:], undo]

    def take_back(self, used: Controls) -> None:
        """Show the controls that the session uses after it refused the last change."""
        last = self._before[-1] if self._before else None
        if isinstance(last, dict) and all(getattr(used, name) == value for name, value in last.items()):
            self._before.pop()
        self._set(used)

    def _remember(self, before: dict[str, Any]) -> None:
        now_s = self._clock()
        last = self._before[-1] if self._before else None
        continues = isinstance(last, dict) and last.keys() == before.keys() and now_s - self._changed_s < _SAME_S
        if before and not continues:
            self._before = [*self._before[-_MOST_STEPS:], before]
        self._changed_s = now_s

    def _set(self, controls: Controls) -> None:
        self.current = controls
        self.changed.emit(controls)
