"""Checks of output files, free names, and files that are written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import platformdirs
import pytest

from puppet.errors import MediaError
from puppet.media.animation import open_clip
from puppet.media.files import (
    VIDEO_EXTENSIONS,
    NewFile,
    check_output,
    keep_as,
    new_file,
    recording_path,
    release,
    snapshot_path,
    temporary_folder,
    visible_part,
    whole_file,
    whole_folder,
)
from puppet.media.pictures import read_picture
from puppet.media.video import VideoReader, _create
from puppet.motion.motion_track import holds_motion_track, read_motion_track

NOON = datetime(2026, 5, 4, 12, 0, 0)


def test_a_new_file_in_a_folder_that_exists_is_accepted(tmp_path: Path) -> None:
    check_output(tmp_path / "a.MP4", VIDEO_EXTENSIONS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.gif", "a", "a.mp4.txt"])
def test_an_unknown_extension_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(MediaError, match=r"\.mp4, \.mkv, \.mov"):
        check_output(tmp_path / name, VIDEO_EXTENSIONS)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such folder"):
        check_output(tmp_path / "none" / "a.mp4", VIDEO_EXTENSIONS)


def test_a_folder_as_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(MediaError, match="is a folder"):
        check_output(tmp_path / "a.mp4", VIDEO_EXTENSIONS)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        check_output(Path("/proc/self/a.mp4"), VIDEO_EXTENSIONS)


def test_an_existing_file_needs_leave_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("precious")
    with pytest.raises(MediaError, match="exists already"):
        check_output(path, VIDEO_EXTENSIONS)
    check_output(path, VIDEO_EXTENSIONS, overwrite=True)
    assert path.read_text() == "precious"


def test_a_whole_file_appears_only_when_the_block_ends_well(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.mp4") as part:
        part.write_text("new")
        assert part.suffix == ".mp4"
        assert not (tmp_path / "a.mp4").exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("reason", [ValueError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path, reason: type[BaseException]) -> None:
    (tmp_path / "a.mp4").write_text("old")
    with pytest.raises(reason), whole_file(tmp_path / "a.mp4") as part:  # noqa: PT012
        part.write_text("half")
        raise reason
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("a.mp4", "old")]


def test_recordings_and_snapshots_get_timestamped_names_that_are_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_videos_path", lambda: tmp_path / "Videos")
    monkeypatch.setattr(platformdirs, "user_pictures_path", lambda: tmp_path / "Pictures")
    first, second, snapshot = recording_path(NOON), recording_path(NOON), snapshot_path(NOON)
    assert first == tmp_path / "Videos" / "Puppet" / "puppet-20260504-120000.mp4"
    assert second.name == "puppet-20260504-120000-2.mp4"
    assert snapshot == tmp_path / "Pictures" / "Puppet" / "puppet-20260504-120000.png"
    check_output(first, VIDEO_EXTENSIONS)  # its own reservation is no file that exists
    new_file(first).close()
    for path in (first, second, snapshot):
        release(path)
    assert first.exists()  # it was written
    assert not second.exists()
    assert not snapshot.exists()


def test_threads_that_record_in_the_same_second_get_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_videos_path", lambda: tmp_path)
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: recording_path(NOON), range(32)))
    assert len(set(names)) == 32
    for name in names:
        release(name)
    assert list((tmp_path / "Puppet").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files as folders fail differently there")
def test_a_video_folder_that_cannot_be_created_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(platformdirs, "user_videos_path", lambda: tmp_path / "file" / "Videos")
    with pytest.raises(MediaError, match="cannot be created"):
        recording_path(NOON)


def test_two_writers_of_one_file_are_each_whole_and_the_last_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with whole_file(path) as first:
        with whole_file(path) as second:
            first.write_text("first")
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_appeared_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(FileExistsError), whole_file(path, overwrite=False) as part:  # noqa: PT012
        part.write_text("mine")
        path.write_text("somebody else's")
    assert path.read_text() == "somebody else's"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_created_by_one_writer_only(tmp_path: Path) -> None:
    with NewFile(tmp_path / "a.mp4") as file:
        with pytest.raises(FileExistsError):
            NewFile(tmp_path / "a.mp4")
        assert file.in_place
        (tmp_path / "a.mp4").replace(tmp_path / "b.mp4")
        assert not file.in_place
        file.remove()
    assert (tmp_path / "b.mp4").exists()  # no longer its file


@pytest.mark.parametrize("rendered", [False, True])
def test_of_writers_that_begin_at_the_same_time_one_gets_the_file(tmp_path: Path, rendered: bool) -> None:
    """Others that look whether the new file is a leftover must not take it from the one that has created it."""

    def begin(path: Path) -> NewFile | None:
        together.wait(60.0)
        try:
            return _create(visible_part(path) if rendered else path, path)
        except MediaError:
            return None

    together, interval = threading.Barrier(6), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(6) as pool:
            for number in range(150):
                path = tmp_path / f"{number}.mp4"
                files = [file for file in pool.map(begin, [path] * 6) if file is not None]
                assert [file.in_place for file in files] == [True]
                files[0].close()
    finally:
        sys.setswitchinterval(interval)
    assert len(list(tmp_path.iterdir())) == 150


def test_what_is_kept_gets_the_next_free_number(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "part.mp4").write_text(str(number))
        keep_as(tmp_path / "part.mp4", tmp_path / "a.mp4")
    assert [(tmp_path / name).read_text() for name in ("a.mp4", "a-2.mp4", "a-3.mp4")] == ["0", "1", "2"]


@pytest.mark.parametrize("stem", ["a" * 250, "頭" * 83])
def test_names_of_250_bytes_can_be_written(tmp_path: Path, stem: str) -> None:
    path = tmp_path / f"{stem}.mp4"
    check_output(path, VIDEO_EXTENSIONS)
    with whole_file(path) as part:
        part.write_text("new")
    assert list(tmp_path.iterdir()) == [path]


def test_names_that_cannot_be_and_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        check_output(tmp_path / ("a" * 300 + ".mp4"), VIDEO_EXTENSIONS)
    if Path("/dev/null").exists():
        with pytest.raises(MediaError, match="is a device"):
            check_output(Path("/dev/null"), (), overwrite=True)


def test_a_folder_appears_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "pack") as part:
        (part / "a").write_text("1")
        assert not (tmp_path / "pack").exists()
    with pytest.raises(ValueError, match="no"), whole_folder(tmp_path / "other") as part:
        raise ValueError("no")
    with pytest.raises(OSError), whole_folder(tmp_path / "pack") as part:  # noqa: PT011 - the reason is the system's
        (part / "a").write_text("2")
    assert [(path.name, (path / "a").read_text()) for path in tmp_path.iterdir()] == [("pack", "1")]


def test_without_temporary_space_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(**_: object) -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", nowhere)
    with pytest.raises(MediaError, match="TMPDIR"), temporary_folder():
        pass


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that even root cannot write to")
def test_a_home_that_cannot_be_written_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for find in ("user_videos_path", "user_pictures_path"):
        monkeypatch.setattr(platformdirs, find, lambda: Path("/proc/self/fd"))
    with pytest.raises(MediaError, match="cannot be created"):
        recording_path()
    with pytest.raises(MediaError, match="cannot be created"):
        snapshot_path()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("read", [read_picture, VideoReader, open_clip, read_motion_track, holds_motion_track])
def test_a_pipe_or_device_is_refused_and_never_waited_for(tmp_path: Path, read: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path / "pipe.mp4", Path("/dev/zero")):
        with pytest.raises(MediaError, match="not a regular file"):
            read(path)
