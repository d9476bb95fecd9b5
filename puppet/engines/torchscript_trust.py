"""Checksums of the TorchScript files exported on this computer. TorchScript is a program: other files never run.

The list lies in the user's data folder, and exporting adds to it. Any thread.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import platformdirs

from puppet.packs import Pack

SUFFIX = ".pt"

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
        trusted = set(re.findall(r"^[0-9a-f]{64}$", _list_path().read_text("ascii", "replace"), re.MULTILINE))
    except OSError:
        return False
    return pack.files.get(f"{graph}{SUFFIX}") in trusted


def _list_path() -> Path:
    return platformdirs.user_data_path("puppet", appauthor=False) / "torchscript.txt"
