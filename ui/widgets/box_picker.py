"""Draw the box on the camera's picture, by mouse or keys, for packs that detect keypoints themselves."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from puppet.domain import Picture
from ui.translation import tr
from ui.widgets.basic import demi_bold, push_button, styled_label
from ui.widgets.box import Box, box_from_drag, default_box
from ui.widgets.preview import BACKDROP, YOUR_CAMERA
from ui.widgets.qt_images import as_image, letterbox

_VEIL, _LINE = QColor(13, 15, 19, 150), QColor("#ffffff")
_STEP = 0.02  # fraction of the picture's height per key press
_HINT = YOUR_CAMERA + tr(" here · Drag a box · arrow keys move it, + and − resize it · Enter uses it")
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
_RESIZE_KEYS = {Qt.Key.Key_Plus: 2, Qt.Key.Key_Equal: 2, Qt.Key.Key_Minus: -2}


class BoxPicker(QWidget):
    """Covers the preview with the camera's live picture while a box is drawn.

    Attributes:
        box: in pixels of the picture as it is shown, mirrored or not; None before `begin`.
        use: the button that chooses it.
        cancel: the button that closes the picker.

    Signals:
        chosen: a ui.widgets.box.Box on the camera's unmirrored picture.
    """

    chosen = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._image = QImage()
        self._mirrored = False
        self.box: Box | None = None
        self._start: QPointF | None = None  # first corner of a new box
        self._held: QPointF | None = None  # last pointer position while the box is moved
        self.setAccessibleName(tr("Draw a box on the camera picture"))
        self.setAccessibleDescription(_HINT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.use = push_button(tr("Use this box"), self._use)
        self.cancel = QPushButton(tr("Cancel"))
        self._build()
        self.hide()

    def begin(self, picture: Picture, mirrored: bool, box: Box | None) -> None:
        """Start with the camera's picture (H, W, 3), shown mirrored or not, and the box in use, if any."""
        self.box = None
        self.set_picture(picture, mirrored)
        width, height = self._size()
        shown = box.mirrored(width) if box is not None and mirrored else box
        self.box = default_box((width, height)) if shown is None else shown
        self.show()
        self.raise_()
        self.setFocus()

    def set_picture(self, picture: Picture, mirrored: bool) -> None:
        """Show the newest picture; the box is reset when the size of the picture changed."""
        before = self._image.size()
        if self.box is not None and mirrored != self._mirrored:
            self.box = self.box.mirrored(before.width())
        self._picture, self._mirrored = picture, mirrored  # the image is a view of the picture
        self._image = as_image(picture)
        if self.box is not None and self._image.size() != before:
            self.box = default_box(self._size())
        self.update()

    def picture_rect(self) -> QRectF:
        """Return the picture's place in this widget's coordinates."""
        return letterbox(self._image, self.size())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKDROP)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        place = self.picture_rect()
        painter.save()
        if self._mirrored:
            painter.translate(2 * place.center().x(), 0)
            painter.scale(-1, 1)
        painter.drawImage(place, self._image)
        painter.restore()
        if self.box is not None:
            self._paint_box(painter, place, self.box)

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        at = self._in_picture(event.position())
        if self.box is not None and self.box.contains(at.x(), at.y()):
            self._held = at
        else:
            self._start = at

    @override
    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        at = self._in_picture(event.position())
        if self._start is not None:
            start = (self._start.x(), self._start.y())
            self.box = box_from_drag(start, (at.x(), at.y()), self._size())
        elif self._held is not None and self.box is not None:
            self.box = self.box.moved(at.x() - self._held.x(), at.y() - self._held.y(), self._size())
            self._held = at
        self.update()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self._start = self._held = None

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Keep the event from the preview, which would switch to full screen."""

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # the window handles Esc
        if event is None or self.box is None:
            return
        key, step = Qt.Key(event.key()), _STEP * self._size()[1]
        if key in _ARROWS:
            right, down = _ARROWS[key]
            self.box = self.box.moved(step * right, step * down, self._size())
        elif key in _RESIZE_KEYS:
            self.box = self.box.resized(step * _RESIZE_KEYS[key], self._size())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._use()
        else:
            super().keyPressEvent(event)
        self.update()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.use)
        row.addWidget(self.cancel)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.addWidget(styled_label(_HINT, "pickerHint"), alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()
        layout.addLayout(row)

    def _paint_box(self, painter: QPainter, place: QRectF, box: Box) -> None:
        scale = place.width() / max(self._image.width(), 1)
        square = QRectF(place.left() + box.left * scale, place.top() + box.top * scale, box.side * scale, 0)
        square.setHeight(square.width())
        outside = QPainterPath()
        outside.addRect(place)
        outside.addRect(square)  # the odd-even fill rule leaves the box out
        painter.fillPath(outside, _VEIL)
        painter.setPen(QPen(_LINE, 2))
        painter.drawRect(square)
        painter.setFont(demi_bold(self.font(), 1.0))
        painter.drawText(square.adjusted(8, 6, -8, -6), f"{box.side:.0f} px")

    def _in_picture(self, at: QPointF) -> QPointF:
        place = self.picture_rect()
        scale = max(self._image.width(), 1) / max(place.width(), 1.0)
        return (at - place.topLeft()) * scale

    def _size(self) -> tuple[int, int]:
        return self._image.width(), self._image.height()

    def _use(self) -> None:
        if self.box is not None:
            self.chosen.emit(self.box.mirrored(self._image.width()) if self._mirrored else self.box)
