"""Cached engine files: verified when read, bounded in size, never needed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from puppet.engines import disk_cache
from puppet.engines.disk_cache import cache_key, read_cached, write_cached


def test_cached_data_is_read_again(tmp_path: Path) -> None:
    write_cached(tmp_path / "a" / "b", b"content")
    assert read_cached(tmp_path / "a" / "b") == b"content"
    assert read_cached(tmp_path / "a" / "c") is None


@pytest.mark.parametrize("content", [b"", b"short", bytes(100)])
def test_a_damaged_file_is_removed_with_a_line(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "cached"
    path.write_bytes(content)
    assert read_cached(path) is None
    assert not path.exists()
    assert "damaged; making it again" in caplog.text


def test_the_oldest_files_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_cache, "_MAX_BYTES", 350)
    for age, name in enumerate(("old", "older", "oldest")):
        write_cached(tmp_path / name, bytes(50))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    write_cached(tmp_path / "new", bytes(200))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    with caplog.at_level(logging.INFO):
        write_cached(tmp_path / "file" / "cached", b"content")
    assert "is not cached" in caplog.text


def test_a_file_in_place_of_the_folder_is_an_empty_cache(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "home").touch()
    assert read_cached(tmp_path / "home" / "cache" / "b") is None
    assert caplog.text == ""


def test_keys_depend_on_every_fact() -> None:
    assert len({cache_key("a", "b"), cache_key("a", "c"), cache_key("a"), cache_key("ab")}) == 4


_FIRST_START = """
import sys
from pathlib import Path
from puppet.engines.disk_cache import read_cached, write_cached
path, data = Path(sys.argv[1]), bytes([int(sys.argv[2])]) * 100_000
for _ in range(100):
    write_cached(path, data)
    found = read_cached(path)
    assert found is not None and len(set(found)) == 1 and len(found) == 100_000, found
"""


def test_two_first_starts_share_a_cache_and_read_whole_files(tmp_path: Path) -> None:
    path = tmp_path / "engines" / "model"
    starts = [
        subprocess.Popen([sys.executable, "-c", _FIRST_START, str(path), number], stderr=subprocess.PIPE, text=True)
        for number in ("1", "2")
    ]
    for start in starts:
        _, err = start.communicate(timeout=60)
        assert (start.returncode, err) == (0, "")
    assert list(path.parent.iterdir()) == [path]
