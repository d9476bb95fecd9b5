"""Opening media files with PyAV, and turning its failures into one-line errors. Any thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from puppet.errors import MediaError
from puppet.media.files import check_input


def open_media(path: Path) -> InputContainer:
    """Open a file for reading. Raises MediaError, av.FFmpegError; use it inside `reading`."""
    check_input(path, "video")
    return av.open(str(path))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of FFmpeg and the system while reading `path` into MediaError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise MediaError(
            f"{path}: is not a video, damaged or cut off ({_reason(error)}); choose another file"
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn errors of FFmpeg and the system while writing `path` into MediaError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"{path}: cannot be written ({_reason(error)}); choose another folder") from error


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())
