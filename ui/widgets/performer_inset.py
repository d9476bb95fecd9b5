"""Inset of the preview: the performer's own picture with an outline of the portrait's pose, and how well they agree."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from puppet.domain import Floats, Picture
from ui.translation import tr
from ui.widgets.qt_images import as_image

_SIDE_PX, _METER_PX = 168, 26
_GOOD = 0.8
_GROUND, _TEXT, _LINE = QColor(13, 15, 19, 215), QColor("#f2f4f8"), QColor(255, 255, 255, 210)
_BAR = {True: QColor("#5fcf8f"), False: QColor("#f0b35a")}


class PerformerInset(QWidget):
    """The performer's square of the camera picture, mirrored as in the controls; in the window only.

    Attributes:
        share: agreement of performer and portrait in [0, 1]; None: unknown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._image = QImage()
        self._place = QRectF()
        self._mirrored = False
        self._outlines: Sequence[Floats] = ()
        self.share: float | None = None
        self.setFixedSize(self.sizeHint())
        self.setAccessibleName(tr("Your own picture, only in this window"))
        self.hide()

    @override
    def sizeHint(self) -> QSize:
        return QSize(_SIDE_PX, _SIDE_PX + _METER_PX)

    def show_performer(
        self,
        picture: Picture,
        box: tuple[float, float, float],
        mirrored: bool,
        outlines: Sequence[Floats],
        share: float | None,
    ) -> None:
        """Show a frame.

        Args:
            picture: (H, W, 3) uint8 RGB, unmirrored.
            box: left, top and side of the performer's square, in pixels of the frame as it is shown.
            mirrored: show the frame mirrored.
            outlines: lines (n, 2) in [-1, 1] over the square, as it is shown.
            share: agreement in [0, 1]; None: unknown.
        """
        left, top, side = box
        self._picture, self._image = picture, as_image(picture)  # the image is a view of the picture
        self._place = QRectF(picture.shape[1] - left - side if mirrored else left, top, side, side)
        self._mirrored, self._outlines, self.share = mirrored, outlines, share
        self.setAccessibleDescription(self._words())
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 10, 10)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), _GROUND)
        if self._picture is None:
            return
        painter.save()
        if self._mirrored:
            painter.translate(_SIDE_PX, 0)
            painter.scale(-1, 1)
        painter.drawImage(QRectF(0, 0, _SIDE_PX, _SIDE_PX), self._image, self._place)
        painter.restore()
        painter.setPen(QPen(_LINE, 1.4))
        for line in self._outlines:
            painter.drawPolyline(QPolygonF([QPointF(*point) for point in ((line + 1) * (_SIDE_PX / 2)).tolist()]))
        self._paint_meter(painter)

    def _paint_meter(self, painter: QPainter) -> None:
        painter.fillRect(QRectF(0, _SIDE_PX, _SIDE_PX, _METER_PX), _GROUND)
        if self.share is not None:
            bar = QRectF(10, _SIDE_PX + _METER_PX - 7, (_SIDE_PX - 20) * self.share, 3)
            painter.fillRect(bar, _BAR[self.share >= _GOOD])
        painter.setPen(_TEXT)
        place, words = QRectF(10, _SIDE_PX, _SIDE_PX - 20, _METER_PX - 7), self._words()
        font = painter.font()
        font.setPointSizeF(
            font.pointSizeF() * min(1, 0.97 * place.width() / self.fontMetrics().horizontalAdvance(words))
        )
        painter.setFont(font)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _words(self) -> str:
        if self.share is None:
            return tr("Only you see this")
        text = tr("Match {share:.0f} %: now calibrate") if self.share >= _GOOD else tr("Match {share:.0f} %")
        return text.format(share=100 * self.share)
