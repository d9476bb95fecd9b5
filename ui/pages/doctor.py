"""Doctor: what the command `doctor` finds, with a report to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from ui.translation import tr
from ui.widgets.basic import push_button
from ui.widgets.page_parts import PageWidget
from ui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return DoctorPage(window)


class DoctorPage(PageWidget):
    """Examines the installation when it is shown for the first time, and again on demand.

    Attributes:
        report: what was found.
        again: examines again.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Doctor"))
        self._window = window
        self.add_text(tr("What works on this computer, and the commands that repair the rest. Names are left out."))
        self.report = TextBox(tr("Report"), tr("Copy report"))
        self.again = push_button(tr("Check again"), self._examine, tr("Examine the installation again"))
        self.add(self.report)
        self.add_row(tr("Report"), self.report.copy_button, self.again)
        self.finish(fills=True)

    def _examine(self) -> None:
        self.again.setEnabled(False)
        self.report.setPlainText(tr("Looking at engines, cameras and devices…"))
        self.report.copy_button.setText(tr("Copy report"))
        self._window.bridge.slow_worker.submit(_examined, self._show, lambda error: self._show(str(error)))

    def _show(self, text: str) -> None:
        self.report.setPlainText(text)
        self.again.setEnabled(True)

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        if not self.report.toPlainText():
            self._examine()


def _examined() -> str:
    from puppet.doctor import examine  # with libraries that the window's start does not need
    from puppet.doctor.report import anonymous

    return anonymous(examine().text())
