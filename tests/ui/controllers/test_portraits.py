"""Portraits: analysed in advance, added, removed and chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent

from tests.support.fake_session import RUNNING
from tests.support.learned_window import press
from tests.support.studio import Studio, save_picture
from ui.widgets.gallery_strip import GalleryStrip
from ui.widgets.preview import Preview

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def drop(target: Preview | GalleryStrip, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    target.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))


def names(studio: Studio) -> list[str]:
    return [tile.text() for tile in studio.window.strip.tiles()]


def test_the_first_portrait_is_shown_and_all_are_analysed_ahead(studio: Studio) -> None:
    studio.start()
    assert studio.session.shown[-1] == "Ada"
    assert sorted(studio.session.prepared) == ["Ada", "Bo", "Cy"]
    assert studio.window.strip.tiles()[0].isChecked()


def test_the_portrait_that_the_session_was_opened_with_is_not_analysed_again(studio: Studio) -> None:
    session = studio.session
    session.opened_portrait = session.prepare(np.zeros((64, 64, 3), np.uint8), "Ada")
    session.prepared.clear()
    session.current = replace(RUNNING, portrait="Ada")
    studio.window.bridge.start()
    studio.until(lambda: studio.window.bridge.session is not None)
    studio.render()
    studio.until(lambda: len(session.prepared) == 2)
    studio.window.strip.tiles()[1].click()
    studio.until(lambda: session.shown == ["Bo"])
    studio.window.strip.tiles()[0].click()
    studio.until(lambda: session.shown == ["Bo", "Ada"])
    assert sorted(session.prepared) == ["Bo", "Cy"]


def test_number_keys_switch_portraits_without_analysing_again(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.session.shown[-1] == "Cy")
    press(studio, Qt.Key.Key_2)
    studio.until(lambda: studio.session.shown[-1] == "Bo")
    assert len(studio.session.prepared) == 3
    assert studio.window.settings.portrait == "Bo"


def test_a_number_without_a_portrait_does_nothing(studio: Studio) -> None:
    studio.start()
    press(studio, Qt.Key.Key_9)
    assert studio.session.shown[-1] == "Ada"


@pytest.mark.parametrize("where", ["preview", "strip"])
def test_a_dropped_picture_joins_the_gallery_and_is_shown(studio: Studio, tmp_path: Path, where: str) -> None:
    studio.start()
    drop(getattr(studio.window, where), [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: studio.session.shown[-1] == "Me")
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]
    assert studio.window.settings.portrait == "Me"


def test_a_picture_without_a_face_is_refused_in_one_line(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    studio.session.faces = 0
    drop(studio.window.preview, [save_picture(tmp_path / "Wall.png")])
    studio.until(lambda: "no face" in studio.notice())
    assert names(studio) == ["Ada", "Bo", "Cy"]
    assert studio.session.shown[-1] == "Ada"


def test_a_file_that_is_no_picture_is_refused_in_one_line(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    text = tmp_path / "notes.jpg"
    text.write_text("not a picture")
    drop(studio.window.preview, [text])
    studio.until(lambda: "holds text, not a picture" in studio.notice())


def test_from_a_group_the_largest_face_is_used_with_a_notice(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    studio.session.faces = 4
    drop(studio.window.preview, [save_picture(tmp_path / "Band.png")])
    studio.until(lambda: "shows 4 faces; the largest is used" in studio.notice())


def test_a_picture_without_its_end_is_added_with_a_notice(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    path = tmp_path / "Cut.jfif"
    Image.effect_noise((120, 120), 80).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:-40])
    drop(studio.window.preview, [path])
    studio.until(lambda: "lacks its end" in studio.notice())
    assert "Cut" in names(studio)


def test_a_removed_picture_can_be_put_back(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.preview, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    studio.qtbot.keyClick(studio.window.strip.tiles()[3], Qt.Key.Key_Delete)
    assert names(studio) == ["Ada", "Bo", "Cy"]
    assert studio.session.shown[-1] == "Ada"
    studio.window.notices.action.click()
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]
    assert len(studio.gallery.portraits()) == 4


def test_a_removed_picture_is_deleted_when_the_notice_goes(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.preview, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    studio.window.strip.tiles()[3].remove_wanted.emit()
    studio.window.notices.dismiss()
    assert [item.name for item in studio.gallery.portraits()] == ["Ada", "Bo", "Cy"]


def test_a_removed_picture_that_is_added_again_stays(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    picture = save_picture(tmp_path / "Me.png")
    drop(studio.window.preview, [picture])
    studio.until(lambda: "Me" in names(studio))
    studio.window.strip.tiles()[3].remove_wanted.emit()
    drop(studio.window.preview, [picture])
    studio.until(lambda: "Me" in names(studio))
    studio.window.notices.dismiss()
    assert names(studio) == ["Ada", "Bo", "Cy", "Me"]


def test_bundled_portraits_cannot_be_removed(studio: Studio) -> None:
    studio.start()
    studio.qtbot.keyClick(studio.window.strip.tiles()[0], Qt.Key.Key_Delete)
    assert names(studio) == ["Ada", "Bo", "Cy"]


def test_a_click_on_the_corner_of_an_added_picture_removes_it(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.strip, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    tile = studio.window.strip.tiles()[3]
    studio.qtbot.mouseClick(tile, Qt.MouseButton.LeftButton, pos=QPoint(tile.width() - 18, 18))
    assert names(studio) == ["Ada", "Bo", "Cy"]


def test_a_portrait_that_became_unreadable_leaves_the_shown_one(studio: Studio) -> None:
    studio.gallery.portraits()[2].path.write_text("damaged since the last start")
    studio.window.bridge.start()
    studio.until(lambda: studio.window.bridge.session is not None)
    studio.render()
    studio.until(lambda: sorted(studio.session.prepared) == ["Ada", "Bo"])
    studio.session.current = replace(RUNNING, portrait="Ada")
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.window.strip.tiles()[0].isChecked())
    assert "cy.png" in studio.notice()
