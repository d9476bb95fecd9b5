"""The page of the portraits."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from PyQt6.QtCore import Qt

from tests.support.studio import Studio, save_picture
from ui.pages.portraits import PortraitsPage


@pytest.fixture
def page(studio: Studio, tmp_path: Path) -> PortraitsPage:
    studio.gallery.add(save_picture(tmp_path / "Me.png", (9, 9, 9)))
    studio.start()
    studio.window.portraits.load("Ada")
    studio.window.commands.run("portraits")
    return cast("PortraitsPage", studio.window.pages.page("portraits"))


def names(studio: Studio) -> list[str]:
    return [tile.text() for tile in studio.window.strip.tiles()]


def test_moving_a_portrait_changes_the_order_of_the_number_keys(studio: Studio, page: PortraitsPage) -> None:
    page.list.setCurrentRow(3)
    studio.qtbot.keyClick(page.list, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    studio.until(lambda: names(studio) == ["Ada", "Bo", "Me", "Cy"])
    assert [item.name for item in studio.gallery.portraits()] == ["Ada", "Bo", "Me", "Cy"]


def test_a_portrait_is_renamed_in_place_and_a_name_that_is_none_goes_back(studio: Studio, page: PortraitsPage) -> None:
    for text in ("Myself", "  "):
        row = page.list.item(3)
        assert row is not None
        row.setText(text)
        assert names(studio)[3] == "Myself"
    assert "needs a name" in studio.notice()


def test_a_note_of_consent_is_kept_with_the_portrait(studio: Studio, page: PortraitsPage) -> None:
    page.list.setCurrentRow(3)
    page.note.setText("My own face")
    page.note.editingFinished.emit()
    assert studio.gallery.find("Me").note == "My own face"


def test_only_added_portraits_can_be_removed(studio: Studio, page: PortraitsPage) -> None:
    page.list.setCurrentRow(0)
    assert not page.remove.isEnabled()
    page.list.setCurrentRow(3)
    page.remove.click()
    assert names(studio) == ["Ada", "Bo", "Cy"]
    studio.window.commands.run("undo")
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]


def test_the_crossfade_is_a_control(studio: Studio, page: PortraitsPage) -> None:
    page.fade.slider.setValue(50)
    assert studio.session.controls.fade_s == 0.5
