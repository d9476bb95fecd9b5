"""Crop and turn a portrait's picture: drag the frame or its corners, or use the keys."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTransform
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from ui.translation import tr
from ui.widgets.basic import arrange, push_button, styled_label
from ui.widgets.preview import BACKDROP
from ui.widgets.qt_images import letterbox

_LEAST_PX = 32
_GRIP_PX = 14
_STEP = 0.02  # share of the shorter side per key press
_VEIL = QColor(13, 15, 19, 170)
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class CropView(QWidget):
    """The picture with the frame of what is kept. Arrow keys move the frame, with Shift they resize it.

    Attributes:
        image: the turned picture.
        frame: in its pixels.
    """

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self.image = image
        self.frame = QRectF(image.rect())
        self._held: tuple[QPointF, QRectF, tuple[int, int]] | None = None  # where, the frame then, which corner
        self.setMinimumSize(480, 360)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Picture with the frame of what is kept"))
        self.setAccessibleDescription(tr("Arrow keys move the frame, with Shift they resize it"))

    def turn(self, degrees: int) -> None:
        """Turn picture and frame clockwise by 90 or -90 degrees."""
        transform = QTransform().rotate(degrees)
        moved = QImage.trueMatrix(transform, self.image.width(), self.image.height())
        self.frame = moved.mapRect(self.frame)
        self.image = self.image.transformed(transform)
        self.update()

    def kept(self) -> QImage:
        """Return the part in the frame."""
        return self.image.copy(self.frame.toAlignedRect().intersected(self.image.rect()))

    @override
    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), BACKDROP)
        place = letterbox(self.image, self.size())
        painter.drawImage(place, self.image)
        shown = self._shown()
        outside = QPainterPath()
        outside.addRect(place)
        outside.addRect(shown)
        painter.fillPath(outside, _VEIL)
        painter.setPen(QPen(QColor("#ffffff"), 2 if self.hasFocus() else 1))
        painter.drawRect(shown)
        for corner in (shown.topLeft(), shown.topRight(), shown.bottomLeft(), shown.bottomRight()):
            painter.fillRect(QRectF(corner.x() - 4, corner.y() - 4, 8, 8), QColor("#ffffff"))

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            shown, point = self._shown(), event.position()
            across = _side(point.x(), shown.left(), shown.right())
            self._held = point, QRectF(self.frame), (across, _side(point.y(), shown.top(), shown.bottom()))

    @override
    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self._held is not None:
            start, frame, side = self._held
            moved = (event.position() - start) / self._scale()
            self._set(frame, moved, side)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self._held = None

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or event.key() not in _ARROWS:
            super().keyPressEvent(event)
            return
        across, down = _ARROWS[Qt.Key(event.key())]
        step = _STEP * min(self.image.width(), self.image.height())
        resizes = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._set(self.frame, QPointF(across, down) * step, (1, 1) if resizes else (0, 0))

    def _set(self, frame: QRectF, moved: QPointF, side: tuple[int, int]) -> None:
        """Move the frame, or the sides that are held: -1 left or top, 1 right or bottom."""
        result, whole = QRectF(frame), QRectF(self.image.rect())
        if side == (0, 0):
            result.translate(moved)
            result.moveLeft(min(max(result.left(), 0), whole.width() - result.width()))
            result.moveTop(min(max(result.top(), 0), whole.height() - result.height()))
        else:
            left, top, right, bottom = result.left(), result.top(), result.right(), result.bottom()
            left, right = _moved(left, right, moved.x(), side[0], whole.width())
            top, bottom = _moved(top, bottom, moved.y(), side[1], whole.height())
            result = QRectF(QPointF(left, top), QPointF(right, bottom))
        self.frame = result
        self.update()

    def _scale(self) -> float:
        """Return pixels of the screen per pixel of the picture."""
        return max(letterbox(self.image, self.size()).width() / self.image.width(), 1e-6)

    def _shown(self) -> QRectF:
        place, scale = letterbox(self.image, self.size()), self._scale()
        return QRectF(place.topLeft() + self.frame.topLeft() * scale, self.frame.size() * scale)


class CropDialog(QDialog):
    """The picture, buttons that turn it, and Use.

    Args:
        parent: the window.
        name: of the portrait.
        image: its picture.

    Signals:
        chosen: the QImage to keep.
    """

    chosen = pyqtSignal(QImage)

    def __init__(self, parent: QWidget, name: str, image: QImage) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Crop or rotate {name}").format(name=name))
        self.view = CropView(image)
        self.left = push_button(tr("Turn left"), lambda: self.view.turn(-90), tr("By 90 degrees"))
        self.right = push_button(tr("Turn right"), lambda: self.view.turn(90), tr("By 90 degrees"))
        self.use = push_button(tr("Use"), self._use, tr("Put this picture in the portrait's place"))
        self.use.setDefault(True)
        hint = styled_label(tr("Drag the frame or its edges; leave hair and shoulders in."), "muted", wrap=True)
        buttons = arrange(QHBoxLayout(), self.left, self.right, spacing=8)
        buttons.addStretch()
        for button in (push_button(tr("Cancel"), self.reject), self.use):
            buttons.addWidget(button)
        layout = arrange(QVBoxLayout(self), self.view, hint, buttons, spacing=12, margins=(16, 16, 16, 16))
        layout.setStretchFactor(self.view, 1)

    def _use(self) -> None:
        self.accept()
        self.chosen.emit(self.view.kept())


def _side(value: float, low: float, high: float) -> int:
    """Return -1 or 1 near one of two edges, else 0."""
    if abs(value - low) < _GRIP_PX:
        return -1
    return 1 if abs(value - high) < _GRIP_PX else 0


def _moved(low: float, high: float, by: float, side: int, most: float) -> tuple[float, float]:
    """Return two edges of the frame after one of them was moved, inside the picture and not too close."""
    if side < 0:
        low = min(max(low + by, 0.0), high - _LEAST_PX)
    elif side > 0:
        high = max(min(high + by, most), low + _LEAST_PX)
    return low, high
