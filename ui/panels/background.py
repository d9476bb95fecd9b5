"""Choice of what is shown behind the person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QColorDialog, QVBoxLayout, QWidget

from puppet.controls import Background, BackgroundKind
from ui.controls_model import ControlsModel
from ui.translation import tr
from ui.widgets.basic import ChoiceButtons, arrange

_CHOICES = [
    (BackgroundKind.KEEP, tr("Own"), tr("The portrait's own background")),
    (BackgroundKind.BLUR, tr("Blur"), tr("The portrait's own background, blurred")),
    (BackgroundKind.COLOUR, tr("Colour"), tr("One colour, as for a green screen")),
    (BackgroundKind.PICTURE, tr("Picture"), tr("A picture of your own")),
    (BackgroundKind.NONE, tr("Transparent"), tr("Nothing: snapshots and the output window are transparent")),
]


class BackgroundPanel(QWidget):
    """Buttons for the background's kind; colour and file are asked for.

    Attributes:
        kind: its keys are puppet.controls.BackgroundKind.

    Signals:
        picture_wanted: a picture is to be asked for; `use_picture` takes it.
    """

    picture_wanted = pyqtSignal()

    def __init__(self, controls: ControlsModel) -> None:
        super().__init__()
        self._controls = controls
        self.kind = ChoiceButtons(tr("Background"), _CHOICES)
        self.kind.chosen.connect(self._choose)
        arrange(QVBoxLayout(self), self.kind)
        controls.changed.connect(lambda now: self.kind.set_choice(now.background.kind))
        self._show_current()

    def use_picture(self, path: Path) -> None:
        """Show a picture behind the person."""
        self._use(Background(BackgroundKind.PICTURE, self._current.colour, str(path)))

    @property
    def _current(self) -> Background:
        return self._controls.current.background

    def _choose(self, kind: BackgroundKind) -> None:
        if kind is BackgroundKind.COLOUR:
            colour = QColorDialog.getColor(QColor(self._current.colour), self, tr("Colour behind the person"))
            if colour.isValid():
                self._use(replace(self._current, kind=kind, colour=colour.name()))
        elif kind is BackgroundKind.PICTURE:
            self.picture_wanted.emit()
        else:
            self._use(replace(self._current, kind=kind))
        self._show_current()

    def _use(self, background: Background) -> None:
        self._controls.update(background=background)

    def _show_current(self) -> None:
        self.kind.set_choice(self._current.kind)
