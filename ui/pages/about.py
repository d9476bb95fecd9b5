"""About: version, licence, privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from puppet import __version__
from ui.translation import tr
from ui.widgets.basic import arrange, styled_label

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return AboutPage()


class AboutPage(QWidget):
    """Texts only."""

    def __init__(self) -> None:
        super().__init__()
        layout = arrange(QVBoxLayout(self), spacing=10, margins=(24, 20, 24, 20))
        layout.addWidget(styled_label(f"Puppet {__version__}", "title"))
        layout.addWidget(styled_label(tr("Nothing you do here leaves this computer: no telemetry."), "text", wrap=True))
        layout.addStretch()
