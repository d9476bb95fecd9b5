"""Engine files in the user's cache folder: compiled models, and which engine was the fastest.

Missing, damaged or unwritable files are only made again. Any thread.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import platformdirs

from puppet import __version__
from puppet.media.files import PART, whole_file
from puppet.regular_files import read_regular

_DIGEST_BYTES = 32
_MAX_BYTES = 1 << 30
_WHEELS = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "openvino", "torch")
_log = logging.getLogger(__name__)


def cache_folder(library: str) -> Path:
    """Return the folder of a library's cached files; it may not exist yet."""
    return platformdirs.user_cache_path("puppet", appauthor=False) / "engines" / library


def cache_key(*facts: str) -> str:
    """Return a file name for something that depends on these facts."""
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


def library_versions() -> list[str]:
    """Return the installed libraries that run graphs, and Puppet, each with its version."""
    found = [f"puppet {__version__}"]
    for wheel in _WHEELS:
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{wheel} {metadata.version(wheel)}")
    return found


def read_cached(path: Path) -> bytes | None:
    """Return the data that `write_cached` wrote; None when it is missing, or damaged (with a line in the log)."""
    try:
        content = read_regular(path, _MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        _log.warning("%s: cannot be read (%s); making it again", path, error.strerror)
        return None
    digest, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(data).digest() == digest:
        return data
    discard(path, "damaged")
    return None


def discard(path: Path, reason: str) -> None:
    """Remove a cached file, with a line in the log."""
    _log.warning("%s: %s; making it again", path, reason)
    with suppress(OSError):  # without permission to remove it, it is made again at every start
        path.unlink()


def write_cached(path: Path, data: bytes) -> bool:
    """Write data with its checksum, whole or not at all, and remove the folder's oldest files.

    Returns:
        False when it cannot be written, which is no error.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent, len(data))
        with whole_file(path) as part:
            part.write_bytes(hashlib.sha256(data).digest() + data)
    except OSError as error:
        _log.info("%s is not cached: %s", path, error.strerror)
        return False
    return True


def _make_room(folder: Path, size: int) -> None:
    cached = sorted(
        (path for path in folder.iterdir() if path.is_file() and PART not in path.name),
        key=lambda path: path.stat().st_mtime,
    )
    total = size + sum(path.stat().st_size for path in cached)
    for path in cached:
        if total <= _MAX_BYTES:
            return
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
