"""Clean output: a window with the finished picture and nothing else, for window capture and second monitors."""

from __future__ import annotations

from functools import reduce
from operator import or_

from PyQt6.QtCore import QPoint, QPointF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QContextMenuEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QScreen
from PyQt6.QtWidgets import QMenu, QWidget
from typing_extensions import override

from puppet.domain import Picture
from ui.translation import tr
from ui.widgets.idle_pointer import IdlePointer
from ui.widgets.qt_images import as_image, letterbox

_EDGE_PX = 10


class CleanOutput(QWidget):
    """Frameless; transparent where the picture is. Drag it anywhere to move it, at an edge to resize it.

    Signals:
        closed: the window was closed.
        full_screen_wanted: full screen is wanted, or no longer.
        on_top_wanted: True: above all other windows.
    """

    closed = pyqtSignal()
    full_screen_wanted = pyqtSignal()
    on_top_wanted = pyqtSignal(bool)

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self._picture: Picture | None = None
        self._image = QImage()
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setWindowTitle(tr("Puppet output"))
        self.setAccessibleName(tr("Finished picture"))
        self._pointer = IdlePointer(self)

    @property
    def is_on_top(self) -> bool:
        """True if the window stays above all others."""
        return bool(self.windowFlags() & Qt.WindowType.WindowStaysOnTopHint)

    def set_picture(self, picture: Picture) -> None:
        """Show (H, W, 3) uint8 RGB or (H, W, 4) with straight alpha. The array is kept and must not be written to."""
        is_first_of_size = self._picture is None or picture.shape[:2] != self._picture.shape[:2]
        self._picture, self._image = picture, as_image(picture)
        if is_first_of_size and not self.isFullScreen():
            self.fit()
        self.update()

    def fit(self) -> None:
        """Give the window the picture's size in pixels of the screen, or less where the screen is smaller."""
        screen = self.screen()
        if screen is not None and not self._image.isNull():
            wanted = self._image.size() / self.devicePixelRatioF()
            room = screen.availableGeometry().size()
            fits = wanted.width() <= room.width() and wanted.height() <= room.height()
            self.resize(wanted if fits else wanted.scaled(room, Qt.AspectRatioMode.KeepAspectRatio))

    def set_on_top(self, on_top: bool) -> None:
        """Stay above all other windows, or no longer."""
        if on_top != self.is_on_top:
            visible = self.isVisible()
            self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on_top)  # hides the window
            self.setVisible(visible)

    def show_on(self, screen: QScreen, *, full: bool) -> None:
        """Show the window in the middle of a screen, or on the whole screen."""
        self.showNormal()
        self.setScreen(screen)
        self.fit()
        self.move(screen.availableGeometry().center() - QPoint(self.width() // 2, self.height() // 2))
        if full:
            self.setGeometry(screen.geometry())
            self.showFullScreen()
            self.activateWindow()  # Esc goes to it
        self._pointer.set_active(full)

    @override
    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.isFullScreen():
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if not self._image.isNull():
            painter.drawImage(letterbox(self._image, self.size()), self._image)

    @override
    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Move or resize the window by the window manager."""
        handle = self.windowHandle()
        if event is None or handle is None or self.isFullScreen() or event.button() != Qt.MouseButton.LeftButton:
            return
        if edges := self._edges_at(event.position()):
            handle.startSystemResize(edges)
        else:
            handle.startSystemMove()

    def _edges_at(self, point: QPointF) -> Qt.Edge:
        near = {
            Qt.Edge.LeftEdge: point.x() < _EDGE_PX,
            Qt.Edge.RightEdge: point.x() >= self.width() - _EDGE_PX,
            Qt.Edge.TopEdge: point.y() < _EDGE_PX,
            Qt.Edge.BottomEdge: point.y() >= self.height() - _EDGE_PX,
        }
        return reduce(or_, (edge for edge, is_near in near.items() if is_near), Qt.Edge(0))

    @override
    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.full_screen_wanted.emit()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.full_screen_wanted.emit()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        menu = QMenu(self)
        for text, act in (
            (tr("Full screen on or off"), self.full_screen_wanted.emit),
            (tr("The picture's own size"), self.fit),
            (tr("Above other windows, or not"), lambda: self.on_top_wanted.emit(not self.is_on_top)),
            (tr("Close"), self.close),
        ):
            action = menu.addAction(text)
            assert action is not None
            action.triggered.connect(act)
        if event is not None:
            menu.exec(event.globalPos())

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        super().closeEvent(event)
        self.closed.emit()
