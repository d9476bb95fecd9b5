"""Light and dark themes: a table of colours each, from which the palette and the style sheet are made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication, QStyleFactory


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of a theme, "#rrggbb"; every text colour has a contrast of 4.5:1 or more on its background.

    `edge`, the outline of a control, has 3:1 on window and panel; `line` separates areas.
    """

    window: str
    panel: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    on_accent: str
    danger: str
    warning: str
    good: str


DARK = Colours(
    window="#15171c",
    panel="#1b1e25",
    raised="#262a33",
    hover="#313642",
    line="#363c48",
    edge="#6f7787",
    text="#eceef2",
    muted="#a3abb9",
    accent="#8fa2ff",
    on_accent="#10131f",
    danger="#ff6b62",
    warning="#f0b35a",
    good="#5fcf8f",
)
LIGHT = Colours(
    window="#f3f4f7",
    panel="#ffffff",
    raised="#eef0f4",
    hover="#e1e4eb",
    line="#d3d7e0",
    edge="#868d99",
    text="#1b1e25",
    muted="#5b6472",
    accent="#4257d0",
    on_accent="#ffffff",
    danger="#c62f28",
    warning="#8f5a00",
    good="#1c7a45",
)

_current = LIGHT

_STYLE = Template("""
QMainWindow, QWidget#body { background: $window; }
QWidget { color: $text; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }

QWidget#panel, QScrollArea#panelScroll { background: $panel; border: none; }
QScrollArea#panelScroll { border-left: 1px solid $line; }
QLabel#heading { color: $muted; font-weight: 600; }
QLabel#muted, QLabel#value { color: $muted; }
QFrame#actions, QFrame#shelf { background: $panel; border-top: 1px solid $line; }
QFrame#shelf QScrollArea, QWidget#shelfBody { background: transparent; border: none; }
QFrame#status { background: $window; border-top: 1px solid $line; }
QFrame#status QLabel { color: $muted; }
QLabel#warning, QFrame#status QLabel#warning { color: $warning; }
QPushButton#flat {
    background: transparent; border: 1px solid transparent; border-radius: 5px; color: $muted;
    padding: 1px 4px; min-height: 0; text-align: left;
}
QPushButton#flat:hover { background: $hover; color: $text; }
QPushButton#flat:focus { border: 1px solid $accent; padding: 1px 4px; }
QLabel#pickerHint { background: rgba(13, 15, 19, 215); color: #f2f4f8; border-radius: 10px; padding: 6px 16px; }
QFrame#status QLabel#following { color: $text; font-weight: 600; }

QPushButton, QToolButton {
    background: $raised; border: 1px solid $edge; border-radius: 7px; padding: 6px 12px; min-height: 20px;
}
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:checked, QToolButton:checked { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton#record:checked { background: transparent; border-color: $danger; color: $danger; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: transparent; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 5px 11px; }
QPushButton:checked:focus { border-color: $text; }
QPushButton#icon { padding: 6px 9px; }
QPushButton#icon:focus { padding: 5px 8px; }
QFrame#actions[narrow="true"] QPushButton { padding: 6px 7px; }
QFrame#actions[narrow="true"] QPushButton:focus { padding: 5px 6px; }
QPushButton#choiceFirst, QPushButton#choiceMiddle, QPushButton#choiceLast { padding: 4px 6px; min-height: 18px; }
QPushButton#choiceFirst:focus, QPushButton#choiceMiddle:focus, QPushButton#choiceLast:focus { padding: 3px 5px; }
QPushButton#choiceFirst { border-top-right-radius: 0; border-bottom-right-radius: 0; border-right: none; }
QPushButton#choiceMiddle { border-radius: 0; border-right: none; }
QPushButton#choiceLast { border-top-left-radius: 0; border-bottom-left-radius: 0; }
QPushButton#choiceFirst:focus, QPushButton#choiceMiddle:focus { border-right: 2px solid $accent; }
QPushButton#choiceFirst:checked:focus, QPushButton#choiceMiddle:checked:focus { border-right-color: $text; }
QToolButton#plain { background: transparent; border: 1px solid transparent; padding: 3px; }
QToolButton#plain:hover { background: $hover; }
QToolButton#plain:focus { border: 2px solid $accent; padding: 2px; }
QPushButton#link {
    background: transparent; border: 1px solid transparent; color: $accent; font-weight: 600; padding: 4px 8px;
}
QPushButton#link:hover { background: $hover; }
QPushButton#link:focus { border: 2px solid $accent; padding: 3px 7px; }

QComboBox {
    background: $raised; border: 1px solid $edge; border-radius: 7px; padding: 6px 30px 6px 10px; min-height: 20px;
    combobox-popup: 0;
}
QComboBox:hover { background: $hover; }
QComboBox:focus { border: 2px solid $accent; padding: 5px 29px 5px 9px; }
QComboBox:disabled { color: $muted; }
QComboBox::drop-down { border: none; width: 0; }
QComboBox QAbstractItemView {
    background: $panel; border: 1px solid $line; padding: 4px; outline: none;
    selection-background-color: $accent; selection-color: $on_accent;
}
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 6px; }

QSlider { min-height: 22px; background: transparent; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $edge; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal {
    width: 14px; height: 14px; margin: -7px 0; border-radius: 9px; background: $panel; border: 2px solid $accent;
}
QSlider::handle:horizontal:hover { background: $hover; }
QSlider::handle:horizontal:focus { background: $accent; border-color: $text; }

QFrame#notice { background: $raised; border: 1px solid $line; border-radius: 9px; }
QFrame#notice[severity="error"] { border-color: $danger; }
QFrame#notice[severity="warning"] { border-color: $warning; }

QListWidget#pages { background: $window; border: none; border-right: 1px solid $line; padding: 8px; }
QListWidget#pages::item { min-height: 20px; padding: 6px 10px; border-radius: 6px; color: $text; }
QListWidget#pages::item:hover { background: $hover; }
QListWidget#pages::item:selected { background: $accent; color: $on_accent; }
QListWidget#pages:focus { border-right: 2px solid $accent; }
QListWidget#portraits { background: $window; border: 1px solid $edge; border-radius: 7px; padding: 6px; }
QListWidget#portraits::item { border-radius: 8px; padding: 4px; color: $text; }
QListWidget#portraits::item:hover { background: $hover; }
QListWidget#portraits::item:selected { background: $accent; color: $on_accent; }
QListWidget#portraits:focus { border: 2px solid $accent; padding: 5px; }
QWidget#page, QStackedWidget, QScrollArea#pageScroll { background: $panel; }
QLabel#pageTitle { font-size: 17px; font-weight: 600; }
QLineEdit, QSpinBox, QPlainTextEdit, QTextBrowser {
    background: $window; border: 1px solid $edge; border-radius: 7px; padding: 5px 8px; min-height: 20px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QSpinBox:focus, QPlainTextEdit:focus, QTextBrowser:focus {
    border: 2px solid $accent; padding: 4px 7px;
}
QLabel#command { background: $window; border-radius: 5px; padding: 4px 8px; }

QDialog { background: $panel; }
QLabel#key {
    background: $raised; border: 1px solid $line; border-bottom-width: 2px; border-radius: 5px;
    padding: 2px 8px; font-weight: 600;
}
QLabel#title { font-weight: 600; }
QMenu { background: $panel; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 6px 18px; border-radius: 5px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $muted; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }

QScrollBar:horizontal { height: 8px; background: transparent; }
QScrollBar:vertical { width: 8px; background: transparent; }
QScrollBar::handle { background: $edge; border-radius: 4px; min-width: 24px; min-height: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


class ThemeSwitcher(QObject):
    """Applies a theme to the application, and follows the system's while "system" is chosen.

    Args:
        app: gets the palette and the style sheet.
        choice: "system", "light" or "dark".

    Signals:
        changed: the colours changed; icons must be drawn again.
    """

    changed = pyqtSignal()

    def __init__(self, app: QApplication, choice: str) -> None:
        super().__init__()
        self._app = app
        hints = app.styleHints()
        assert hints is not None
        self._hints = hints
        hints.colorSchemeChanged.connect(self._apply)
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """Use "system", "light" or "dark"."""
        self._choice = choice
        self._apply()

    def _apply(self) -> None:
        global _current
        colours = DARK if self._is_dark() else LIGHT
        if colours is _current and self._app.styleSheet():
            return
        _current = colours
        self._app.setStyle(QStyleFactory.create("Fusion"))
        self._app.setPalette(_palette(colours))
        self._app.setStyleSheet(_STYLE.substitute(asdict(colours)))
        self.changed.emit()

    def _is_dark(self) -> bool:
        system_is_dark = self._hints.colorScheme() is Qt.ColorScheme.Dark
        return self._choice == "dark" or (self._choice == "system" and system_is_dark)


def colours() -> Colours:
    """Return the colours in use, for widgets that paint themselves. GUI thread."""
    return _current


def _palette(colours: Colours) -> QPalette:
    """Return the palette for the parts of the Fusion style that the style sheet does not cover."""
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.panel,
        role.AlternateBase: colours.raised,
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.raised,
        role.ButtonText: colours.text,
        role.Mid: colours.line,
        role.Accent: colours.accent,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.ToolTipBase: colours.raised,
        role.ToolTipText: colours.text,
        role.Link: colours.accent,
    }.items():
        palette.setColor(which, QColor(colour))
    return palette
