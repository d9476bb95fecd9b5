"""Which model moves the portrait, on which engine: another choice opens another session while the old one goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from puppet.config import EngineOptions, LiveOptions
from puppet.domain import Framing, Status
from puppet.packs import Pack
from ui.dialogs import files
from ui.dialogs.engine import EngineDialog, EngineNames
from ui.session_bridge import SessionBridge
from ui.status_text import Severity
from ui.widgets.notice_bar import Notice
from ui.widgets.pack_combo import PackCombo


class ModelController(QObject):
    """What the session is opened with, as far as the model goes.

    Args:
        bridge: to the session.
        box: the list of packs.
        now: LiveOptions with the portrait and the camera that are chosen now.
        list_packs: finds the packs there are; called on a worker.
        list_engines: what can be asked of engines; called on a worker.

    Attributes:
        dialog: the engine's settings, None before they were first wanted.

    Signals:
        pack_used: another pack's name or folder, once it runs.
        engine_used: other puppet.config.EngineOptions, once they run.
        notice: a ui.widgets.notice_bar.Notice for the person.
    """

    pack_used = pyqtSignal(str)
    engine_used = pyqtSignal(object)
    notice = pyqtSignal(object)

    def __init__(
        self,
        bridge: SessionBridge,
        box: PackCombo,
        *,
        now: Callable[[], LiveOptions],
        list_packs: Callable[[], list[Pack]],
        list_engines: Callable[[], EngineNames],
    ) -> None:
        super().__init__()
        self.dialog: EngineDialog | None = None
        self._bridge = bridge
        self._box = box
        self._now = now
        self._list_packs = list_packs
        self._list_engines = list_engines
        self._status: Status | None = None
        self._used = bridge.options
        box.about_to_open.connect(self.refresh)
        box.chosen.connect(self.choose_pack)
        bridge.opened.connect(self._opened)
        bridge.reopening.connect(self._show_busy)
        bridge.refused.connect(self._refused)
        bridge.failed.connect(lambda _error: self._show())
        bridge.status_changed.connect(self.show_status)
        self._show()

    def refresh(self) -> None:
        """Look for packs, in the background."""
        self._bridge.io_worker.submit(self._list_packs, self._box.set_packs, self._warn)

    def choose_pack(self, name_or_folder: str) -> None:
        """Animate with another pack."""
        self._reopen(replace(self._now(), pack=name_or_folder))

    def ask_for_folder(self, parent: QWidget) -> None:
        """Have the person choose a folder that contains a pack."""
        folder = files.ask_for_pack(parent)
        if folder:
            self._box.set_choice(folder)
            self.choose_pack(folder)

    def choose_engine(self, engine: EngineOptions) -> None:
        """Compute with another engine, precision or device."""
        self._reopen(replace(self._now(), engine=engine))

    def choose_framing(self, framing: Framing) -> None:
        """Follow faces, or anything."""
        self._reopen(replace(self._now(), framing=framing))

    def try_again(self) -> None:
        """Open the session that failed once more, with what is chosen now."""
        self._reopen(self._now())

    def show_engine(self, parent: QWidget) -> None:
        """Open the engine's settings."""
        if self.dialog is None:
            self.dialog = EngineDialog(parent)
            self.dialog.chosen.connect(self.choose_engine)
            self._bridge.io_worker.submit(self._list_engines, self.dialog.set_names, self._warn)
        self.dialog.show_choice(self._bridge.options.engine)
        self.dialog.show_status(self._status)
        self.dialog.set_busy(self._bridge.is_opening)
        self.dialog.show()
        self.dialog.raise_()

    def show_status(self, status: Status) -> None:
        """Take over what is in use."""
        self._status = status
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.show_status(status)

    def _reopen(self, options: LiveOptions) -> None:
        if self._bridge.is_opening:
            self.notice.emit(Notice("Puppet is still opening a model; try again in a moment", Severity.WARNING))
            self._show()
            return
        self._bridge.reopen(options)

    def _opened(self) -> None:
        self._show()
        before, self._used = self._used, self._bridge.options
        if self._used.pack != before.pack:
            self.pack_used.emit(self._used.pack)
        if self._used.engine != before.engine:
            self.engine_used.emit(self._used.engine)
        self.refresh()

    def _refused(self, error: Exception) -> None:
        self._show()
        self._warn(error)

    def _show(self) -> None:
        """What is in use, wherever it is shown."""
        self._box.setEnabled(True)
        self._box.set_choice(self._bridge.options.pack)
        if self.dialog is not None:
            self.dialog.show_choice(self._bridge.options.engine)
            self.dialog.set_busy(False)

    def _show_busy(self) -> None:
        self._box.setEnabled(False)
        if self.dialog is not None:
            self.dialog.set_busy(True)

    def _warn(self, error: Exception) -> None:
        self.notice.emit(Notice(str(error), Severity.ERROR))
