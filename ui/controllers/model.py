"""Model and engine choice: another pack, engine or framing opens another session while the old one continues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from puppet.config import EngineOptions, Fallback, LiveOptions
from puppet.domain import Framing, Status
from puppet.packs import Pack
from ui.dialogs import files
from ui.dialogs.engine import EngineDialog
from ui.session_bridge import SessionBridge
from ui.translation import tr
from ui.widgets.notice_bar import READY, NoticeBar
from ui.widgets.pack_combo import PackCombo

_TOPIC = "model"


class ModelController(QObject):
    """Connects the list of packs and the engine dialog to the session.

    Args:
        window: parent of the dialog.
        bridge: reopens the session.
        notices: shows errors.
        combo: the list of packs.
        current_options: returns LiveOptions with the portrait and the camera that are chosen now.
        list_packs: finds packs; called on a worker.

    Attributes:
        dialog: the engine dialog.
        list_packs: finds packs; called on a worker.

    Signals:
        pack_used: name or folder of another pack, once a session runs with it.
        engine_used: other puppet.config.EngineOptions, once a session runs with them.
    """

    pack_used = pyqtSignal(str)
    engine_used = pyqtSignal(object)

    def __init__(
        self,
        window: QWidget,
        bridge: SessionBridge,
        notices: NoticeBar,
        combo: PackCombo,
        *,
        current_options: Callable[[], LiveOptions],
        list_packs: Callable[[], list[Pack]],
    ) -> None:
        super().__init__()
        self.dialog = EngineDialog(window)
        self._bridge = bridge
        self._notices = notices
        self._combo = combo
        self._current_options = current_options
        self.list_packs = list_packs
        self._used = bridge.options
        self.dialog.chosen.connect(self.choose_engine)
        combo.about_to_open.connect(self.refresh)
        combo.chosen.connect(self.choose_pack)
        combo.browse_wanted.connect(self.ask_for_folder)
        bridge.opened.connect(self._session_opened)
        bridge.reopening.connect(self._show_busy)
        bridge.reopen_failed.connect(self._reopen_failed)
        bridge.failed.connect(self._show)
        bridge.status_changed.connect(self._show_status)
        self._show()

    def refresh(self) -> None:
        """Update the list of packs, in the background."""
        self._bridge.io_worker.submit(self.list_packs, self._combo.set_packs, self._notices.post_error)

    def choose_pack(self, name_or_folder: str) -> None:
        """Use another pack."""
        self._reopen(replace(self._current_options(), pack=name_or_folder))

    def ask_for_folder(self) -> None:
        """Let the person choose the folder of a pack."""
        if folder := files.ask_for_pack(self._combo):
            self._combo.set_choice(folder)
            self.choose_pack(folder)

    def choose_engine(self, engine: EngineOptions) -> None:
        """Use another engine, precision or device."""
        self._reopen(replace(self._current_options(), engine=engine))

    def choose_framing(self, framing: Framing) -> None:
        """Follow faces, or anything."""
        self._reopen(replace(self._current_options(), framing=framing))

    def choose_machine(self, address: str | None, fallback: Fallback) -> None:
        """Render on another machine, with `fallback` while it does not answer; None: on this one."""
        self._reopen(replace(self._current_options(), remote=address, fallback=fallback))

    def try_again(self) -> None:
        """Open the session again after it failed."""
        self._reopen(self._current_options())

    def show_engine(self) -> None:
        """Open the engine dialog."""
        self.dialog.show_choice(self._bridge.options.engine)
        self.dialog.show_status(self._bridge.status)
        self.dialog.set_busy(self._bridge.is_opening)
        self.dialog.show()
        self.dialog.raise_()

    def _show_status(self, status: Status) -> None:
        if self.dialog.isVisible():
            self.dialog.show_status(status)

    def _reopen(self, options: LiveOptions) -> None:
        if self._bridge.is_opening:
            self._notices.post_warning(tr("Puppet is still opening a model; try again in a moment"), READY)
            self._show()
        else:
            self._bridge.reopen(options)

    def _session_opened(self) -> None:
        self._show()
        self._notices.resolve(_TOPIC)
        before, self._used = self._used, self._bridge.options
        if self._used.pack != before.pack:
            self.pack_used.emit(self._used.pack)
        if self._used.engine != before.engine:
            self.engine_used.emit(self._used.engine)
        self.refresh()

    def _reopen_failed(self, error: Exception) -> None:
        self._show()
        self._notices.post_error(error, _TOPIC)

    def _show(self) -> None:
        """Show the pack and the engine options of the session."""
        self._combo.set_choice(self._bridge.options.pack)
        self.dialog.show_choice(self._bridge.options.engine)
        self.dialog.set_busy(False)

    def _show_busy(self) -> None:
        self.dialog.set_busy(True)
