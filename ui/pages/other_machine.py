"""Another machine: where the portrait is painted, how it is found, and the pairing with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QLineEdit, QMenu, QWidget

from puppet.config import Fallback
from puppet.domain import Status
from puppet.errors import PuppetError
from puppet.remote.opening import check_address, find_machines, pair
from ui.translation import message_text, tr
from ui.widgets.basic import push_button, show_or_hide
from ui.widgets.combo import ComboBox
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from puppet.remote.discovery import FoundMachine
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return OtherMachinePage(window)


class OtherMachinePage(PageWidget):
    """Pairs with a machine that runs `puppet serve`, and renders there or here.

    Attributes:
        address: of the other machine.
        search: looks for machines that `puppet serve --announce` announces.
        found: menu of those machines, where there are several.
        code: that it shows; empty if it was paired before.
        fallback: pictures while it does not answer; used from the next time a machine is chosen.
        there: renders on the other machine.
        here: renders on this one.
        line: what happens now, or what went wrong.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Another machine"))
        self._bridge, self._model = window.bridge, window.model
        remember = window.remember
        self.add_text(
            tr(
                "A stronger computer in your network can paint the portrait. Run puppet serve there; it shows a code. "
                "Your camera's picture stays here: only the movement is sent, and the finished picture comes back."
            )
        )
        self.address, self.code = QLineEdit(window.bridge.options.remote or ""), QLineEdit()
        self.address.setPlaceholderText(tr("Name or address, like 192.168.1.20"))
        self.code.setPlaceholderText(tr("Only the first time"))
        self.search, self.found = push_button(tr("Find"), self._find), QMenu(self)
        self.search.setToolTip(tr("Look for machines that run puppet serve --announce"))
        self.add_row(tr("Machine"), self.address, self.search)
        self.add_row(tr("Code"), self.code)
        self.fallback = ComboBox(tr("Without it"), tr("Pictures while the machine does not answer"))
        names = (tr("Paint here"), tr("Show the portrait at rest"), tr("Hold the last picture"))
        entries = [(name, each.value) for name, each in zip(names, Fallback, strict=True)]
        self.fallback.refill(entries, window.bridge.options.fallback.value)
        self.add_row(tr("Without it"), self.fallback)
        self.there = push_button(tr("Render there"), self._render_there)
        self.here = push_button(tr("Render here"), self._render_here)
        self.add_row(tr("Portrait"), self.there, self.here)
        self.line = self.add_text("")
        self.finish()
        self.address.returnPressed.connect(self._render_there)
        self.code.returnPressed.connect(self._render_there)
        self.fallback.currentIndexChanged.connect(lambda: remember(fallback=Fallback(self.fallback.currentData())))
        self._bridge.opened.connect(self._show)
        self._bridge.status_changed.connect(self._show_status)
        self._show()

    def _find(self) -> None:
        self._say(tr("Looking for machines…"))
        self.search.setEnabled(False)
        self._bridge.io_worker.submit(find_machines, self._list, self._failed)

    def _list(self, machines: Sequence[FoundMachine]) -> None:
        """Take the only machine that was found, or let the user choose one of several."""
        self.search.setEnabled(True)
        self._say("" if machines else tr("No machine answers; run puppet serve --announce there, or type its address"))
        if len(machines) == 1:
            self._take(machines[0])
            return
        self.found.clear()
        for machine in machines:
            action = self.found.addAction(f"{machine.name} ({machine.address})")
            assert action is not None
            action.triggered.connect(partial(self._take, machine))
        if machines:
            self.found.popup(self.search.mapToGlobal(QPoint(0, self.search.height())))

    def _take(self, machine: FoundMachine, *_: object) -> None:
        self.address.setText(machine.address)
        self._say(tr("Found {machine}; the first time, type the code that it shows").format(machine=machine.name))
        self.code.setFocus()

    def _render_there(self) -> None:
        """Pair if a code was typed, then open the session there."""
        address, code = self.address.text().strip(), self.code.text().strip()
        try:
            check_address(address)
        except PuppetError as error:
            self._say(message_text(str(error)))
            return
        if not code:
            self._open(address)
            return
        self._say(tr("Pairing…"))
        self.there.setEnabled(False)
        work = partial(pair, address, code, self._bridge.options.pack)
        self._bridge.io_worker.submit(work, lambda _: self._paired(address), self._failed)

    def _paired(self, address: str) -> None:
        self.there.setEnabled(True)
        self.code.clear()
        self._open(address)

    def _failed(self, error: Exception) -> None:
        for button in (self.there, self.search):
            button.setEnabled(True)
        self._say(message_text(str(error)))

    def _render_here(self) -> None:
        self._open(None)

    def _open(self, address: str | None) -> None:
        self._model.choose_machine(address, Fallback(self.fallback.currentData()))

    def _show(self) -> None:
        self.here.setEnabled(self._bridge.options.remote is not None)
        self._say("")

    def _show_status(self, status: Status) -> None:
        if self.isVisible() and self._bridge.options.remote is not None:
            painted_there = status.engine is not None and status.engine.library == "remote"
            self._say(tr("The portrait is painted there") if painted_there else message_text(status.message))

    def _say(self, text: str) -> None:
        show_or_hide(self.line, text)
