"""Checks of input and output files before work begins, atomic writing, and names of recordings and snapshots.

Used by everything that reads or writes files. Any thread.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import platformdirs

from puppet.errors import MediaError

VIDEO_EXTENSIONS = (".mp4", ".mkv", ".mov")
RECORDING_EXTENSIONS = (".mp4", ".mkv")
PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg")


def check_input(path: Path, kind: str) -> None:
    """Check that a file can be read and is not empty.

    Args:
        path: the file.
        kind: the expected content for the message: "picture", "video".

    Raises:
        MediaError: the file does not exist, cannot be read or is empty, or is a folder.
    """
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise MediaError(f"{path}: no such file; check the path") from error
    except OSError as error:
        if path.is_dir():
            raise MediaError(f"{path}: is a folder, not a {kind}; give a file") from error
        raise MediaError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    if empty:
        raise MediaError(f"{path}: is empty (0 bytes), not a {kind}; choose another file")


def check_output(path: Path, extensions: tuple[str, ...], *, overwrite: bool = False) -> None:
    """Check that a file can be written, before any work is done for it.

    Args:
        path: the file.
        extensions: allowed extensions in lower case; empty: any.
        overwrite: allow an existing file.

    Raises:
        MediaError: unknown extension, a folder that is missing or cannot be written, or a file that exists already.
    """
    if extensions and path.suffix.lower() not in extensions:
        found = f'"{path.suffix}"' if path.suffix else "none"
        raise MediaError(f"{path}: found extension {found}; use one of {', '.join(extensions)}")
    if path.is_dir():
        raise MediaError(f"{path}: is a folder; give the name of a file")
    _check_folder(path.parent)
    if path.exists() and not overwrite:
        raise MediaError(f"{path}: exists already; choose another name, or give --overwrite where the command has it")


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise MediaError(f"{folder}: no such folder; create it first")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MediaError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; when the block succeeds it is renamed to `path`, else it is removed.

    The extension is kept, because writers infer the format from it. An existing `path` is unchanged until then.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def recording_path(now: datetime | None = None) -> Path:
    """Return a free, timestamped .mp4 name in the user's video folder, created if missing. Raises MediaError."""
    return _free_name(platformdirs.user_videos_path(), ".mp4", now)


def snapshot_path(now: datetime | None = None) -> Path:
    """Return a free, timestamped .png name in the user's picture folder, created if missing. Raises MediaError."""
    return _free_name(platformdirs.user_pictures_path(), ".png", now)


def _free_name(folder: Path, suffix: str, now: datetime | None) -> Path:
    stem = f"puppet-{now or datetime.now():%Y%m%d-%H%M%S}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(
            f"{folder}: cannot be created ({error.strerror}); create it or check its permissions"
        ) from error
    path, count = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, count = folder / f"{stem}-{count}{suffix}", count + 1
    return path
