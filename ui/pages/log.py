"""Log: the end of the log's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QUrl
from PyQt6.QtGui import QDesktopServices, QShowEvent
from PyQt6.QtWidgets import QWidget
from typing_extensions import override

from ui.log_file import log_path, read_log
from ui.translation import tr
from ui.widgets.basic import push_button
from ui.widgets.page_parts import PageWidget
from ui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return LogPage()


class LogPage(PageWidget):
    """Read again whenever it is shown.

    Attributes:
        text: the end of the log.
    """

    def __init__(self) -> None:
        super().__init__(tr("Log"))
        self.add_text(tr("Warnings and errors of this and earlier starts; the file stays on this computer."))
        self.text = TextBox(tr("Log"), tr("Copy log"))
        self.add(self.text)
        folder = push_button(tr("Show in folder"), _show_folder, str(log_path()))
        self.add_row(tr("File"), self.text.copy_button, folder)
        self.finish(fills=True)

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.text.copy_button.setText(tr("Copy log"))
        self.text.show_end(read_log() or tr("Nothing went wrong so far."))


def _show_folder() -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent)))
