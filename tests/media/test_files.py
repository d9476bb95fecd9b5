"""Checks of output files, free names, and files that are written whole or not at all."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import platformdirs
import pytest

from puppet.errors import MediaError
from puppet.media.files import VIDEO_EXTENSIONS, check_output, recording_path, snapshot_path, whole_file

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
    first = recording_path(NOON)
    assert first == tmp_path / "Videos" / "puppet-20260504-120000.mp4"
    first.touch()
    assert recording_path(NOON).name == "puppet-20260504-120000-2.mp4"
    assert snapshot_path(NOON) == tmp_path / "Pictures" / "puppet-20260504-120000.png"


@pytest.mark.skipif(sys.platform == "win32", reason="files as folders fail differently there")
def test_a_video_folder_that_cannot_be_created_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(platformdirs, "user_videos_path", lambda: tmp_path / "file" / "Videos")
    with pytest.raises(MediaError, match="cannot be created"):
        recording_path(NOON)
