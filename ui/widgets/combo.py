"""Combo box in the window's style."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QSize
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QListView
from typing_extensions import override

from ui.style.theme import colours


class ComboBox(QComboBox):
    """A combo box with a chevron that ignores the mouse wheel.

    It takes the width that its layout offers.

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
        self.blockSignals(True)
        self.clear()
        for label, data in entries:
            self.addItem(label, data)
        self.setCurrentIndex(self.findData(choice))
        self.blockSignals(False)
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
