"""The bar under the stage: Calibrate, Record, Virtual camera, Snapshot, View, the keys, Full screen."""

from __future__ import annotations

from PyQt6.QtCore import QSize, pyqtSignal
from PyQt6.QtGui import QColor, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from ui.style.icons import toggle_icon
from ui.style.theme import colours

_BUTTONS = (
    ("calibrate", "Calibrate", "Look straight at the camera, face relaxed, and press (C)"),
    ("record", "Record", "Record to your video folder (R)"),
    ("virtual camera", "Virtual camera", "Be the portrait in calls and streams (V)"),
    ("snapshot", "Snapshot", "Save the picture to your picture folder (S)"),
)
_ICONS = (
    ("view", "View", "Keypoints, masks, flow and timing, for those who study models (Shift+V)"),
    ("shortcuts", "Keyboard shortcuts", "Every key on one sheet (? or F1)"),
    ("full screen", "Full screen", "Full screen (F, Esc leaves)"),
)


class ActionsBar(QFrame):
    """Buttons by command name.

    Signals:
        wanted: the name of the command the person wants, as in ui.commands.
    """

    wanted = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("actions")
        self._buttons: dict[str, QPushButton] = {}
        self._recording = ""
        self._is_narrow = False
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(8)
        for name, label, tip in _BUTTONS:
            layout.addWidget(self._button(name, label, tip))
        layout.addStretch()
        for name, accessible, tip in _ICONS:
            layout.addWidget(self._button(name, "", tip))
            self._buttons[name].setAccessibleName(accessible)
            self._buttons[name].setObjectName("icon")
        for name in ("record", "virtual camera"):
            self._buttons[name].setCheckable(True)
        record = self._buttons["record"]
        record.setObjectName("record")
        record.setMinimumWidth(record.fontMetrics().horizontalAdvance("00:00:00") + 66)  # the time must not push others
        self.show_sinks(False, "", False)
        self._wide_px = layout.sizeHint().width()

    def button(self, name: str) -> QPushButton:
        """The button of a command."""
        return self._buttons[name]

    def show_sinks(self, recording: bool, elapsed: str, virtual_camera: bool) -> None:
        """Press the buttons of what is on, and write how long a recording is."""
        record = self._buttons["record"]
        record.setChecked(recording)
        self._recording = elapsed if recording else ""
        self._write()
        self._buttons["virtual camera"].setChecked(virtual_camera)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Where there is no room for words, the icons say it."""
        super().resizeEvent(event)
        if self._is_narrow is not (self.width() < self._wide_px):
            self._is_narrow = not self._is_narrow
            self._write()

    def apply_theme(self) -> None:
        """Draw the icons in the theme's colours; call it when the theme has changed."""
        text, on_accent = QColor(colours().text), QColor(colours().on_accent)
        danger = QColor(colours().danger)
        for name, button in self._buttons.items():
            button.setIcon(toggle_icon((name, text), (name, on_accent)))
        self._buttons["record"].setIcon(toggle_icon(("record", danger), ("stop", danger)))

    def _write(self) -> None:
        for name, label, _ in _BUTTONS:
            self._buttons[name].setText("" if self._is_narrow else label)
            self._buttons[name].setAccessibleName(label)
        if self._recording:
            self._buttons["record"].setText(self._recording)
            self._buttons["record"].setAccessibleName(f"Stop recording, {self._recording}")

    def _button(self, name: str, label: str, tip: str) -> QPushButton:
        button = QPushButton(label)
        button.setToolTip(tip)
        button.setIconSize(QSize(18, 18))
        button.clicked.connect(lambda: self.wanted.emit(name))
        self._buttons[name] = button
        return button
