"""Checks of input and output files, files and folders written whole or not at all, names of recordings and snapshots.

Used by everything that reads or writes files. Any thread. A file is written under a temporary name, created exclusively
and locked; what a killed process leaves is found by `puppet.media.leftovers`, because its lock is gone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from typing_extensions import override

from puppet.errors import MediaError
from puppet.media.folders import recordings_folder, snapshots_folder
from puppet.regular_files import open_regular

if sys.platform != "win32":
    import fcntl

VIDEO_EXTENSIONS = (".mp4", ".mkv", ".mov")
ALL_VIDEO_EXTENSIONS = (*VIDEO_EXTENSIONS, ".webm")
RECORDING_EXTENSIONS = (".mp4", ".mkv", ".mov")
PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".webp")
_ANY_SIZE = 1 << 62
PART = ".puppet-part"
"""Marks the names of files and folders that are being written."""
_LONGEST_STEM_BYTES = 200


def check_input(path: Path, kind: str) -> None:
    """Check that a file can be read and is not empty.

    Args:
        path: the file.
        kind: the expected content for the message: "picture", "video".

    Raises:
        MediaError: the file does not exist, cannot be read or is empty, or is a folder.
    """
    try:
        with open_regular(path, _ANY_SIZE) as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise MediaError(f"{path}: no such file; check the path") from error
    except OSError as error:
        if path.is_dir():
            raise MediaError(f"{path}: is a folder, not a {kind}; give a file") from error
        raise MediaError(f"{path}: cannot be read ({error.strerror}); choose another file") from error
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
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = None
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror}); choose another name") from error
    if mode is not None and not stat.S_ISREG(mode):
        kind = "folder" if stat.S_ISDIR(mode) else "device"
        raise MediaError(f"{path}: is a {kind}; give the name of a file")
    check_folder(path.parent)
    if mode is not None and not overwrite and path not in _reserved:
        raise MediaError(f"{path}: exists already; choose another name, or give --overwrite where the command has it")


def check_folder(folder: Path) -> None:
    """Check that files can be created in a folder. Raises MediaError."""
    if not folder.is_dir():
        raise MediaError(f"{folder}: no such folder; create it first")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise MediaError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from error


class NewFile(AbstractContextManager["NewFile"]):
    """A file that this writer alone writes: created exclusively, and locked until it is closed or its process ends.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        """Create `path`. Raises FileExistsError, and OSError when the folder cannot be written."""
        self.path = path
        self._descriptor = _create(path)
        while not self._lock():
            self.close()
            self._descriptor = _create(path)

    @property
    def in_place(self) -> bool:
        """False when the file, or its folder, was deleted, moved or replaced."""
        return _is_at(self._descriptor, self.path)

    def finish(self, target: Path, *, overwrite: bool) -> None:
        """Write the content to the disk, give the file its name and close it.

        Args:
            target: the name, in the same folder.
            overwrite: replace an existing file.

        Raises:
            FileExistsError: `target` exists, and `overwrite` is False.
            OSError: the disk is full or gone.
        """
        _sync(self.path)
        if target == self.path:
            _sync_folder(target.parent)
        else:
            self._release_on_windows()
            move_file(self.path, target, overwrite=overwrite)
        self.close()

    def keep(self, target: Path) -> Path:
        """Give the file the name `target`, numbered if that is taken, and close it; return the name. Raises OSError."""
        self._release_on_windows()
        name = keep_as(self.path, target)
        self.close()
        return name

    def remove(self) -> None:
        """Delete the file, unless it is finished, and close it; safe to call twice."""
        own = self._descriptor >= 0 and self.in_place
        self.close()
        if own:
            with suppress(OSError):
                self.path.unlink()

    def close(self) -> None:
        """Release the file; safe to call twice."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    @override
    def __exit__(self, *error: object) -> None:
        self.close()

    def _lock(self) -> bool:
        """Lock the new file; False when it was taken for a leftover before, and removed.

        A process that only asks whether the file is a leftover holds the lock for a moment.
        """
        _lock(self._descriptor, wait=True)
        return self.in_place

    def _release_on_windows(self) -> None:
        """Close the file where an open one cannot be renamed."""
        if os.name == "nt":
            self.close()


_reserved: dict[Path, NewFile] = {}
"""Names that `recording_path` and `snapshot_path` gave out, as empty files, until they are written or released."""


def new_file(path: Path) -> NewFile:
    """Create a file that does not exist yet, or take the reserved one. Raises FileExistsError, OSError."""
    return _reserved.pop(path, None) or NewFile(path)


def release(path: Path) -> None:
    """Give a reserved name back, if nothing was written under it."""
    if file := _reserved.pop(path, None):
        file.remove()


def move_file(source: Path, target: Path, *, overwrite: bool) -> None:
    """Rename a file in its folder. Raises FileExistsError without `overwrite`, and OSError."""
    with ExitStack() as opened:
        if not overwrite:
            taken = new_file(target)
            opened.callback(taken.remove)  # unless it was replaced
            if os.name == "nt":
                taken.close()
        source.replace(target)
    _sync_folder(target.parent)


def keep_as(source: Path, target: Path) -> Path:
    """Rename a file to `target`, or to the next number that is free; return the new name. Raises OSError."""
    for name in _numbered(target):
        with suppress(FileExistsError):
            move_file(source, name, overwrite=False)
            return name
    raise AssertionError("Numbers do not end")


@contextmanager
def whole_file(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Yield a temporary name beside `path`; when the block succeeds it is renamed to `path`, else it is removed.

    The extension is kept, because writers infer the format from it. An existing `path` is unchanged until then. The
    content is on the disk before the name is: a power failure leaves the old file or the new one. Every writer of
    `path` has a temporary name of its own; the last one to finish replaces the others.

    Args:
        path: the file.
        overwrite: replace an existing file; otherwise FileExistsError is raised.
    """
    part = NewFile(_hidden_part(path))
    try:
        yield part.path
        part.finish(path, overwrite=overwrite)
    finally:
        part.remove()


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 file, replacing an older one. Raises MediaError."""
    try:
        with whole_file(path) as part:
            part.write_text(text, "utf-8")
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror}); choose another file") from error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; when the block succeeds it is renamed to `path`, else it is removed.

    Raises:
        OSError: `path` exists and is not empty, or cannot be written.
    """
    part = _hidden_part(path)
    part.mkdir(parents=True)
    try:
        with locked(part):
            yield part
            for entry in [*part.iterdir(), part]:
                _sync(entry)
            part.rename(path)
            _sync_folder(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock a file or a folder inside this context; yield False when another process holds it, or may hold it."""
    if sys.platform == "win32":  # an open file can be neither deleted nor renamed there; of folders nothing is known
        yield path.is_file()
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe under this name would wait
    except OSError:
        yield False
        return
    try:
        yield _lock(descriptor, unsupported=False) and _is_at(descriptor, path)
    finally:
        os.close(descriptor)


def visible_part(path: Path) -> Path:
    """Return the name under which the video `path` is rendered; the same for every run, so that only one renders it."""
    return path.with_name(f"{_short(path.stem)}{PART}{path.suffix}")


def unfinished_name(path: Path) -> Path:
    """Return the name for the pictures of `path` that were rendered when the rendering was stopped."""
    return path.with_name(f"{_short(path.stem.removesuffix(PART))}-unfinished{path.suffix}")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a folder that is removed at the end. Raises MediaError when there is no place for one."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="puppet-", ignore_cleanup_errors=True)
    except OSError as error:
        reason = error.strerror or error
        raise MediaError(
            f"No temporary folder can be made ({reason}); free some space or set TMPDIR to another folder"
        ) from error
    with folder as name:
        yield Path(name)


def recording_path(now: datetime | None = None) -> Path:
    """Reserve a timestamped .mp4 name in `recordings_folder`, created if missing. Raises MediaError.

    Pass the name to `VideoWriter`, or to `release`.
    """
    return _reserve(recordings_folder(), ".mp4", now)


def snapshot_path(now: datetime | None = None) -> Path:
    """Reserve a timestamped .png name in `snapshots_folder`, created if missing; see `recording_path`."""
    return _reserve(snapshots_folder(), ".png", now)


def _reserve(folder: Path, suffix: str, now: datetime | None) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(
            f"{folder}: cannot be created ({error.strerror}); create it or check its permissions"
        ) from error
    for path in _numbered(folder / f"puppet-{now or datetime.now():%Y%m%d-%H%M%S}{suffix}"):
        try:
            _reserved[path] = NewFile(path)
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise MediaError(f"{folder}: cannot be written ({error.strerror}); check its permissions") from error
    raise AssertionError("Numbers do not end")


def _numbered(path: Path) -> Iterator[Path]:
    """Yield a name, then the same name with -2, -3 and so on."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _hidden_part(path: Path) -> Path:
    return path.with_name(f".{_short(path.stem)}.{secrets.token_hex(4)}{PART}{path.suffix}")


def _short(stem: str) -> str:
    """Cut a name so that it can be lengthened: file systems allow 255 bytes."""
    return os.fsencode(stem)[:_LONGEST_STEM_BYTES].decode(errors="ignore")


def _create(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)


def _is_at(descriptor: int, path: Path) -> bool:
    """True when `path` is the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _lock(descriptor: int, *, unsupported: bool = True, wait: bool = False) -> bool:
    """Lock an open file; False: another process holds it.

    On Windows an open file can be neither deleted nor renamed: no lock is needed.

    Args:
        descriptor: of the file or folder.
        unsupported: the result on a drive that has no locks.
        wait: wait for the other process.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return unsupported
    return True


def _sync(path: Path) -> None:
    """Write a file's content to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Write a folder's names to the disk, where the system can."""
    with suppress(OSError):
        _sync(folder)
