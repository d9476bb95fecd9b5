"""Preview: the newest picture, as large as it fits, with a message in its place or above it."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QDragEnterEvent, QDropEvent, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QGridLayout, QPushButton, QWidget
from typing_extensions import override

from puppet.domain import Picture
from ui.status_text import LOADING, PreviewMessage, Severity
from ui.style.theme import colours
from ui.translation import tr
from ui.widgets.basic import demi_bold
from ui.widgets.picture_data import picture_data
from ui.widgets.qt_images import as_image, letterbox

# Dark in both themes: pictures are easier to see, and their margins do not glare.
BACKDROP = QColor("#0d0f13")
_TEXT = QColor("#f2f4f8")
_MUTED = QColor("#a9b1bf")
_PILL = QColor(13, 15, 19, 215)
_DOTS = {Severity.INFO: QColor("#8fa2ff"), Severity.WARNING: QColor("#f0b35a"), Severity.ERROR: QColor("#ff6b62")}
_MARGIN_PX = 24
_WIDEST_PILL_PX = 620
YOUR_CAMERA = tr("Your own camera is visible")


class Preview(QWidget):
    """Draws the newest picture, scaled once while painting, in the pixels of the screen.

    Signals:
        dropped: the ui.widgets.picture_data.PictureData dropped on it.
        double_clicked: toggle full screen.

    Attributes:
        cover: layout of widgets that cover the whole picture or a part of it, all in its cell (0, 0).
        retry: the button that opens the session again; visible for messages with can_retry.
    """

    dropped = pyqtSignal(object)
    double_clicked = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._image = QImage()
        self._message: PreviewMessage | None = LOADING
        self._recording = ""
        self._shows_performer = False
        self._dropping = False
        self.retry = QPushButton(tr("Try again"), self)
        self.retry.setToolTip(tr("Open the camera, the model and the engine again (F5)"))
        self.retry.hide()
        self.cover = QGridLayout(self)
        self.cover.setContentsMargins(0, 0, 0, 0)
        self.setAcceptDrops(True)
        self.setMinimumSize(320, 200)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(tr("Preview"))

    @property
    def has_picture(self) -> bool:
        """True once there is a picture to draw."""
        return self._picture is not None

    def set_picture(self, picture: Picture) -> None:
        """Show (H, W, 3) uint8 RGB. The array is kept, not copied, and must not be written to."""
        self._picture = picture
        self._image = as_image(picture)
        self.update()

    def set_message(self, message: PreviewMessage | None) -> None:
        """Show a message; None: none."""
        if message != self._message:
            self._message = message
            self._describe()
            self.retry.setVisible(message is not None and message.can_retry)
            self.retry.adjustSize()
            self.update()

    def set_recording(self, elapsed: str) -> None:
        """Show a red dot and the length of a recording; "": none."""
        if elapsed != self._recording:
            self._recording = elapsed
            self.update()

    def set_shows_performer(self, shows: bool) -> None:
        """Show the badge that says that the performer's own picture is visible, or remove it."""
        if shows != self._shows_performer:
            self._shows_performer = shows
            self._describe()
            self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    def picture_rect(self) -> QRectF:
        """Return the picture's place in this widget's coordinates."""
        return letterbox(self._image, self.size())

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKDROP)  # before smoothing, which would leave seams at fractional scales
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        message = self._message
        if self._picture is not None and (message is None or message.over_picture):
            painter.drawImage(self.picture_rect(), self._image)
        if message is not None and message.over_picture:
            text = " · ".join(filter(None, (message.title, message.hint)))
            self._paint_pill(painter, text, message.severity, 0.5, row=bool(self._recording or self._shows_performer))
        elif message is not None:
            self._paint_text(painter, message)
        if self._recording:
            self._paint_pill(painter, self._recording, Severity.ERROR, 1.0)
        if self._shows_performer:
            self._paint_pill(painter, YOUR_CAMERA, Severity.WARNING, 0.0)
        if self._dropping:
            self._paint_drop_frame(painter)

    def _describe(self) -> None:
        """Say for screen readers what is painted."""
        message = self._message
        lines = [YOUR_CAMERA] if self._shows_performer else []
        self.setAccessibleDescription(". ".join(lines + ([message.title, message.hint] if message else [])))

    def _paint_text(self, painter: QPainter, message: PreviewMessage) -> None:
        title_font, hint_font = demi_bold(self.font(), 1.6), QFont(self.font())
        hint_font.setPointSizeF(1.1 * hint_font.pointSizeF())
        width = min(self.width() - 2 * _MARGIN_PX, 620)
        flags = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)
        title = QFontMetricsF(title_font).boundingRect(QRectF(0, 0, width, 1000), flags, message.title)
        hint = QFontMetricsF(hint_font).boundingRect(QRectF(0, 0, width, 1000), flags, message.hint)
        left, top = (self.width() - width) / 2, (self.height() - title.height() - hint.height() - 10) / 2
        painter.setFont(title_font)
        painter.setPen(_DOTS[Severity.ERROR] if message.severity is Severity.ERROR else _TEXT)
        painter.drawText(QRectF(left, top, width, title.height()), flags, message.title)
        painter.setFont(hint_font)
        painter.setPen(_MUTED)
        painter.drawText(QRectF(left, top + title.height() + 10, width, hint.height() + 4), flags, message.hint)
        below = round(top + title.height() + hint.height() + 34)
        self.retry.move((self.width() - self.retry.width()) // 2, min(below, self.height() - self.retry.height() - 8))

    def _paint_pill(self, painter: QPainter, text: str, severity: Severity, across: float, row: int = 0) -> None:
        """Paint a pill with a dot at the upper edge, `across` from left (0) to right (1), in a row from above."""
        font = demi_bold(self.font(), 1.05)
        metrics, flags = QFontMetricsF(font), int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap)
        room = QRectF(0, 0, min(self.width() - 2 * _MARGIN_PX - 48, _WIDEST_PILL_PX), 1000)
        needed = metrics.boundingRect(room, flags, text)
        width, height, radius = needed.width() + 50, needed.height() + 16, metrics.height() / 2 + 8
        left, top = 14 + (self.width() - 28 - width) * across, 12 + row * (2 * radius + 8)
        pill = QRectF(left, top, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PILL)
        painter.drawRoundedRect(pill, radius, radius)
        painter.setBrush(_DOTS[severity])
        painter.drawEllipse(QRectF(pill.left() + 16, pill.top() + radius - 4, 8, 8))
        painter.setFont(font)
        painter.setPen(_TEXT)
        painter.drawText(pill.adjusted(32, 0, -12, 0), flags, text)

    def _paint_drop_frame(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours().accent), 3))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(6, 6, -6, -6), 12, 12)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and picture_data(event.mimeData()):
            self._set_dropping(True)
            event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: object) -> None:
        self._set_dropping(False)

    @override
    def dropEvent(self, event: QDropEvent | None) -> None:
        self._set_dropping(False)
        if event is not None:
            event.acceptProposedAction()
            self.dropped.emit(picture_data(event.mimeData()))

    @override
    def mouseDoubleClickEvent(self, event: object) -> None:
        self.double_clicked.emit()

    def _set_dropping(self, dropping: bool) -> None:
        self._dropping = dropping
        self.update()
