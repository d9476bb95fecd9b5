"""Bar below the preview: Calibrate, Record, Virtual camera, Snapshot, View, shortcuts, Full screen."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, pyqtSignal
from PyQt6.QtGui import QColor, QResizeEvent
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QPushButton
from typing_extensions import override

from ui.style.icons import toggle_icon
from ui.style.theme import colours
from ui.translation import tr
from ui.widgets.basic import arrange, push_button

_BUTTONS = (
    ("hide", tr("Hide me"), tr("The portrait rests and shows nothing of you, at once; press again to go on")),
    ("calibrate", tr("Calibrate"), tr("Look straight at the camera, face relaxed, then press (C)")),
    ("record", tr("Record"), tr("Record a video to Videos/Puppet (R)")),
    ("virtual camera", tr("Virtual camera"), tr("Show the portrait in calls and streams (V)")),
    ("snapshot", tr("Snapshot"), tr("Save the picture to Pictures/Puppet (S)")),
)
_ICONS = (
    ("view", tr("View"), tr("Overlays, timings and engine, for people who study the models (Shift+V)")),
    ("pages", tr("Pages"), tr("Cameras, portraits, output, models, timings, doctor and more (Ctrl+P)")),
    ("shortcuts", tr("Keyboard shortcuts"), tr("List of all keys (? or F1)")),
    ("full screen", tr("Full screen"), tr("Full screen (F; Esc leaves it)")),
)


class ActionsBar(QFrame):
    """Buttons by command name.

    Attributes:
        buttons: by command name.

    Signals:
        wanted: the name of a command, as in ui.commands.
    """

    wanted = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("actions")
        self.buttons = {name: self._button(name, label, tip) for name, label, tip in _BUTTONS + _ICONS}
        self._recording = ""
        self._is_narrow = False
        self._wide_px = 0  # width with all labels; 0: not measured
        self._layout = layout = arrange(QHBoxLayout(self), *self.buttons.values(), spacing=8, margins=(14, 10, 14, 10))
        layout.insertStretch(len(_BUTTONS))
        for name, label, _ in _ICONS:
            self.buttons[name].setText("")
            self.buttons[name].setAccessibleName(label)
            self.buttons[name].setObjectName("icon")
        for name in ("hide", "record", "virtual camera"):
            self.buttons[name].setCheckable(True)
        record = self.buttons["record"]
        record.setObjectName("record")
        self.show_sinks(False, "", False)

    def show_sinks(self, recording: bool, elapsed: str, virtual_camera: bool) -> None:
        """Press the buttons of the open sinks, and show how long the recording is."""
        self._recording = elapsed if recording else ""
        self._show_labels()
        self.buttons["record"].setChecked(recording)
        self.buttons["virtual camera"].setChecked(virtual_camera)

    def show_hidden(self, hidden: bool, key: str) -> None:
        """Press the button that hides the performer, and name its key."""
        self.buttons["hide"].setChecked(hidden)
        self.buttons["hide"].setToolTip(f"{_BUTTONS[0][2]} ({key})")

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._wide_px = 0  # measured again: sizes depend on the style
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Show the buttons with text if there is room; else icons alone, closer together."""
        if not self._wide_px:
            self._set_narrow(False)
            self._wide_px = self._layout.sizeHint().width()
        if self._is_narrow is not (self.width() < self._wide_px):
            self._set_narrow(not self._is_narrow)

    def _set_narrow(self, narrow: bool) -> None:
        self._is_narrow = narrow
        self.setProperty("narrow", narrow)
        for button in self.buttons.values():
            if (style := button.style()) is not None:
                style.unpolish(button)
                style.polish(button)
        self._show_labels()

    def apply_theme(self) -> None:
        """Draw the icons in the colours of a new theme."""
        text, on_accent, danger = (QColor(c) for c in (colours().text, colours().on_accent, colours().danger))
        for name, button in self.buttons.items():
            button.setIcon(toggle_icon((name, text), (name, on_accent)))
        self.buttons["record"].setIcon(toggle_icon(("record", danger), ("stop", danger)))

    def _show_labels(self) -> None:
        for name, label, _ in _BUTTONS:
            self.buttons[name].setText("" if self._is_narrow else f" {label}")
            self.buttons[name].setAccessibleName(label)
        record = self.buttons["record"]
        # Room for the longest time, so that other buttons do not move.
        longest_px = record.fontMetrics().horizontalAdvance(" 00:00:00") + (40 if self._is_narrow else 66)
        record.setMinimumWidth(longest_px if self._recording or not self._is_narrow else 0)
        if self._recording:
            self.buttons["record"].setText(f" {self._recording}")
            self.buttons["record"].setAccessibleName(
                tr("Stop recording, {recording}").format(recording=self._recording)
            )

    def _button(self, name: str, label: str, tip: str) -> QPushButton:
        button = push_button(label, lambda: self.wanted.emit(name), tip)
        button.setIconSize(QSize(18, 18))
        return button
