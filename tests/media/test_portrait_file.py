"""Portrait files: written, read, and refused when they are damaged."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.pictures import write_picture
from puppet.media.portrait_file import (
    LONGEST_SIDE_PX,
    Shot,
    holds_portrait,
    read_face,
    read_portrait,
    read_thumbnail,
    write_portrait,
)


def _picture(value: int, shape: tuple[int, int] = (96, 80)) -> Picture:
    return np.full((*shape, 3), value, np.uint8)


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "me.portrait"
    write_portrait(path, [Shot(_picture(40), 0, "a.jpg"), Shot(_picture(200, (128, 128)), 1, "b.mp4, 1.2 s")])
    return path


def test_pictures_come_back_in_their_order_with_clip_and_origin(portrait: Path) -> None:
    shots = read_portrait(portrait)
    assert [(shot.picture.shape, shot.clip, shot.origin) for shot in shots] == [
        ((96, 80, 3), 0, "a.jpg"),
        ((128, 128, 3), 1, "b.mp4, 1.2 s"),
    ]
    assert [int(shot.picture.mean().round()) for shot in shots] == [40, 200]
    assert holds_portrait(portrait)


def test_the_face_of_a_portrait_is_its_first_picture(portrait: Path) -> None:
    assert read_face(portrait).mean().round() == 40
    assert read_thumbnail(portrait).shape == (96, 80, 3)


def test_a_picture_is_a_portrait_of_one(tmp_path: Path) -> None:
    path = tmp_path / "me.png"
    write_picture(path, _picture(7))
    (shot,) = read_portrait(path)
    np.testing.assert_array_equal(shot.picture, _picture(7))
    assert not holds_portrait(path)


def test_the_same_pictures_make_the_same_file(portrait: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.portrait"
    write_portrait(again, read_portrait(portrait))
    third = tmp_path / "third.portrait"
    write_portrait(third, read_portrait(portrait))
    assert again.read_bytes() == third.read_bytes()


def test_large_pictures_are_reduced(tmp_path: Path) -> None:
    path = tmp_path / "large.portrait"
    write_portrait(path, [Shot(_picture(9, (LONGEST_SIDE_PX + 400, 300)))])
    assert read_portrait(path)[0].picture.shape[0] == LONGEST_SIDE_PX


def test_a_narrow_picture_can_be_read_again_narrower_than_a_picture_of_its_own_may_be(tmp_path: Path) -> None:
    path = tmp_path / "narrow.portrait"
    write_portrait(path, [Shot(_picture(9, (4096, 64)))])
    assert read_portrait(path)[0].picture.shape[:2] == (LONGEST_SIDE_PX, 34)
    assert max(read_thumbnail(path).shape[:2]) == 256


def test_an_existing_file_is_kept(portrait: Path) -> None:
    with pytest.raises(MediaError, match="exists"):
        write_portrait(portrait, [Shot(_picture(1))])
    assert len(read_portrait(portrait)) == 2


def _rewritten(path: Path, change: Callable[[dict[str, bytes]], object], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _edit(members: dict[str, bytes], key: str, value: object) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest[key] = value
    members["manifest.json"] = json.dumps(manifest).encode()


def test_a_changed_picture_is_refused(portrait: Path) -> None:
    _rewritten(portrait, lambda members: members.update({"01.jpg": members["01.jpg"] + b" "}))
    with pytest.raises(MediaError, match=r"me\.portrait: the portrait file is damaged \(01\.jpg was changed\)"):
        read_portrait(portrait)
    assert read_face(portrait).shape == (96, 80, 3)  # the neutral picture is whole


def test_a_missing_picture_is_refused(portrait: Path) -> None:
    _rewritten(portrait, lambda members: members.pop("01.jpg"))
    with pytest.raises(MediaError, match="is damaged"):
        read_portrait(portrait)


def test_a_newer_version_asks_for_an_update(portrait: Path) -> None:
    _rewritten(portrait, lambda members: _edit(members, "version", 2))
    with pytest.raises(MediaError, match="has version 2 of portrait files, this Puppet reads 1; update Puppet"):
        read_portrait(portrait)


def test_too_many_pictures_are_refused(portrait: Path) -> None:
    _rewritten(portrait, lambda members: members.update({f"more{index}": b"" for index in range(40)}))
    with pytest.raises(MediaError, match="has 44 members"):
        read_portrait(portrait)


def test_a_compressed_member_is_refused_before_it_is_unpacked(portrait: Path) -> None:
    _rewritten(portrait, lambda members: members.update({"01.jpg": bytes(1 << 20)}), zipfile.ZIP_DEFLATED)
    with pytest.raises(MediaError, match="or compressed"):
        read_portrait(portrait)


@pytest.mark.parametrize("kept", [20, 60, 700, -40])
def test_a_file_without_its_end_is_refused_in_one_line(portrait: Path, kept: int) -> None:
    portrait.write_bytes(portrait.read_bytes()[:kept])
    with pytest.raises(MediaError) as caught:
        read_portrait(portrait)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["text", [], [{"file": "../../etc/passwd", "sha256": "0" * 64}], [1], None])
def test_a_wrong_list_of_pictures_is_refused(portrait: Path, value: object) -> None:
    _rewritten(portrait, lambda members: _edit(members, "pictures", value))
    with pytest.raises(MediaError) as caught:
        read_portrait(portrait)
    assert "\n" not in str(caught.value)
