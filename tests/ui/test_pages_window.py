"""The window of the pages."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QLabel, QWidget

from puppet.sinks.camera_setup import CameraSetup, SetupState
from tests.support.studio import Studio
from ui.page_table import PAGES
from ui.pages import about, doctor, setup
from ui.widgets.text_box import TextBox


def is_reached(widget: QWidget) -> bool:
    """True for a widget that Tab reaches and that shows no text of its own, which screen readers would read."""
    says = isinstance(widget, QAbstractButton) and widget.text()
    return (
        bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        and widget.objectName() != "qt_spinbox_lineedit"
        and not says
    )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that examine the computer find something at once."""
    monkeypatch.setattr(doctor, "_examined", lambda: "All is well")
    monkeypatch.setattr(about, "_licences", lambda: "MIT")
    monkeypatch.setattr(setup, "_examined", lambda: CameraSetup(SetupState.NOT_LOADED, "Not loaded", ("modprobe x",)))


def test_every_page_is_made_when_it_is_shown_for_the_first_time_and_no_sooner(studio: Studio) -> None:
    studio.start()
    pages = studio.window.pages
    assert not pages.findChildren(QLabel)
    for page in PAGES:
        studio.window.commands.run(page.name)
        assert pages.page(page.name).isVisible()
        assert page.title in pages.windowTitle()
    studio.until(lambda: "modprobe x" in [box.toPlainText() for box in pages.findChildren(TextBox)])
    reached = [each for each in pages.findChildren(QWidget) if is_reached(each) and each.window() is pages]
    assert [type(each).__name__ for each in reached if not each.accessibleName()] == []


def test_the_command_of_the_visible_page_closes_the_window(studio: Studio) -> None:
    studio.window.commands.run(PAGES[0].name)
    studio.window.commands.run(PAGES[0].name)
    assert not studio.window.pages.isVisible()
