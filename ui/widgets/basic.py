"""Small widgets: a slider with its value, joined buttons, a switch, labels that shorten their text, a dot."""

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
from typing_extensions import override

from ui.style.theme import colours

_STEP_PERCENT = 5


def styled_label(text: str, style: str, *, wrap: bool = False) -> QLabel:
    """Return a label in a style of ui.style.theme: "heading", "muted", "value", "warning" or "key"."""
    label = QLabel(text)
    label.setObjectName(style)
    label.setWordWrap(wrap)
    return label


class PercentSlider(QSlider):
    """A slider in percent; a double-click restores its default."""

    def __init__(self, maximum_percent: int, default_percent: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._default_percent = default_percent
        self.setRange(0, maximum_percent)
        self.setSingleStep(_STEP_PERCENT)
        self.setPageStep(4 * _STEP_PERCENT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.setValue(self._default_percent)


class SliderRow(QWidget):
    """A slider below its name and value.

    Signals:
        changed: the new value as a fraction, 1.0 for 100 %.
    """

    changed = pyqtSignal(float)

    def __init__(self, name: str, tip: str, maximum: float, default: float) -> None:
        super().__init__()
        self.slider = PercentSlider(round(maximum * 100), round(default * 100))
        self.slider.setAccessibleName(name)
        self.setToolTip(f"{tip}\nDouble-click the slider to restore {round(default * 100)} %.")
        self._value = styled_label("", "value")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        layout.addWidget(QLabel(name), 0, 0)
        layout.addWidget(self._value, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        self.slider.valueChanged.connect(self._value_changed)
        self.set_value(default)

    def value(self) -> float:
        """Return the shown value as a fraction."""
        return self.slider.value() / 100

    def set_value(self, value: float) -> None:
        """Show `value` without emitting `changed`."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(value * 100))
        self.slider.blockSignals(False)
        self._show_value()

    def _value_changed(self) -> None:
        self._show_value()
        self.changed.emit(self.value())

    def _show_value(self) -> None:
        self._value.setText(f"{self.slider.value()} %")


class ChoiceButtons(QWidget):
    """Joined buttons, one of them pressed.

    Args:
        name: for screen readers.
        choices: (key, label, tooltip) of each button.

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
            button.setObjectName(f"choice{place}")
            button.clicked.connect(lambda _checked, key=key: self.chosen.emit(key))
            self._buttons[key] = button
            self._group.addButton(button)
            layout.addWidget(button)

    def set_choice(self, key: str) -> None:
        """Press a button without emitting `chosen`."""
        self._buttons[key].setChecked(True)

    def choice(self) -> str:
        """Return the key of the pressed button."""
        return next(key for key, button in self._buttons.items() if button.isChecked())

    def button(self, key: str) -> QPushButton:
        """Return the button of a key."""
        return self._buttons[key]


class Switch(QAbstractButton):
    """An on/off switch at the right edge, its label at the left."""

    _TRACK = QSize(36, 20)

    def __init__(self, label: str) -> None:
        super().__init__()
        self.setText(label)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 60, 28)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
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
    """One line of text that ends in … when it is too long; the tooltip shows all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._full_text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def set_full_text(self, text: str) -> None:
        """Show `text`, shortened to the available width."""
        if text != self._full_text:
            self._full_text = text
            self.setToolTip(text)
            self.setAccessibleName(text)
            self._shorten()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._full_text, Qt.TextElideMode.ElideRight, self.width()))


class FlatButton(QPushButton):
    """A button that looks like text; it ends in … when it is too long.

    Args:
        tip: the tooltip's second line; the first is the full text.
    """

    def __init__(self, tip: str) -> None:
        super().__init__()
        self._tip = tip
        self._full_text = ""
        self.setObjectName("flat")
        self.setToolTip(tip)

    def set_full_text(self, text: str, accessible: str = "") -> None:
        """Show `text`; screen readers read `accessible` in its place, if it is given."""
        if text != self._full_text:
            self._full_text = text
            self.setToolTip(f"{text}\n{self._tip}")
            self._shorten()
            self.updateGeometry()
        self.setAccessibleName(accessible or text)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._full_text) + 12, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._full_text, Qt.TextElideMode.ElideRight, self.width() - 10))


class Dot(QWidget):
    """A small coloured dot; invisible until its colour is set."""

    def __init__(self) -> None:
        super().__init__()
        self._colour = QColor()
        self.setFixedSize(10, 10)

    def set_colour(self, colour: QColor) -> None:
        """Change the colour."""
        if colour != self._colour:
            self._colour = colour
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(QRectF(1, 1, 8, 8))
