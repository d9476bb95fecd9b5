"""Hides the mouse pointer over a widget while it does not move."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

IDLE_MS = 2000


class IdlePointer(QObject):
    """Watches a widget; does nothing before `set_active(True)`."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._active = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(IDLE_MS)
        self._timer.timeout.connect(lambda: widget.setCursor(Qt.CursorShape.BlankCursor))
        widget.installEventFilter(self)

    def set_active(self, active: bool) -> None:
        """Hide the pointer from now on, or never."""
        self._active = active
        self._widget.setMouseTracking(active)
        self._show()

    @override
    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if self._active and event is not None and event.type() == QEvent.Type.MouseMove:
            self._show()
        return False

    def _show(self) -> None:
        self._widget.unsetCursor()
        if self._active:
            self._timer.start()
        else:
            self._timer.stop()
