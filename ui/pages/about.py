"""About: version, privacy, and the licences of all parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from puppet import __version__
from ui.translation import tr
from ui.widgets.page_parts import PageWidget
from ui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return AboutPage(window)


class AboutPage(PageWidget):
    """Reads the licences when it is shown for the first time.

    Attributes:
        licences: their texts.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(f"Puppet {__version__}")
        self._window = window
        self.add_text(tr("Animates a still portrait with your webcam, in real time."), "text")
        self.add_text(
            tr("No telemetry: pictures, sound and motion stay on this computer, unless you give an address yourself."),
            "text",
        )
        self.add_text(tr("Ask people before you use their faces. Recordings are marked as made by AI."), "text")
        self.add_heading(tr("Licences of Puppet and its parts"))
        self.licences = TextBox(tr("Licences"), tr("Copy licences"))
        self.licences.setPlaceholderText(tr("Reading…"))
        self.add(self.licences)
        self.finish(fills=True)

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        if not self.licences.toPlainText():
            show, failed = self.licences.setPlainText, lambda error: self.licences.setPlainText(str(error))
            self._window.bridge.slow_worker.submit(_licences, show, failed)


def _licences() -> str:
    from puppet.licences import licence_texts

    return licence_texts()
