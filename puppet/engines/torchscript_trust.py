"""Checksums of the TorchScript files exported on this computer. TorchScript is a program: other files never run.

The list is stored in the user's data folder; each export adds to it. Any thread.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import platformdirs

from puppet.packs import Pack
from puppet.regular_files import read_regular

SUFFIX = ".pt"
_MAX_LIST_BYTES = 16 << 20

_log = logging.getLogger(__name__)


def trust(pack: Pack) -> None:
    """Add the TorchScript files of a pack exported here to the list. When that fails, the pack runs as modules."""
    digests = [digest for name, digest in pack.files.items() if name.endswith(SUFFIX)]
    if not digests:
        return
    path = _list_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as stream:
            stream.writelines(f"{digest}\n" for digest in digests)
    except OSError as error:
        _log.warning("%s: %s; the pack's TorchScript will not run", path, error.strerror)


def is_trusted(pack: Pack, graph: str) -> bool:
    """Return True when a graph's TorchScript, of a verified pack, was exported here."""
    try:
        lines = read_regular(_list_path(), _MAX_LIST_BYTES).decode("ascii", "replace")
    except OSError:
        return False
    return pack.files.get(f"{graph}{SUFFIX}") in re.findall(r"^[0-9a-f]{64}$", lines, re.MULTILINE)


def _list_path() -> Path:
    return platformdirs.user_data_path("puppet", appauthor=False) / "torchscript.txt"
