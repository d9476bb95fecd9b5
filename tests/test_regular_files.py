"""Only regular files of bounded size are read; nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from puppet.regular_files import read_regular


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
