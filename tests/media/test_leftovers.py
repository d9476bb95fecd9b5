"""Files of killed runs: videos that can be played are kept, the rest is removed, running writers are left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from puppet.media.files import recording_path, release, visible_part, whole_file, whole_folder
from puppet.media.leftovers import own_folders, recover_leftovers
from puppet.media.video import VideoReader, VideoWriter
from tests.support.clips import even_times, moving_square


def _killed_rendering(out: Path) -> None:
    """Leave what a rendering has written when it is killed: its file, without the lock."""
    writer = VideoWriter(out, (64, 48), 25)
    for picture, time_s in zip(moving_square((64, 48), 120), even_times(25, 120), strict=True):
        writer.write(picture, time_s)
    content = visible_part(out).read_bytes()
    writer.discard()
    visible_part(out).write_bytes(content)


@pytest.mark.parametrize("name", ["o.mp4", "o.mkv", "o.mov"])
def test_a_killed_rendering_is_kept_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    _killed_rendering(tmp_path / name)
    [line] = recover_leftovers([tmp_path, tmp_path])
    kept = f"o-unfinished{Path(name).suffix}"
    assert line.endswith(f"what it rendered is kept as {kept}, the same command renders the whole")
    assert [path.name for path in tmp_path.iterdir()] == [kept]
    with VideoReader(tmp_path / kept) as video:
        assert 10 < sum(1 for _ in video.pictures()) < 120


def test_the_same_rendering_begins_again_beside_what_was_left(tmp_path: Path) -> None:
    _killed_rendering(tmp_path / "o.mp4")
    with VideoWriter(tmp_path / "o.mp4", (64, 48), 25) as writer:
        writer.write(moving_square((64, 48), 1)[0], 0.0)
    assert {path.name for path in tmp_path.iterdir()} == {"o.mp4", "o-unfinished.mp4"}


def test_incomplete_files_and_folders_are_removed_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".pack.0123abcd.puppet-part").mkdir()
    (tmp_path / ".pack.0123abcd.puppet-part" / "render.onnx").write_text("half")
    (tmp_path / ".settings.0123abcd.puppet-part.toml").write_text("half")
    (tmp_path / "o.puppet-part.mp4").write_bytes(b"no picture yet")
    (tmp_path / "puppet-20260504-120000.mp4").touch()  # a name that was reserved
    (tmp_path / "mine.part.mp4").touch()
    [line] = recover_leftovers([tmp_path])
    assert line.endswith("incomplete files were removed: 3")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.part.mp4"]
    assert recover_leftovers([tmp_path]) == []


def test_what_is_being_written_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_videos_path", lambda: tmp_path)
    reserved = recording_path()
    with (
        whole_file(tmp_path / "a.txt") as file,
        whole_folder(tmp_path / "pack") as folder,
        VideoWriter(tmp_path / "o.mp4", (64, 48), 25) as writer,
    ):
        writer.write(moving_square((64, 48), 1)[0], 0.0)
        before = set(tmp_path.iterdir())
        assert {file, folder} < before
        assert reserved.exists()
        assert recover_leftovers([tmp_path, *own_folders()]) == []
        assert set(tmp_path.iterdir()) == before
        assert reserved.exists()
    release(reserved)


def test_folders_that_do_not_exist_have_no_leftovers(home: Path) -> None:
    assert recover_leftovers(own_folders()) == []
    assert list(home.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipes_and_links_under_the_name_of_a_part_are_removed_without_being_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").touch()
    (tmp_path / "target.mp4").touch()
    out = tmp_path / "out"
    out.mkdir()
    os.mkfifo(out / ".a.0123abcd.puppet-part.mp4")
    (out / "b.puppet-part.mp4").symlink_to(tmp_path / "target.mp4")
    (out / ".c.0123abcd.puppet-part").symlink_to(folder)
    recover_leftovers([out])
    assert list(out.iterdir()) == []
    assert (folder / "a").exists()
    assert (tmp_path / "target.mp4").exists()
