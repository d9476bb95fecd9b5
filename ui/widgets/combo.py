"""A list to choose from, as the window draws it."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QSize
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QListView

from ui.style.theme import colours


class ComboBox(QComboBox):
    """A combo box with a chevron, as wide as it may be, that scrolling over it does not change.

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
        """Offer (label, data) each and show the one whose data is `choice`, without telling anybody."""
        view = self.view()
        is_open = view is not None and view.isVisible()
        self.blockSignals(True)
        self.clear()
        for label, data in entries:
            self.addItem(label, data)
        self.setCurrentIndex(self.findData(choice))
        self.blockSignals(False)
        if is_open:  # the popup does not grow by itself
            self.hidePopup()
            QComboBox.showPopup(self)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scrolling over the box must not change what is chosen."""
        if event is not None:
            event.ignore()

    def sizeHint(self) -> QSize:
        """As wide as its surroundings let it be."""
        return QSize(120, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The styled box, and the chevron that a style sheet cannot draw without a file."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().muted), 1.6))
        x, y = self.width() - 17.0, self.height() / 2
        painter.drawPolyline(QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2))
