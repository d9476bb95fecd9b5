"""The gallery: what is listed, added, removed and found; only files, no picture is decoded."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from puppet.errors import ConfigError, MediaError
from puppet.media.pictures import read_picture
from puppet.media.portrait_file import Shot, read_portrait, write_portrait
from puppet.userdata.gallery import BUNDLED, Gallery
from tests.support.cases import shared_case

ME = b"\xff\xd8\xff: not decoded"


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    folder = tmp_path / "bundled"
    folder.mkdir()
    (folder / "ada.jpg").write_bytes(b"ada")
    (folder / "bo.png").write_bytes(b"bo")
    entries = [("ada.jpg", "Ada Painted"), ("gone.jpg", "Gone"), ("bo.png", "Bo")]
    (folder / "avatars.toml").write_text("".join(f'[[avatar]]\nfile = "{f}"\ntitle = "{t}"\n' for f, t in entries))
    return folder


@pytest.fixture
def gallery(bundled: Path, tmp_path: Path) -> Gallery:
    return Gallery(bundled, tmp_path / "own")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "Me.JPG"
    path.write_bytes(ME)
    return path


def names(gallery: Gallery) -> list[str]:
    return [item.name for item in gallery.portraits()]


def test_bundled_portraits_come_in_the_order_of_their_list_without_missing_files(gallery: Gallery) -> None:
    assert names(gallery) == ["Ada Painted", "Bo"]


def test_an_added_picture_is_a_copy_that_outlives_the_original(gallery: Gallery, picture: Path) -> None:
    item = gallery.add(picture)
    picture.unlink()
    assert (item.name, item.bundled, item.path.read_bytes()) == ("Me", False, ME)
    assert names(gallery) == ["Ada Painted", "Bo", "Me"]


def test_a_portrait_of_several_pictures_is_added_like_a_picture(gallery: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "Me.portrait"
    write_portrait(path, [Shot(np.full((64, 64, 3), value, np.uint8)) for value in (40, 200)])
    item = gallery.add(path)
    path.unlink()
    assert (item.name, item.path.suffix) == ("Me", ".portrait")
    assert len(read_portrait(gallery.find("me").path)) == 2


def test_adding_the_same_content_twice_keeps_one_copy(gallery: Gallery, picture: Path, tmp_path: Path) -> None:
    again = tmp_path / "other name.jpg"
    again.write_bytes(picture.read_bytes())
    assert gallery.add(picture) == gallery.add(again)
    assert len(names(gallery)) == 3


def test_adding_a_picture_from_several_windows_at_once_keeps_one_whole_copy(
    gallery: Gallery, tmp_path: Path, picture: Path
) -> None:
    picture.write_bytes(ME * 500_000)
    with ThreadPoolExecutor(8) as pool:
        added = {item.path for item in pool.map(lambda _: gallery.add(picture), range(16))}
    assert set((tmp_path / "own").iterdir()) == added
    assert [path.read_bytes() == picture.read_bytes() for path in added] == [True]


def test_different_pictures_of_one_title_get_different_names(gallery: Gallery, tmp_path: Path) -> None:
    other = tmp_path / "Bo.jpg"
    other.write_bytes(ME + b"another bo")
    assert gallery.add(other).name == "Bo 2"


def test_a_title_with_characters_no_file_may_have_is_added(gallery: Gallery, tmp_path: Path) -> None:
    odd = tmp_path / "a?b. c.jpeg"
    odd.write_bytes(ME + b"odd")
    assert gallery.add(odd).name == "a_b. c"


def test_removing_deletes_the_copy_and_leaves_the_original(gallery: Gallery, picture: Path) -> None:
    copy = gallery.add(picture).path
    gallery.remove("me")
    assert not copy.exists()
    assert picture.exists()
    assert names(gallery) == ["Ada Painted", "Bo"]


def test_a_bundled_portrait_cannot_be_removed(gallery: Gallery, bundled: Path) -> None:
    with pytest.raises(ConfigError, match="ships with Puppet"):
        gallery.remove("Bo")
    assert (bundled / "bo.png").exists()


def test_removing_an_unknown_name_lists_the_known_ones(gallery: Gallery) -> None:
    with pytest.raises(ConfigError, match="Ada Painted, Bo"):
        gallery.remove("nobody")


def test_a_file_that_is_not_there_cannot_be_added(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nothing\.png: no such file"):
        gallery.add(tmp_path / "nothing.png")


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"<!DOCTYPE html><html>", "holds text, not a picture"), (b"\1\2\3\4" * 99, "not a picture"),
])  # fmt: skip
def test_what_is_no_picture_is_not_kept(gallery: Gallery, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=words):
        gallery.add(path)
    assert names(gallery) == ["Ada Painted", "Bo"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices in folders")
def test_pipes_devices_and_broken_links_are_refused_at_once(gallery: Gallery, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    for name in ("pipe.jpg", "zero.jpg", "loop.jpg", "a\0b.jpg"):
        with pytest.raises(MediaError, match="cannot be read"):
            gallery.add(tmp_path / name)


@pytest.mark.parametrize("name", ["Ada Painted", "ada painted", "ADA"])
def test_find_takes_titles_and_stems_in_any_case(gallery: Gallery, name: str) -> None:
    assert gallery.find(name).name == "Ada Painted"


def test_find_takes_the_path_of_any_file(gallery: Gallery, picture: Path) -> None:
    assert gallery.find(str(picture)).path == picture


def test_find_lists_the_known_names_when_there_is_neither(gallery: Gallery) -> None:
    with pytest.raises(ConfigError, match="“nobody”; known portraits: Ada Painted, Bo"):
        gallery.find("nobody")


def test_empty_and_foreign_files_in_the_own_folder_are_skipped(
    gallery: Gallery, picture: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = gallery.add(picture).path.parent
    (folder / "empty.png").touch()
    (folder / "notes.txt").write_text("not a picture")
    assert names(gallery) == ["Ada Painted", "Bo", "Me"]
    assert "empty.png is missing or empty" in caplog.text


@pytest.mark.parametrize("ending", [".jfif", ".jpe", ".avif", ".jp2", ".tga", ".webp", ""])
def test_any_picture_is_kept_whatever_its_ending(gallery: Gallery, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"Zoe{ending}"
    kind = {".jfif": "JPEG", ".jpe": "JPEG", "": "PNG"}.get(ending)
    Image.new("RGB", (80, 80), (9, 99, 200)).save(path, format=kind)
    item = gallery.add(path)
    assert item in gallery.portraits()
    assert item.path.read_bytes() == path.read_bytes()
    assert read_picture(item.path).shape == (80, 80, 3)
    assert gallery.add(path) == item
    assert len(list(item.path.parent.iterdir())) == 1


@pytest.mark.parametrize("name", ["画" * 80 + ".png", "n" * 246 + ".png"])
def test_long_names_are_kept_as_far_as_a_file_can_have_them(gallery: Gallery, tmp_path: Path, name: str) -> None:
    Image.new("RGB", (80, 80)).save(tmp_path / name)
    item = gallery.add(tmp_path / name)
    assert item in gallery.portraits()
    assert name.startswith(item.name)
    assert len(item.name) >= 60


@pytest.mark.parametrize("name", ["~nobody-has-this-name/a.png", "x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_not_found(gallery: Gallery, name: str) -> None:
    with pytest.raises(ConfigError, match="known portraits"):
        gallery.find(name)


@pytest.mark.parametrize("content", [
    "avatar = 3", "[[avatar]]\nfile = 7\ntitle = 'A'", "a = " + "[" * 5000, f"a = {'9' * 5000}", "\udcff",
])  # fmt: skip
def test_a_list_that_makes_no_sense_leaves_the_own_pictures(
    gallery: Gallery, bundled: Path, picture: Path, content: str
) -> None:
    gallery.add(picture)
    (bundled / "avatars.toml").write_text(content, errors="surrogateescape")
    assert names(gallery) == ["Me"]


def test_a_picture_from_a_browser_is_kept(gallery: Gallery) -> None:
    assert gallery.add(shared_case("photo.jfif")) in gallery.portraits()


def test_a_damaged_list_leaves_the_own_pictures(gallery: Gallery, bundled: Path, picture: Path) -> None:
    gallery.add(picture)
    (bundled / "avatars.toml").write_text("[[avatar]\nbroken")
    assert names(gallery) == ["Me"]


def test_the_shipped_gallery_has_six_portraits_or_more() -> None:
    assert len(Gallery(own=BUNDLED / "none").portraits()) >= 6
