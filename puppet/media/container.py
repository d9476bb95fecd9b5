"""Media files opened with PyAV, and what may go wrong with them, in one line each. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from puppet.errors import MediaError


def open_media(path: Path) -> InputContainer:
    """Open for reading; the usual mistakes get their own words. Raises MediaError."""
    if path.is_dir():
        raise MediaError(f"{path}: is a folder, not a video.")
    if not path.exists():
        raise MediaError(f"{path}: no such file.")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: is empty (0 bytes), not a video.")
    return av.open(str(path))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What FFmpeg or the system says while reading becomes one MediaError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{path}: is not a video, damaged or cut off ({_reason(error)}).") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What FFmpeg or the system says while writing becomes one MediaError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{path}: cannot be written ({_reason(error)}).") from error


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())
