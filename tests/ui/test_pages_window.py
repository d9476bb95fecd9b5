"""The window of the pages."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QLabel

from tests.support.studio import Studio
from ui.page_table import PAGES

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def test_every_page_is_made_when_it_is_shown_for_the_first_time_and_no_sooner(studio: Studio) -> None:
    pages = studio.window.pages
    assert not pages.findChildren(QLabel)
    for page in PAGES:
        studio.window.commands.run(page.name)
        assert pages.page(page.name).isVisible()
        assert page.title in pages.windowTitle()


def test_the_command_of_the_visible_page_closes_the_window(studio: Studio) -> None:
    studio.window.commands.run(PAGES[0].name)
    studio.window.commands.run(PAGES[0].name)
    assert not studio.window.pages.isVisible()
