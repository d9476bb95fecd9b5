"""The choice of what is shown behind the person."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QColorDialog
from pytestqt.qtbot import QtBot

from puppet.controls import BackgroundKind, Controls
from ui.controls_model import ControlsModel
from ui.panels.background import BackgroundPanel


@pytest.fixture
def panel(qtbot: QtBot) -> BackgroundPanel:
    panel = BackgroundPanel(ControlsModel(Controls()))
    qtbot.addWidget(panel)
    return panel


def _chosen(panel: BackgroundPanel) -> str:
    return str(panel._controls.current.background)


def test_a_button_changes_the_background(panel: BackgroundPanel) -> None:
    panel.kind.buttons[BackgroundKind.BLUR].click()
    assert _chosen(panel) == "blur"


@pytest.mark.parametrize(("answer", "expected"), [(QColor("#123456"), "#123456"), (QColor(), "keep")])
def test_a_colour_is_asked_for(
    panel: BackgroundPanel, monkeypatch: pytest.MonkeyPatch, answer: QColor, expected: str
) -> None:
    monkeypatch.setattr(QColorDialog, "getColor", lambda *given: answer)
    panel.kind.buttons[BackgroundKind.COLOUR].click()
    assert _chosen(panel) == expected
    kind = BackgroundKind.COLOUR if answer.isValid() else BackgroundKind.KEEP
    assert panel.kind.buttons[kind].isChecked()


def test_a_picture_is_asked_for_and_used_once_it_was_read(panel: BackgroundPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.picture_wanted):
        panel.kind.buttons[BackgroundKind.PICTURE].click()
    assert _chosen(panel) == "keep"
    assert panel.kind.buttons[BackgroundKind.KEEP].isChecked()
    panel.use_picture(Path("wall.png"))
    assert _chosen(panel) == "wall.png"
    assert panel.kind.buttons[BackgroundKind.PICTURE].isChecked()
