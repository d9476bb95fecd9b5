"""A small live plot: lines over the last minute."""

from __future__ import annotations

from collections import deque

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from ui.style.theme import colours

MOST = 300
"""Values kept: of a minute at five a second."""
_LEFT_PX, _TOP_PX = 8, 22


class Plot(QWidget):
    """Lines from 0 to the largest value of the last minute, the newest value at the right.

    Args:
        name: shown above the lines.
        lines: names of the lines.
        unit: behind the numbers.
    """

    def __init__(self, name: str, lines: tuple[str, ...], unit: str) -> None:
        super().__init__()
        self._name, self._lines, self._unit = name, lines, unit
        self._values: deque[tuple[float, ...]] = deque(maxlen=MOST)
        self.setMinimumSize(200, 92)
        self.setAccessibleName(name)

    def add(self, *values: float) -> None:
        """Add one value for each line."""
        self._values.append(values)
        self.setAccessibleDescription(self._words())
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, 96)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = colours()
        painter.setPen(QPen(QColor(now.line), 1))
        painter.setBrush(QColor(now.window))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        painter.setPen(QColor(now.text))
        heading, words = QRectF(_LEFT_PX, 4, self.width() - 2 * _LEFT_PX, _TOP_PX - 4), self._words()
        painter.drawText(heading, Qt.AlignmentFlag.AlignRight, words)
        metrics = painter.fontMetrics()
        free_px = int(heading.width()) - metrics.horizontalAdvance(f"{words}  ")
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, free_px)
        painter.drawText(heading, Qt.AlignmentFlag.AlignLeft, name)
        most = max((value for values in self._values for value in values), default=0.0) or 1.0
        room = QRectF(_LEFT_PX, _TOP_PX, self.width() - 2 * _LEFT_PX, self.height() - _TOP_PX - 8)
        for line, colour in zip(range(len(self._lines)), (now.accent, now.warning), strict=False):
            step = room.width() / (MOST - 1)
            first = room.right() - step * (len(self._values) - 1)
            points = [
                QPointF(first + step * place, room.bottom() - room.height() * values[line] / most)
                for place, values in enumerate(self._values)
            ]
            painter.setPen(QPen(QColor(colour), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))

    def _words(self) -> str:
        newest = self._values[-1] if self._values else ()
        words = [f"{line} {value:.0f}".strip() for line, value in zip(self._lines, newest, strict=False)]
        return f"{' / '.join(words)} {self._unit}".strip() if words else "–"
