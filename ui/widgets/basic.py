"""Small widgets the window is made of: a slider with its value, joined buttons, a switch, a self-shortening label."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from ui.style.theme import colours

_STEP_PERCENT = 5


class PercentSlider(QSlider):
    """A slider in percent; a double click puts it back to where it started out."""

    def __init__(self, maximum_percent: int, default_percent: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._default_percent = default_percent
        self.setRange(0, maximum_percent)
        self.setSingleStep(_STEP_PERCENT)
        self.setPageStep(4 * _STEP_PERCENT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Reset."""
        self.setValue(self._default_percent)


class SliderRow(QWidget):
    """A named slider with its value beside the name.

    Signals:
        changed: the new value as a fraction, 1.0 for 100 %.
    """

    changed = pyqtSignal(float)

    def __init__(self, name: str, tip: str, maximum: float, default: float) -> None:
        super().__init__()
        self.slider = PercentSlider(round(maximum * 100), round(default * 100))
        self.slider.setAccessibleName(name)
        self.setToolTip(f"{tip}\nDouble-click the slider to put it back to {round(default * 100)} %.")
        self._value = QLabel()
        self._value.setObjectName("value")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        layout.addWidget(QLabel(name), 0, 0)
        layout.addWidget(self._value, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        self.slider.valueChanged.connect(self._tell)
        self.set_value(default)

    def value(self) -> float:
        """The fraction shown."""
        return self.slider.value() / 100

    def set_value(self, value: float) -> None:
        """Show `value` without telling anybody."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(value * 100))
        self.slider.blockSignals(False)
        self._write()

    def _tell(self) -> None:
        self._write()
        self.changed.emit(self.value())

    def _write(self) -> None:
        self._value.setText(f"{self.slider.value()} %")


class Segments(QWidget):
    """Joined buttons of which one is pressed.

    Args:
        name: for screen readers.
        choices: (key, label, tip) each.

    Signals:
        chosen: the key of the button the person pressed.
    """

    chosen = pyqtSignal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for index, (key, label, tip) in enumerate(choices):
            button = QPushButton(label)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {label}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            place = "First" if index == 0 else "Last" if index == len(choices) - 1 else "Middle"
            button.setObjectName(f"segment{place}")
            button.clicked.connect(lambda _checked, key=key: self.chosen.emit(key))
            self._buttons[key] = button
            self._group.addButton(button)
            layout.addWidget(button)

    def set_choice(self, key: str) -> None:
        """Press a button without telling anybody."""
        self._buttons[key].setChecked(True)

    def choice(self) -> str:
        """The key of the pressed button."""
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def button(self, key: str) -> QPushButton:
        """The button of a key."""
        return self._buttons[key]


class Switch(QAbstractButton):
    """An on/off switch with its label on the left, as wide as there is room."""

    _TRACK = QSize(36, 20)

    def __init__(self, label: str) -> None:
        super().__init__()
        self.setText(label)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The label, a gap and the track."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 60, 28)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Label, track, knob and, when focused, a ring."""
        track = self._track()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours().text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setPen(QColor(colours().accent))
            painter.drawRoundedRect(track.adjusted(-3, -3, 3, 3), 13, 13)
        on = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().accent if on else colours().muted))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setBrush(QColor(colours().panel))
        knob = track.height() - 6
        left = track.right() - knob - 3 if on else track.left() + 3
        painter.drawEllipse(QRectF(left, track.top() + 3, knob, knob))

    def _track(self) -> QRectF:
        left = self.width() - self._TRACK.width() - 4
        return QRectF(left, (self.height() - self._TRACK.height()) / 2, self._TRACK.width(), self._TRACK.height())


class ElidedLabel(QLabel):
    """One line that ends in … when there is no room, with the whole text as its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def set_full_text(self, text: str) -> None:
        """Show `text`, shortened to the width there is."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self._shorten()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))


class FlatButton(QPushButton):
    """A word in a line that does something when it is pressed; it ends in … when there is no room.

    Args:
        tip: what pressing it does; the tooltip says the whole text, too.
    """

    def __init__(self, tip: str) -> None:
        super().__init__()
        self._tip = tip
        self._whole = ""
        self.setObjectName("flat")
        self.setToolTip(tip)

    def set_full_text(self, text: str, spoken: str = "") -> None:
        """Show `text`; a screen reader says `spoken` in its place, if it is given."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(f"{text}\n{self._tip}")
            self._shorten()
            self.updateGeometry()
        self.setAccessibleName(spoken or text)

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 12, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(40, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width() - 10))


class Dot(QWidget):
    """A small round light; dark until its colour is set."""

    def __init__(self) -> None:
        super().__init__()
        self._colour = QColor()
        self.setFixedSize(10, 10)

    def set_colour(self, colour: QColor) -> None:
        """Light up in another colour."""
        if colour != self._colour:
            self._colour = colour
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """A filled circle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(QRectF(1, 1, 8, 8))
