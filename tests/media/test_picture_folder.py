"""Clips as folders of PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from puppet.errors import MediaError
from puppet.media.picture_folder import FolderWriter, check_frames_folder

FRAMES = np.random.default_rng(0).integers(0, 256, (3, 20, 30, 4), np.uint8)


def _write(path: Path, *, overwrite: bool = False) -> FolderWriter:
    with FolderWriter(path, overwrite=overwrite) as writer:
        for index, frame in enumerate(FRAMES):
            writer.write(frame, index / 25)
    return writer


def test_frames_are_written_with_their_transparency(tmp_path: Path) -> None:
    writer = _write(tmp_path / "clip")
    assert writer.saved == tmp_path / "clip"
    files = sorted((tmp_path / "clip").iterdir())
    assert [file.name for file in files] == ["000000.png", "000001.png", "000002.png"]
    for file, frame in zip(files, FRAMES, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(file)), frame)
    assert list(tmp_path.iterdir()) == [tmp_path / "clip"]


def test_an_error_leaves_what_was_written_under_another_name(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "clip")
    writer.write(FRAMES[0], 0.0)
    writer.__exit__(KeyboardInterrupt)
    assert writer.saved == tmp_path / "clip-unfinished"
    assert [file.name for file in tmp_path.rglob("*.png")] == ["000000.png"]


def test_a_discarded_folder_is_removed(tmp_path: Path) -> None:
    with FolderWriter(tmp_path / "clip") as writer:
        writer.write(FRAMES[0], 0.0)
        writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_older_folder_of_frames_is_replaced_only_when_asked(tmp_path: Path) -> None:
    _write(tmp_path / "clip")
    with pytest.raises(MediaError, match="exists already"):
        check_frames_folder(tmp_path / "clip", overwrite=False)
    Image.fromarray(FRAMES[0]).save(tmp_path / "clip" / "000003.png")
    _write(tmp_path / "clip", overwrite=True)
    assert len(list((tmp_path / "clip").iterdir())) == 3


def test_a_folder_with_other_files_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(MediaError, match="holds other files"):
        check_frames_folder(tmp_path, overwrite=True)


@pytest.mark.parametrize(("name", "expected"), [("a.mp4", "extension"), ("missing/clip", "no such folder")])
def test_other_names_are_refused(tmp_path: Path, name: str, expected: str) -> None:
    with pytest.raises(MediaError, match=expected):
        check_frames_folder(tmp_path / name, overwrite=False)
