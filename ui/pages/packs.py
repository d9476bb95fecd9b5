"""Models: the installed packs with their cards and licences, and the import of an original checkpoint."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QProcess, Qt
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QFileDialog, QListWidget, QListWidgetItem, QProgressBar, QWidget
from typing_extensions import override

import puppet
from puppet.packs import Pack
from ui.status_text import pack_text
from ui.translation import message_text, tr
from ui.widgets.basic import push_button, show_or_hide
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return PacksPage(window)


class PacksPage(PageWidget):
    """Shows the packs; an import runs in a process of its own, which Cancel ends.

    Attributes:
        list: the packs.
        use: opens the selected one.
        begin, cancel: an import.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Models"))
        self._window = window
        self.list = QListWidget()
        self.list.setObjectName("portraits")
        self.list.setAccessibleName(tr("Model packs"))
        self.list.setFixedHeight(150)
        self.list.currentItemChanged.connect(self._show_card)
        self.add(self.list)
        self._card = self.add_text("", "text")
        self.use = push_button(tr("Use this model"), self._use, tr("The portrait keeps moving until it is ready"))
        self.add_row(tr("Model"), self.use)
        self.add_heading(tr("Import an original checkpoint"))
        self.add_text(tr("Of FOMM, Monkey-Net or co-part segmentation, with its YAML beside it. Needs PyTorch."))
        self.begin = push_button(tr("Choose a checkpoint…"), self._ask, tr("Weights; nothing in the file is executed"))
        self.cancel = push_button(tr("Cancel"), self._cancel, tr("End the import; nothing of it is kept"))
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(tr("The import runs"))
        self.add_row(tr("Import"), self.begin, self.cancel)
        self.add(self._bar)
        self._line = self.add_text("", "text")
        self._show_busy(False)
        self.finish()
        self._process = QProcess(self)
        self._process.setWorkingDirectory(str(Path(puppet.__file__).parents[1]))
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(lambda _error: self._finished(1))
        self._cancelled = False

    def run(self, checkpoint: str, config: str) -> None:
        """Import a checkpoint with its YAML, in the background."""
        self._cancelled = False
        self._show_busy(True)
        self._line.setText(tr("Starting…"))
        self._line.show()
        self._process.start(sys.executable, ["-m", "puppet", "packs", "import", checkpoint, "--config", config])

    def _ask(self) -> None:
        checkpoint, _ = QFileDialog.getOpenFileName(self, tr("Choose a checkpoint"))
        config, _ = QFileDialog.getOpenFileName(self, tr("Choose its YAML"), checkpoint) if checkpoint else ("", "")
        if config:
            self.run(checkpoint, config)

    def _cancel(self) -> None:
        self._cancelled = True
        self._process.kill()

    def _read(self) -> None:
        lines = self._process.readAllStandardOutput().data().decode("utf-8", "replace").split()
        if lines:
            self._line.setText(" ".join(lines)[-400:])

    def _finished(self, code: int) -> None:
        self._show_busy(False)
        if self._cancelled:
            self._line.setText(tr("The import was cancelled"))
        elif code == 0:
            self._fill()

    def _show_busy(self, busy: bool) -> None:
        self.begin.setEnabled(not busy)
        self.cancel.setVisible(busy)
        self._bar.setVisible(busy)

    def _use(self) -> None:
        if (row := self.list.currentItem()) is not None:
            self._window.model.choose_pack(row.data(Qt.ItemDataRole.UserRole).card.name)

    def _fill(self) -> None:
        bridge, notices = self._window.bridge, self._window.notices
        bridge.io_worker.submit(self._window.model.list_packs, self._show_packs, notices.post_error)

    def _show_packs(self, packs: list[Pack]) -> None:
        self.list.clear()
        for pack in packs:
            row = QListWidgetItem(pack_text(pack.name))
            row.setData(Qt.ItemDataRole.UserRole, pack)
            self.list.addItem(row)
            if pack.name == self._window.bridge.options.pack:
                self.list.setCurrentItem(row)

    def _show_card(self, row: QListWidgetItem | None) -> None:
        if row is None:
            return
        card = row.data(Qt.ItemDataRole.UserRole).card
        facts = tr("Family {family}, {size} × {size} pixels, {keypoints} keypoints").format(
            family=card.family, size=card.size, keypoints=card.keypoints
        )
        licence = tr("Licence of the weights: {}").format(card.licence)
        show_or_hide(self._card, "\n".join((message_text(card.description), facts, licence)))

    @override
    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._fill()
