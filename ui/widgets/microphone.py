"""List of microphones, and the level of the chosen one."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.style.theme import colours
from ui.translation import tr
from ui.widgets.combo import ComboBox

NO_MICROPHONE = ""
_QUIETEST_DB = -60.0
_LOUD_DB = -3.0


class MicrophoneCombo(ComboBox):
    """Microphones by name, and none. The list is updated in the background when it opens.

    Attributes:
        choice: name of the chosen microphone, or NO_MICROPHONE.

    Signals:
        about_to_open: the list is being opened; find the microphones again.
        chosen: the name of another one.
    """

    about_to_open = pyqtSignal()
    chosen = pyqtSignal(str)

    def __init__(self, choice: str = NO_MICROPHONE) -> None:
        super().__init__(tr("Microphone"), tr("The microphone that is recorded with the picture; calls use their own"))
        self.choice = choice
        self._names: list[str] | None = None  # None: not listed yet
        self.activated.connect(self._activated)
        self.set_choice(choice)

    def set_choice(self, choice: str) -> None:
        """Select a microphone without emitting `chosen`; an unknown one gets an entry of its own."""
        self.choice = choice
        self._show()

    def set_names(self, names: list[str]) -> None:
        """Set the microphones that were found."""
        self._names = names
        self._show()

    def _show(self) -> None:
        names = self._names or []
        entries = [(tr("Silent"), NO_MICROPHONE), *((name, name) for name in names)]
        if self.choice and self.choice not in names:
            entries.append(
                (
                    self.choice if self._names is None else tr("{choice} (not found)").format(choice=self.choice),
                    self.choice,
                )
            )
        self.refill(entries, self.choice)

    @override
    def showPopup(self) -> None:
        self.about_to_open.emit()
        super().showPopup()

    def _activated(self, index: int) -> None:
        choice = self.itemData(index)
        if choice != self.choice:
            self.choice = choice
            self.chosen.emit(choice)


class LevelMeter(QWidget):
    """A bar that shows the level of a microphone, in the colour of danger where it is too loud."""

    def __init__(self) -> None:
        super().__init__()
        self._level_db = _QUIETEST_DB
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Level of the microphone"))

    def set_level(self, level_db: float) -> None:
        """Show a level in dB of full scale."""
        self._level_db = level_db
        self.setToolTip(tr("This microphone is recorded; loudest now: {level_db:.0f} dB").format(level_db=level_db))
        self.update()

    @property
    def share(self) -> float:
        """Filled part of the bar, 0 to 1."""
        return min(max(1 - self._level_db / _QUIETEST_DB, 0.0), 1.0)

    @override
    def sizeHint(self) -> QSize:
        return QSize(80, 6)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for share, colour in (
            (1.0, colours().line),
            (self.share, colours().danger if self._level_db > _LOUD_DB else colours().accent),
        ):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(0, 0, self.width() * share, self.height()), 3, 3)
