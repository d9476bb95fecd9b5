"""Combo boxes in the window's style."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QPointF, QSignalBlocker, QSize, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QListView
from typing_extensions import override

from ui.style.theme import colours

_BROWSE = "\0browse"


class ComboBox(QComboBox):
    """A combo box with a chevron that ignores the mouse wheel. It takes the width that its layout offers.

    Args:
        name: for screen readers.
        tip: its tooltip.
    """

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setView(QListView())  # the default one ignores the style sheet's row height
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def refill(self, entries: list[tuple[str, str]], choice: str) -> None:
        """Set the entries, (label, data) each, and select the one whose data is `choice`, without emitting signals."""
        view = self.view()
        is_open = view is not None and view.isVisible()
        with QSignalBlocker(self):
            self.clear()
            for label, data in entries:
                self.addItem(label, data)
            self.setCurrentIndex(self.findData(choice))
        if is_open:  # the popup keeps its old size
            self.hidePopup()
            QComboBox.showPopup(self)

    @override
    def wheelEvent(self, event: QWheelEvent | None) -> None:  # the panel scrolls instead
        if event is not None:
            event.ignore()

    @override
    def sizeHint(self) -> QSize:
        return QSize(120, super().sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)  # a style sheet cannot draw the chevron without a picture file
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().muted), 1.6))
        x, y = self.width() - 17.0, self.height() / 2
        painter.drawPolyline(QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2))


class BrowseCombo(ComboBox):
    """A list that is updated in the background when it opens, and whose last entry opens a file dialog.

    Args:
        name: for screen readers.
        tip: its tooltip.
        browse: label of the last entry.
        choice: the first choice.

    Attributes:
        choice: the data of the current choice.

    Signals:
        about_to_open: the list is being opened; find its entries again.
        chosen: the data of another entry.
        browse_wanted: the last entry was activated.
    """

    about_to_open = pyqtSignal()
    chosen = pyqtSignal(str)
    browse_wanted = pyqtSignal()

    def __init__(self, name: str, tip: str, browse: str, choice: str) -> None:
        super().__init__(name, tip)
        self.choice = choice
        self._browse = browse
        self._entries: list[tuple[str, str]] = []
        self.activated.connect(self._activated)

    def set_choice(self, choice: str) -> None:
        """Select a choice without emitting `chosen`; an unknown one gets an entry of its own."""
        self.choice = choice
        self.update_entries()

    def set_entries(self, entries: list[tuple[str, str]]) -> None:
        """Set the known choices, (label, data) each."""
        if entries != self._entries:  # an open list stays as it is
            self._entries = entries
            self.update_entries()

    def update_entries(self) -> None:
        """Fill the list again."""
        entries = [*self._entries, (self._browse, _BROWSE)]
        if self.choice and self.choice not in (data for _, data in entries):
            entries.insert(-1, (self.unknown_label(self.choice), self.choice))
        self.refill(entries, self.choice)

    def unknown_label(self, choice: str) -> str:
        """Return the label of a choice that is not in the list."""
        return Path(choice).name

    @override
    def showPopup(self) -> None:
        self.about_to_open.emit()
        super().showPopup()

    def _activated(self, index: int) -> None:
        choice = self.itemData(index)
        if choice == _BROWSE:
            self.setCurrentIndex(self.findData(self.choice))
            self.browse_wanted.emit()
        elif choice != self.choice:
            self.choice = choice
            self.chosen.emit(choice)
