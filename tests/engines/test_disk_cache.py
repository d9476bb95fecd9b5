"""Cached engine files: verified when read, bounded in size, never needed."""

from __future__ import annotations

import logging
import os
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


def test_keys_depend_on_every_fact() -> None:
    assert len({cache_key("a", "b"), cache_key("a", "c"), cache_key("a"), cache_key("ab")}) == 4
