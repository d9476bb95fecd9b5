"""What engines keep between two starts, in the user's cache folder: compiled models, and which engine was the fastest.

Nothing in it is needed: what is missing, damaged or cannot be written is made again. Any thread.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from pathlib import Path

import platformdirs

from puppet.media.files import whole_file

_DIGEST_BYTES = 32
_MOST_BYTES = 1 << 30
_log = logging.getLogger(__name__)


def cache_folder(library: str) -> Path:
    """Where a library's compiled models lie; it may not exist yet."""
    return platformdirs.user_cache_path("puppet", appauthor=False) / "engines" / library


def cache_key(*facts: str) -> str:
    """A file name for something that depends on these facts."""
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


def read_kept(path: Path) -> bytes | None:
    """What `keep` wrote there; None when there is nothing, or, with a line in the log, when it is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, data = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(data).digest() == digest:
        return data
    discard(path, "it is damaged")
    return None


def discard(path: Path, reason: str) -> None:
    """Remove something kept, with a line in the log."""
    _log.warning("%s: %s; it is made again.", path, reason)
    with suppress(OSError):  # it may not be ours to remove: then it is made again every time
        path.unlink()


def keep(path: Path, data: bytes) -> None:
    """Write with a checksum, whole or not at all; the oldest files of the folder make room. Failing is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent, len(data))
        with whole_file(path) as part:
            part.write_bytes(hashlib.sha256(data).digest() + data)
    except OSError as error:
        _log.info("%s is not kept: %s", path, error.strerror)


def _make_room(folder: Path, size: int) -> None:
    kept = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.stat().st_mtime)
    total = size + sum(path.stat().st_size for path in kept)
    for path in kept:
        if total <= _MOST_BYTES:
            return
        total -= path.stat().st_size
        path.unlink(missing_ok=True)
