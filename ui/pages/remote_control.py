"""Remote control: the local API for Stream Deck, Companion and other programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from ui.translation import tr
from ui.widgets.basic import Switch, arrange, push_button, show_or_hide
from ui.widgets.page_parts import PageWidget

if TYPE_CHECKING:
    from ui.main_window import MainWindow


def make(window: MainWindow) -> QWidget:
    """Return the page."""
    return RemoteControlPage(window)


class RemoteControlPage(PageWidget):
    """Switches the API, and lists the plug-ins that are allowed.

    Attributes:
        allowed: switch of the server.
        port: of the server.
        plugins: rows of plug-ins, each with a button that revokes it.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Remote control"))
        self._remote = window.remote_control
        self.add_text(
            tr(
                "Stream Deck, Companion and other programs on this computer can control Puppet as they control VTube "
                "Studio: choose its plug-in, and this port. Each asks here before its first use. Nothing can be "
                "reached from the network or from web pages."
            )
        )
        self.allowed = Switch(tr("Allow plug-ins"))
        self.port = QSpinBox()
        self.port.setRange(1024, 65535)
        self.port.setValue(self._remote.port)
        self.port.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.add(self.allowed)
        self.add_row(tr("Port"), self.port)
        self._line = self.add_text("")
        self.add_heading(tr("Allowed plug-ins"))
        self.plugins = QVBoxLayout()
        self.add(self.plugins)
        self._none = self.add_text(tr("None yet"))
        self.finish()
        self.allowed.clicked.connect(lambda on: self._remote.switch(on, self.port.value()))
        self.port.editingFinished.connect(self._use_port)
        self._remote.changed.connect(self._show)
        self._show()

    def _use_port(self) -> None:
        if self.port.value() != self._remote.port:
            self._remote.switch(self._remote.wanted, self.port.value())

    def _show(self) -> None:
        self.allowed.setChecked(self._remote.wanted)
        address = tr("Plug-ins connect to {address}").format(address=f"ws://localhost:{self.port.value()}")
        show_or_hide(self._line, address if self._remote.is_on else self._remote.problem)
        while (row := self.plugins.takeAt(0)) is not None:
            if (widget := row.widget()) is not None:
                widget.deleteLater()
        for grant in self._remote.grants.grants:
            revoke = push_button(tr("Revoke"), partial(self._remote.revoke, grant))
            revoke.setObjectName("revoke")
            revoke.setAccessibleName(tr("Revoke {plugin}").format(plugin=grant.plugin))
            line = QWidget()
            layout = arrange(QHBoxLayout(line), QLabel(f"{grant.plugin} – {grant.developer}"), revoke, spacing=10)
            layout.insertStretch(1)
            self.plugins.addWidget(line)
        self._none.setVisible(not self._remote.grants.grants)
