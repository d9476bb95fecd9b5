"""Portraits: analysed in advance, added, removed and chosen."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QClipboard, QDropEvent, QGuiApplication, QImage

from puppet.userdata.gallery import GalleryItem
from tests.support.fake_session import RUNNING
from tests.support.learned_window import press
from tests.support.studio import Studio, save_picture
from ui.controllers import collection
from ui.widgets.gallery_strip import GalleryStrip
from ui.widgets.preview import Preview


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


def test_a_removed_picture_is_deleted_when_the_window_closes(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.preview, [save_picture(tmp_path / "Me.png")])
    studio.until(lambda: "Me" in names(studio))
    studio.window.strip.tiles()[3].remove_wanted.emit()
    studio.window.notices.dismiss()
    assert len(studio.gallery.portraits()) == 4
    studio.window.quit()
    assert [item.name for item in studio.gallery.portraits()] == ["Ada", "Bo", "Cy"]


def test_a_removed_picture_that_is_added_again_stays(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    picture = save_picture(tmp_path / "Me.png")
    drop(studio.window.preview, [picture])
    studio.until(lambda: "Me" in names(studio))
    studio.window.strip.tiles()[3].remove_wanted.emit()
    drop(studio.window.preview, [picture])
    studio.until(lambda: "Me" in names(studio))
    studio.window.quit()
    assert len(studio.gallery.portraits()) == 4


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


def test_undo_brings_removed_pictures_back_one_after_the_other_until_the_window_closes(
    studio: Studio, tmp_path: Path
) -> None:
    studio.start()
    for number, name in enumerate(("Di", "Ed")):
        studio.gallery.add(save_picture(tmp_path / f"{name}.png", (number, 2, 3)))
    studio.window.portraits.load("Ada")
    for _ in range(2):
        studio.window.strip.tiles()[3].remove_wanted.emit()
    studio.window.panel.mirror.click()
    undo = partial(studio.window.commands.run, "undo")
    undo()
    assert studio.window.panel.mirror.isChecked()
    undo()
    assert names(studio) == ["Ada", "Bo", "Cy", "Ed"]
    undo()
    assert names(studio) == ["Ada", "Bo", "Cy", "Di", "Ed"]


def test_pages_give_the_number_keys_to_the_next_nine(studio: Studio, tmp_path: Path) -> None:
    for number in range(8):
        studio.gallery.add(save_picture(tmp_path / f"P{number}.png", (number, 2, 3)))
    studio.start()
    studio.window.portraits.load("Ada")
    assert len(names(studio)) == 11
    press(studio, Qt.Key.Key_PageDown)
    press(studio, Qt.Key.Key_2)
    assert studio.window.settings.portrait == names(studio)[10]
    press(studio, Qt.Key.Key_PageUp)
    press(studio, Qt.Key.Key_2)
    assert studio.window.settings.portrait == "Bo"


# Pasted


def clipboard() -> QClipboard:
    found = QGuiApplication.clipboard()
    assert found is not None
    return found


def test_pasted_pixels_become_a_portrait(studio: Studio) -> None:
    studio.start()
    image = QImage(96, 128, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    clipboard().setImage(image)
    studio.window.commands.run("paste picture")
    studio.until(lambda: "Pasted 1" in names(studio))


def test_the_data_of_a_picture_from_a_web_page_is_used_and_its_address_is_not(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    content = base64.b64encode(save_picture(tmp_path / "x.png").read_bytes()).decode()
    clipboard().setText(f"data:image/png;base64,{content}")
    studio.window.commands.run("paste picture")
    studio.until(lambda: "Pasted 1" in names(studio))
    clipboard().setText("https://example.org/face.png")
    studio.window.commands.run("paste picture")
    assert "does not use the network" in studio.notice()


def test_a_clipboard_with_text_is_one_line(studio: Studio) -> None:
    studio.start()
    clipboard().setText("hello")
    studio.window.commands.run("paste picture")
    assert "holds no picture" in studio.notice()


# Cropped and turned


def test_a_turned_portrait_takes_the_place_of_the_old_one(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    drop(studio.window.preview, [save_picture(tmp_path / "Me.png", size=(96, 128))])
    studio.until(lambda: "was added" in studio.notice())
    old = studio.gallery.find("Me").path
    studio.window.notices.action.click()
    studio.until(lambda: studio.window.adding.dialog is not None)
    dialog = studio.window.adding.dialog
    assert dialog is not None
    dialog.right.click()
    studio.qtbot.keyClick(dialog.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    dialog.use.click()
    studio.until(lambda: studio.gallery.find("Me").path != old)
    studio.until(lambda: names(studio) == ["Ada", "Bo", "Cy", "Me"])
    with Image.open(studio.gallery.find("Me").path) as kept:
        assert kept.size[0] < 128
        assert kept.size[1] == 96


# Folders


def test_the_pictures_of_a_dropped_folder_can_be_chosen_and_stay_where_they_are(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    (tmp_path / "cast").mkdir()
    for number in range(3):
        save_picture(tmp_path / "cast" / f"Role {number}.png")
    drop(studio.window.strip, [tmp_path / "cast"])
    studio.until(lambda: names(studio) == ["Role 0", "Role 1", "Role 2"])
    press(studio, Qt.Key.Key_2)
    studio.until(lambda: studio.session.shown[-1] == "Role 1")
    assert studio.window.settings.portrait == ""
    assert len(studio.gallery.portraits()) == 3
    assert not studio.window.strip.tiles()[0].removable
    studio.window.collection.open(None)
    assert names(studio) == ["Ada", "Bo", "Cy"]


def test_a_folder_of_2000_pictures_makes_a_hundred_tiles(studio: Studio, tmp_path: Path) -> None:
    studio.start()
    (tmp_path / "many").mkdir()
    for number in range(2000):
        (tmp_path / "many" / f"p{number}.png").touch()
    studio.window.collection.add_folder(tmp_path / "many")
    studio.until(lambda: studio.window.collection.folder == tmp_path / "many")
    assert len(studio.window.collection.items) == 2000
    assert len(studio.window.strip.tiles()) == 99
    studio.window.collection.turn(11)
    assert names(studio)[0] == "p99"


def test_a_share_that_hangs_holds_up_nothing_else(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.start()
    answers = threading.Event()

    def hang(folder: Path) -> tuple[list[GalleryItem], bool]:
        answers.wait(30)
        return [], False

    monkeypatch.setattr(collection, "pictures_in", hang)
    studio.window.collection.add_folder(Path("/dead/share"))
    press(studio, Qt.Key.Key_3)
    studio.until(lambda: studio.session.shown[-1] == "Cy")
    press(studio, Qt.Key.Key_R)
    studio.until(lambda: studio.window.recording.path is not None)
    answers.set()
