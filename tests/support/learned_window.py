"""Helpers for tests of the window with a pack that has segments and a detector."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QWidget

from puppet.domain import Status
from tests.support.fake_session import RUNNING, FakeSession
from tests.support.studio import Studio

LEARNED = replace(RUNNING, segments=5, detects=True)


def press(studio: Studio, key: Qt.Key, *, shift: bool = False) -> None:
    none, with_shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    studio.qtbot.keyClick(studio.window, key, with_shift if shift else none)


def words(widget: QWidget) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel))


def start(studio: Studio, status: Status = LEARNED) -> None:
    """Open the session with a pack that has segments and a detector."""
    studio.start()
    studio.session.current = status
    studio.window.bridge.poll_status()


def choose_pack(studio: Studio, name: str) -> FakeSession:
    """Choose another pack from the list, and return the session that is opened with it."""
    studio.session.next = FakeSession()
    box = studio.window.panel.packs
    studio.until(lambda: box.findData(name) >= 0)
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())
    return studio.session.next
