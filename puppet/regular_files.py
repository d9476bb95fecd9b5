"""Read untrusted files of bounded size; pipes and devices are refused without waiting for them.

Used for every file that may come from outside. Any thread.
"""

from __future__ import annotations

import errno
import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

# Without it, opening a pipe waits for its writer; 0 where the system has no such flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_MOST_DOTS = 100
_REASON = 200


@contextmanager
def open_regular(path: Path, most_bytes: int) -> Iterator[BufferedReader]:
    """Open a regular file of at most `most_bytes` to read.

    Raises:
        OSError: it cannot be opened, is larger, or is a folder, a pipe or a device; `strerror` is one phrase.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except ValueError as error:  # a path with a zero byte
        raise OSError(errno.EINVAL, "no valid path") from error
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if found.st_size > most_bytes:
            raise OSError(errno.EFBIG, f"larger than {_size(most_bytes)}")
        yield file


def read_regular(path: Path, most_bytes: int) -> bytes:
    """Return the content of a regular file of at most `most_bytes`. Raises OSError, see `open_regular`."""
    with open_regular(path, most_bytes) as file:
        content = file.read(os.fstat(file.fileno()).st_size + 1)  # it allocates what it is asked for
    if len(content) > most_bytes:  # it has grown since
        raise OSError(errno.EFBIG, f"larger than {_size(most_bytes)}")
    return content


def read_toml(path: Path, most_bytes: int) -> dict[str, Any]:
    """Return the tables of a TOML file of at most `most_bytes`.

    Raises:
        OSError: the file cannot be read, see `open_regular`.
        ValueError: it is not TOML, or nested deeper than any file of this program; one line.
    """
    text = read_regular(path, most_bytes).decode()
    # The time that `tomllib` takes for a dotted key is the square of its length.
    if any(line.count(".") > _MOST_DOTS for line in text.split("\n")):
        raise ValueError(f"a line has more than {_MOST_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())[:_REASON]) from error


def _size(count: int) -> str:
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >> shift:
            return f"{count >> shift} {unit}"
    return f"{count} bytes"
