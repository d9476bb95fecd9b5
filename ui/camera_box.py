"""Which camera: a list that is brought up to date when it is opened, without making anybody wait."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QPointF, QSize, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QListView

from puppet.devices import CameraInfo
from ui.theme import colours

AUTOMATIC = ""
_OPEN_FILE = "\0open"


class CameraBox(QComboBox):
    """Cameras by name, the bundled clip, and any video file. A choice is a camera's name, a file's path or AUTOMATIC.

    Args:
        clip: the bundled clip's path.

    Signals:
        about_to_open: the list is being opened; somebody should find out what is plugged in and call `set_cameras`.
        chosen: the person chose another camera.
        file_wanted: the person wants to choose a video file.
    """

    about_to_open = pyqtSignal()
    chosen = pyqtSignal(str)
    file_wanted = pyqtSignal()

    def __init__(self, clip: Path) -> None:
        super().__init__()
        self._clip = clip
        self._cameras: list[CameraInfo] | None = None
        self._choice = AUTOMATIC
        self.setView(QListView())  # the default one ignores the style sheet's row height
        self.setAccessibleName("Camera")
        self.setToolTip("Where the driving picture comes from")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.activated.connect(self._activated)
        self._fill()

    def choice(self) -> str:
        """What is chosen now."""
        return self._choice

    def set_choice(self, choice: str) -> None:
        """Show a choice without telling anybody; a file or an unplugged camera gets a line of its own."""
        self._choice = choice
        self._fill()

    def cameras(self) -> list[CameraInfo] | None:
        """What is plugged in, None while that is not known yet."""
        return self._cameras

    def set_cameras(self, found: list[CameraInfo]) -> None:
        """Show what is plugged in."""
        if found == self._cameras:
            return
        self._cameras = list(found)
        view = self.view()
        is_open = view is not None and view.isVisible()
        self._fill()
        if is_open:  # the popup does not grow by itself
            self.hidePopup()
            super().showPopup()

    def showPopup(self) -> None:
        """Open with what is known and ask for news."""
        self.about_to_open.emit()
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scrolling over the box must not change the camera."""
        if event is not None:
            event.ignore()

    def sizeHint(self) -> QSize:
        """As wide as the panel lets it be."""
        return QSize(120, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """The styled box, and the chevron that a style sheet cannot draw without a file."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().muted), 1.6))
        x, y = self.width() - 17.0, self.height() / 2
        painter.drawPolyline(QPointF(x - 4, y - 2), QPointF(x, y + 2), QPointF(x + 4, y - 2))

    def _entries(self) -> list[tuple[str, str]]:
        known = [(camera.name, camera.name) for camera in self._cameras or []]
        entries = [("Automatic", AUTOMATIC), *known, ("Bundled clip", str(self._clip))]
        if self._choice not in (choice for _, choice in entries):
            path = Path(self._choice)
            entries.append((path.name if path.suffix else f"{self._choice} (not found)", self._choice))
        return [*entries, ("Open video file…", _OPEN_FILE)]

    def _fill(self) -> None:
        self.blockSignals(True)
        self.clear()
        for label, choice in self._entries():
            self.addItem(label, choice)
        self.setCurrentIndex(self.findData(self._choice))
        self.blockSignals(False)

    def _activated(self, index: int) -> None:
        choice = self.itemData(index)
        if choice == _OPEN_FILE:
            self.setCurrentIndex(self.findData(self._choice))
            self.file_wanted.emit()
        elif choice != self._choice:
            self._choice = choice
            self.chosen.emit(choice)
