"""Only regular files of bounded size are read; nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from puppet.regular_files import read_regular, read_toml


def test_content_of_a_file_is_returned(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\r\ncontent")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "file", 9) == read_regular(tmp_path / "link", 9) == b"\r\ncontent"


def test_larger_files_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(2049))
    with pytest.raises(OSError, match="larger than 2 KiB"):
        read_regular(tmp_path / "file", 2048)
    with pytest.raises(OSError, match="directory"):
        read_regular(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "none", 10)
    with pytest.raises(OSError, match="no valid path"):
        read_regular(tmp_path / "a\0b", 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in ("pipe", "device"):
        with pytest.raises(OSError, match="not a regular file"):
            read_regular(tmp_path / name, 10)


def test_toml_is_read_with_its_tables(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('a.b = [1, 2.5]\n[c]\nd = "e.f.g"\n', encoding="utf-8")
    assert read_toml(tmp_path / "a.toml", 1000) == {"a": {"b": [1, 2.5]}, "c": {"d": "e.f.g"}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a." * 30_000 + "b = 1", "more than 100 dots"),
        ('"\u2028".' * 9_000 + "b = 1", "more than 100 dots"),
        ("a = " + "[" * 9_000, "nested too deeply"),
        ("a = \x1b", "Invalid"),
        ("a = " + "9" * 5000, "digits"),
    ],
)
def test_toml_that_takes_for_ever_is_one_short_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=reason) as refused:
        read_toml(tmp_path / "a.toml", 1 << 20)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) <= 200
