"""Order, names and notes of the gallery, its file to pass on, and folders of the user's own."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from puppet.errors import ConfigError, MediaError
from puppet.userdata.gallery import Gallery
from puppet.userdata.gallery_file import export_gallery, import_gallery
from puppet.userdata.picture_folders import MOST, pictures_in
from tests.support.studio import save_picture


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    gallery = Gallery(tmp_path / "bundled", tmp_path / "own")
    for number, name in enumerate(("Ada", "Bo", "Cy")):
        gallery.add(save_picture(tmp_path / f"{name}.png", (number, 90, 160)))
    return gallery


def names(gallery: Gallery) -> list[str]:
    return [item.name for item in gallery.portraits()]


def test_order_name_and_note_are_kept(gallery: Gallery, tmp_path: Path) -> None:
    ada, bo, cy = gallery.portraits()
    gallery.reorder([cy, ada, bo])
    gallery.rename(bo, "Bea")
    gallery.annotate(bo, "Bea agreed on 3 May")
    again = Gallery(tmp_path / "bundled", tmp_path / "own")
    assert names(again) == ["Cy", "Ada", "Bea"]
    assert again.portraits()[2].note == "Bea agreed on 3 May"
    assert again.find("bea").path == bo.path


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "x" * 81])
def test_a_name_that_is_none_is_refused_and_the_old_one_stays(gallery: Gallery, title: str) -> None:
    with pytest.raises(ConfigError):
        gallery.rename(gallery.portraits()[0], title)
    assert names(gallery) == ["Ada", "Bo", "Cy"]


def test_another_picture_takes_over_name_note_and_place(gallery: Gallery, tmp_path: Path) -> None:
    bo = gallery.portraits()[1]
    gallery.annotate(bo, "agreed")
    cropped = gallery.add(save_picture(tmp_path / "cropped.png", (7, 7, 7)))
    gallery.take_over(gallery.find("Bo"), cropped)
    gallery.remove(bo.path.stem)
    assert names(gallery) == ["Ada", "Bo", "Cy"]
    assert (gallery.find("Bo").path, gallery.find("Bo").note) == (cropped.path, "agreed")


def test_a_damaged_index_is_set_aside_and_no_portrait_is_lost(gallery: Gallery, tmp_path: Path) -> None:
    (tmp_path / "own" / "index.toml").write_text("portrait = 3")
    assert names(gallery) == ["Ada", "Bo", "Cy"]
    assert list((tmp_path / "own").glob("index.damaged-*.toml"))


def test_a_gallery_is_passed_on_with_names_and_notes(gallery: Gallery, tmp_path: Path) -> None:
    gallery.rename(gallery.portraits()[0], "Ada L.")
    gallery.annotate(gallery.portraits()[0], "agreed")
    export_gallery(gallery.portraits(), tmp_path / "mine.puppet-gallery")
    other = Gallery(tmp_path / "bundled", tmp_path / "other")
    added, problems = import_gallery(other, tmp_path / "mine.puppet-gallery")
    assert (len(added), problems) == (3, [])
    assert names(other) == ["Ada L.", "Bo", "Cy"]
    assert other.portraits()[0].note == "agreed"
    assert import_gallery(other, tmp_path / "mine.puppet-gallery") == ([], [])


def test_members_of_an_archive_that_are_no_pictures_are_named_and_written_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "bad.puppet-gallery"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gallery.toml", '[[portrait]]\nfile = "../evil.png"\n[[portrait]]\nfile = "gone.png"\n')
        archive.writestr("../evil.png", "no picture")
    added, problems = import_gallery(Gallery(tmp_path / "bundled", tmp_path / "own"), path)
    assert added == []
    assert len(problems) == 2
    assert not (tmp_path.parent / "evil.png").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"text"])
def test_a_file_that_is_no_gallery_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.puppet-gallery"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="no gallery"):
        import_gallery(Gallery(tmp_path / "bundled", tmp_path / "own"), path)


def test_a_folder_lists_its_first_2000_pictures_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in range(MOST + 5):
        (tmp_path / f"p{number}.png").touch()
    (tmp_path / "notes.txt").touch()
    items, more = pictures_in(tmp_path)
    assert (len(items), more) == (MOST, True)
    assert [item.name for item in items[9:12]] == ["p9", "p10", "p11"]


def test_a_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        pictures_in(tmp_path / "gone")


def test_folders_are_kept_once_each(gallery: Gallery, tmp_path: Path) -> None:
    gallery.set_folders([tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert gallery.folders() == [tmp_path / "a", tmp_path / "b"]
