"""Themes: contrast of every text, and switching."""

from __future__ import annotations

from typing import cast

import pytest
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.style.theme import DARK, LIGHT, Colours, ThemeSwitcher, colours

_TEXTS = ("text", "muted", "accent", "danger", "warning", "good")
_GROUNDS = ("window", "panel", "raised")


@pytest.mark.parametrize("table", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", _TEXTS)
@pytest.mark.parametrize("ground", _GROUNDS)
def test_text_has_a_contrast_of_four_and_a_half(table: Colours, text: str, ground: str) -> None:
    assert _contrast(getattr(table, text), getattr(table, ground)) >= 4.5


@pytest.mark.parametrize("table", [LIGHT, DARK], ids=["light", "dark"])
def test_text_on_the_accent_is_readable(table: Colours) -> None:
    assert _contrast(table.on_accent, table.accent) >= 4.5


@pytest.mark.parametrize("table", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["window", "panel"])
def test_the_outline_of_a_control_has_a_contrast_of_three(table: Colours, ground: str) -> None:
    assert _contrast(table.edge, getattr(table, ground)) >= 3


def test_a_choice_is_applied_and_emitted(qtbot: QtBot) -> None:
    app = cast("QApplication", QApplication.instance())
    theme = ThemeSwitcher(app, "light")
    assert colours() is LIGHT
    with qtbot.waitSignal(theme.changed):
        theme.choose("dark")
    assert colours() is DARK
    assert DARK.panel in app.styleSheet()
    theme.choose("light")
    app.setStyleSheet("")


def _contrast(first: str, second: str) -> float:
    """WCAG 2.1, relative luminance."""
    high, low = sorted((_luminance(QColor(first)), _luminance(QColor(second))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
