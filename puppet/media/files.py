"""Files that Puppet leaves behind: names that overwrite nothing, refusals before the work, whole files or none.

Used by the offline renderer, snapshots, statistics and settings, and before a recording begins. Any thread.
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


def check_output(path: Path, extensions: tuple[str, ...], *, overwrite: bool = False) -> None:
    """Refuse a file that could not be written, before any work is done for it.

    Args:
        path: where it shall be.
        extensions: what it may end with, in lower case; empty: anything.
        overwrite: whether it may exist already.

    Raises:
        MediaError: unknown extension, a folder that is missing or cannot be written, or a file that exists already.
    """
    if extensions and path.suffix.lower() not in extensions:
        found = f'"{path.suffix}"' if path.suffix else "none"
        raise MediaError(f"{path}: the extension must be one of {', '.join(extensions)}; found {found}.")
    if path.is_dir():
        raise MediaError(f"{path}: is a folder; give the name of a file.")
    _check_folder(path.parent)
    if path.exists() and not overwrite:
        raise MediaError(f"{path}: exists already; choose another name (animate: or --overwrite).")


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise MediaError(f"{folder}: no such folder; make it first.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MediaError(f"{folder}: cannot be written ({error.strerror}).") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a hidden name beside `path` to write to; it becomes `path` when the block ends well, else it is removed.

    The extension is kept, because writers tell the format from it. An existing `path` stays untouched until then.
    """
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def recording_path(now: datetime | None = None) -> Path:
    """A free, timestamped .mp4 name in the user's video folder, which is made when missing. Raises MediaError."""
    return _free_name(platformdirs.user_videos_path(), ".mp4", now)


def snapshot_path(now: datetime | None = None) -> Path:
    """A free, timestamped .png name in the user's picture folder, which is made when missing. Raises MediaError."""
    return _free_name(platformdirs.user_pictures_path(), ".png", now)


def _free_name(folder: Path, suffix: str, now: datetime | None) -> Path:
    stem = f"puppet-{now or datetime.now():%Y%m%d-%H%M%S}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(f"{folder}: cannot be made ({error.strerror}).") from error
    path, count = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, count = folder / f"{stem}-{count}{suffix}", count + 1
    return path
