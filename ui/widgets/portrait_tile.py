"""Tile of the gallery strip: a portrait's picture, number and name, a ring when chosen, and a cross that removes it."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QAbstractButton
from typing_extensions import override

from puppet.userdata.gallery import GalleryItem
from ui.commands import PORTRAIT_KEYS
from ui.style.theme import colours
from ui.translation import tr
from ui.widgets.basic import demi_bold

_THUMB_PX = 59  # twelve portraits fit beside the panel of a window of 1240 pixels
_PAD_PX = 4
_CROSS_PX = 18


class PortraitTile(QAbstractButton):
    """One portrait, or the tile that adds one.

    Args:
        item: the portrait; None: the tile adds one.
        number: from 1 to PORTRAIT_KEYS: the key that chooses it; others are not shown.

    Attributes:
        removable: the person added this picture.
        image: the shown square picture; null before there is one.

    Signals:
        remove_wanted: remove this added picture.
    """

    remove_wanted = pyqtSignal()

    def __init__(self, item: GalleryItem | None, number: int) -> None:
        super().__init__()
        self.item = item
        self.removable = item is not None and not (item.bundled or item.linked)
        self.image = QImage()
        self._badge = ""
        self._busy = False
        self.setText(item.name if item is not None else tr("Add…"))
        self.setCheckable(item is not None)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(_THUMB_PX + 2 * _PAD_PX, _THUMB_PX + 2 * _PAD_PX + self.fontMetrics().height() + 4)
        self.setAccessibleName(
            tr("Portrait {text}").format(text=self.text()) if item is not None else tr("Add a picture")
        )
        self.set_number(number)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # paints again when the pointer enters or leaves
        if self.removable:
            self.addAction(tr("Remove from the gallery"), self.remove_wanted)
            self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def set_number(self, number: int) -> None:
        """Show the number key that chooses the portrait, if there is one."""
        self._badge = str(number) if self.item is not None and 1 <= number <= PORTRAIT_KEYS else ""
        self.setToolTip(self._tip())
        self.update()

    def set_thumbnail(self, image: QImage) -> None:
        """Set the square picture."""
        self.image = image
        self.update()

    def set_busy(self, busy: bool) -> None:
        """Show "Loading…" while the portrait is being analysed."""
        if busy != self._busy:
            self._busy = busy
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        thumb = QRectF(_PAD_PX, _PAD_PX, _THUMB_PX, _THUMB_PX)
        self._paint_thumb(painter, thumb)
        self._paint_ring(painter, thumb)
        if self._badge:
            self._paint_badge(painter, thumb)
        if self.removable and (self.underMouse() or self.hasFocus()):
            self._paint_cross(painter)
        self._paint_name(painter)

    def _paint_thumb(self, painter: QPainter, thumb: QRectF) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(thumb, 10, 10)
        painter.fillPath(shape, QColor(colours().hover if self.underMouse() else colours().raised))
        if self.item is None:
            self._paint_plus(painter, thumb.center())
            return
        painter.setClipPath(shape)
        if not self.image.isNull():
            painter.drawImage(thumb, self.image)
        if self._busy:
            painter.fillRect(thumb, QColor(13, 15, 19, 150))
            painter.setPen(QColor("#ffffff"))
            painter.drawText(thumb, Qt.AlignmentFlag.AlignCenter, tr("Loading…"))
        painter.setClipping(False)

    def _paint_plus(self, painter: QPainter, centre: QPointF) -> None:
        painter.setPen(QPen(QColor(colours().muted), 2))
        painter.drawLine(centre - QPointF(10, 0), centre + QPointF(10, 0))
        painter.drawLine(centre - QPointF(0, 10), centre + QPointF(0, 10))

    def _paint_ring(self, painter: QPainter, thumb: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus() or self.isChecked():  # one ring: the number and the name show the choice, too
            painter.setPen(QPen(QColor(colours().text if self.hasFocus() else colours().accent), 3))
            painter.drawRoundedRect(thumb.adjusted(-1, -1, 1, 1), 11, 11)

    def _paint_badge(self, painter: QPainter, thumb: QRectF) -> None:
        badge = QRectF(thumb.left() + 5, thumb.top() + 5, 18, 18)
        checked = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().accent) if checked else QColor(13, 15, 19, 190))
        painter.drawRoundedRect(badge, 5, 5)
        painter.setFont(demi_bold(self.font(), 0.9))
        painter.setPen(QColor(colours().on_accent) if checked else QColor("#ffffff"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self._badge)

    def _paint_cross(self, painter: QPainter) -> None:
        cross = self._cross()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(13, 15, 19, 210))
        painter.drawEllipse(cross)
        inner = cross.adjusted(6, 6, -6, -6)
        painter.setPen(QPen(QColor("#ffffff"), 1.8))
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())

    def _paint_name(self, painter: QPainter) -> None:
        painter.setFont(demi_bold(self.font(), 0.95) if self.isChecked() else self.font())
        painter.setPen(QColor(colours().text if self.isChecked() else colours().muted))
        line = QRectF(0, _THUMB_PX + 2 * _PAD_PX, self.width(), self.height() - _THUMB_PX - 2 * _PAD_PX)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, text)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Remove on the cross, else choose."""
        if event is not None and self.removable and self._cross().contains(event.position()):
            self.setDown(False)
            self.remove_wanted.emit()
        else:
            super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Delete removes, Enter chooses; other keys are handled as by any button."""
        if event is not None and event.key() == Qt.Key.Key_Delete and self.removable:
            self.remove_wanted.emit()
        elif event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _cross(self) -> QRectF:
        return QRectF(_PAD_PX + _THUMB_PX - _CROSS_PX - 5, _PAD_PX + 5, _CROSS_PX, _CROSS_PX)

    def _tip(self) -> str:
        if self.item is None:
            return tr("Add a picture with a face; it is copied, the original stays where it is")
        key = f"  ({self._badge})" if self._badge else ""
        return self.item.name + key + ("\nYou added this picture: Delete removes it" if self.removable else "")
