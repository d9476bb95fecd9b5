"""Models: the installed packs with their cards and licences, and the import of an original checkpoint."""

from __future__ import annotations

import itertools
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QProcess, Qt, QTimer
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QApplication, QFileDialog, QListWidget, QListWidgetItem, QProgressBar, QWidget
from typing_extensions import override

import puppet
from puppet.media.leftovers import recover_leftovers
from puppet.packs import Pack, user_packs_folder
from ui.status_text import pack_text
from ui.translation import message_text, tr
from ui.widgets.basic import push_button, show_or_hide
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_KILL_MS, _QUIT_MS, _LONGEST = 5000, 1000, 400


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return PacksPage(window)


class PacksPage(PageWidget):
    """Shows the packs; an import runs in a process of its own, which Cancel ends.

    Attributes:
        list: the packs.
        use: opens the selected one.
        begin, cancel: an import.
        line: what became of it.
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
        self.line = self.add_text("", "text")
        self._show_busy(False)
        self.finish()
        self._process = QProcess(self)
        self._process.setWorkingDirectory(str(Path(puppet.__file__).parents[1]))
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._killer = QTimer(self)
        self._killer.setSingleShot(True)
        self._killer.timeout.connect(self._process.kill)
        self._folder = Path()
        self._cancelled = False
        if (application := QApplication.instance()) is not None:
            application.aboutToQuit.connect(self._end)

    def run(self, checkpoint: str, config: str) -> None:
        """Import a checkpoint with its YAML as a pack of its name, in the background."""
        self._cancelled, self._folder = False, _new_folder(checkpoint)
        self._show_busy(True)
        show_or_hide(self.line, tr("Importing “{name}”; this takes a minute").format(name=self._folder.name))
        command = ["packs", "import", checkpoint, "--config", config, "-o", str(self._folder)]
        self._process.start(sys.executable, ["-m", "puppet", *command])

    def _ask(self) -> None:
        checkpoint, _ = QFileDialog.getOpenFileName(self, tr("Choose a checkpoint"))
        config, _ = QFileDialog.getOpenFileName(self, tr("Choose its YAML"), checkpoint) if checkpoint else ("", "")
        if config:
            self.run(checkpoint, config)

    def _cancel(self) -> None:
        self._cancelled = True
        self._process.terminate()  # it removes what it has written
        self._killer.start(_KILL_MS)

    def _end(self) -> None:
        """End an import with the program."""
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.blockSignals(True)
            self._process.terminate()
            if not self._process.waitForFinished(_QUIT_MS):
                self._process.kill()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # otherwise `finished` follows
            self._finished(1)

    def _finished(self, code: int) -> None:
        self._killer.stop()
        self._show_busy(False)
        said = self._process.readAllStandardOutput().data().decode("utf-8", "replace").strip()
        if self._cancelled:
            self.line.setText(tr("The import was cancelled"))
            remove = partial(recover_leftovers, [self._folder.parent])  # of a process that had to be killed
            self._window.bridge.io_worker.submit(remove, lambda _lines: None, self._window.notices.post_error)
        elif code == 0:
            self.line.setText(tr("“{name}” was imported").format(name=self._folder.name))
            self._fill()
        else:
            reason = said.rpartition("\n")[2][-_LONGEST:] or self._process.errorString()
            self.line.setText(message_text(reason))

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
            if pack.name == (self._folder.name or self._window.bridge.options.pack):
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


def _new_folder(checkpoint: str) -> Path:
    """Return a folder for the pack of a checkpoint, named after it, that does not exist."""
    stem = re.sub("[^A-Za-z0-9]+", "-", Path(checkpoint).name.split(".")[0]).strip("-")[:80] or "imported"
    names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
    return next(folder for name in names if not (folder := user_packs_folder() / name).exists())
