"""Outputs that cannot be written are refused at once, and files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from puppet.errors import MediaError
from puppet.outputs import VIDEO_EXTENSIONS, check_output, whole_file


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
    with pytest.raises(reason), whole_file(tmp_path / "a.mp4") as part:
        part.write_text("half")
        raise reason
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("a.mp4", "old")]
