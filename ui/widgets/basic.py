"""Small widgets: a slider with its value, joined buttons, a switch, labels that shorten their text, a dot; layouts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TypeVar

from PyQt6.QtCore import QRectF, QSignalBlocker, QSize, Qt, pyqtBoundSignal, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStyleOptionButton,
    QWidget,
)
from typing_extensions import override

from ui.style.theme import colours
from ui.translation import tr

BoxLayout = TypeVar("BoxLayout", bound=QBoxLayout)
_STEP_PERCENT = 5
_TRACK = QSize(36, 20)  # of a switch


def arrange(
    layout: BoxLayout, *items: QWidget | QLayout, spacing: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> BoxLayout:
    """Add widgets and layouts to a layout and return it. Pixels; margins: left, top, right, bottom."""
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for item in items:
        if isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def push_button(label: str, clicked: Callable[..., object] | pyqtBoundSignal, tip: str = "") -> QPushButton:
    """Return a button that calls `clicked`, or emits it if it is a signal."""
    button = QPushButton(label)
    button.setToolTip(tip)
    button.clicked.connect(clicked)
    return button


def styled_label(text: str, style: str, *, wrap: bool = False) -> QLabel:
    """Return a label in a style of ui.style.theme: "heading", "muted", "value", "warning" or "key"."""
    label = QLabel(text)
    label.setObjectName(style)
    label.setWordWrap(wrap)
    return label


def demi_bold(font: QFont, factor: float) -> QFont:
    """Return a font in bold type and `factor` times the size."""
    bold = QFont(font)
    bold.setPointSizeF(font.pointSizeF() * factor)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def show_or_hide(label: QLabel, text: str) -> None:
    """Show a text; hide the label while it is empty."""
    label.setText(text)
    label.setVisible(bool(text))


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
    def wheelEvent(self, event: QWheelEvent | None) -> None:  # the panel scrolls instead
        if event is not None:
            event.ignore()

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.setValue(self._default_percent)


class SliderRow(QWidget):
    """A slider below its name and value; `words` shows a value in percent.

    Signals:
        changed: the new value as a fraction, 1.0 for 100 %.
    """

    changed = pyqtSignal(float)

    def __init__(
        self, name: str, tip: str, maximum: float, default: float, words: Callable[[int], str] = "{} %".format
    ) -> None:
        super().__init__()
        self._words = words
        self.slider = PercentSlider(round(maximum * 100), round(default * 100))
        self.slider.setAccessibleName(name)
        self.setToolTip(
            tr("{tip}\nDouble-click the slider to restore {default}.").format(
                tip=tip, default=words(round(default * 100))
            )
        )
        self._value = styled_label("", "value")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        layout.addWidget(QLabel(name), 0, 0)
        layout.addWidget(self._value, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        self.slider.valueChanged.connect(self._show_percent)
        self.slider.valueChanged.connect(lambda percent: self.changed.emit(percent / 100))
        self.set_value(default)

    def set_value(self, value: float) -> None:
        """Show `value` without emitting `changed`."""
        percent = round(value * 100)
        with QSignalBlocker(self.slider):
            self.slider.setValue(percent)
        self._show_percent(percent)

    def _show_percent(self, percent: int) -> None:
        self._value.setText(self._words(percent))


class ChoiceButtons(QWidget):
    """Joined buttons, one of them pressed.

    Args:
        name: for screen readers.
        choices: (key, label, tooltip) of each button.

    Attributes:
        buttons: by their keys.

    Signals:
        chosen: the key of the button the person pressed.
    """

    chosen = pyqtSignal(object)

    def __init__(self, name: str, choices: Sequence[tuple[Hashable, str, str]]) -> None:
        super().__init__()
        self.buttons: dict[Hashable, QPushButton] = {}
        self._group = group = QButtonGroup(self)
        for index, (key, label, tip) in enumerate(choices):
            self.buttons[key] = button = push_button(label, partial(self.chosen.emit, key), tip)
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {label}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            place = "First" if index == 0 else "Last" if index == len(choices) - 1 else "Middle"
            button.setObjectName(f"choice{place}")
            group.addButton(button)
        arrange(QHBoxLayout(self), *self.buttons.values())

    def set_choice(self, key: Hashable) -> None:
        """Press a button without emitting `chosen`; none for a key that no button has."""
        self._group.setExclusive(key in self.buttons)
        for each, button in self.buttons.items():
            button.setChecked(each == key)
        self._group.setExclusive(True)


class Switch(QAbstractButton):
    """An on/off switch at the right edge, its label at the left."""

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
        left, top = self.width() - _TRACK.width() - 4, (self.height() - _TRACK.height()) / 2
        track = QRectF(left, top, _TRACK.width(), _TRACK.height())
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
        painter.drawEllipse(QRectF(track.right() - knob - 3 if on else left + 3, top + 3, knob, knob))


class ElidedLabel(QLabel):
    """One line of text that is shown with … at its end when it is too long; the tooltip shows all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def set_full_text(self, text: str) -> None:
        """Set the text and the tooltip."""
        self.setText(text)
        self.setToolTip(text)

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        QPainter(self).drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)


class FlatButton(QPushButton):
    """A button that looks like text; it is shown with … at its end when it is too long.

    Args:
        tip: the tooltip's second line; the first is the full text.
    """

    def __init__(self, tip: str) -> None:
        super().__init__()
        self._tip = tip
        self.setObjectName("flat")
        self.setToolTip(tip)

    def set_full_text(self, text: str, accessible: str = "") -> None:
        """Set the text; screen readers read `accessible` in its place, if it is given."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(f"{text}\n{self._tip}")
        self.setAccessibleName(accessible or text)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 12, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    @override
    def initStyleOption(self, option: QStyleOptionButton | None) -> None:
        super().initStyleOption(option)
        if option is not None:
            width = self.width() - 10
            option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, width)


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
