"""Which TorchScript files were exported on this computer. TorchScript is a program: one from elsewhere is not run.

A list of checksums in the user's data folder; export adds to it. Any thread.
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
    """Remember the TorchScript of a pack that was exported here. When that fails, its modules are run instead."""
    digests = [digest for name, digest in pack.files.items() if name.endswith(SUFFIX)]
    if not digests:
        return
    path = _list()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as stream:
            stream.writelines(f"{digest}\n" for digest in digests)
    except OSError as error:
        _log.warning("%s: %s; the pack's TorchScript will not be run.", path, error.strerror)


def is_trusted(pack: Pack, graph: str) -> bool:
    """Whether a graph's TorchScript, of a verified pack, was exported here."""
    try:
        known = set(re.findall(r"^[0-9a-f]{64}$", _list().read_text("ascii", "replace"), re.MULTILINE))
    except OSError:
        return False
    return pack.files.get(f"{graph}{SUFFIX}") in known


def _list() -> Path:
    return platformdirs.user_data_path("puppet", appauthor=False) / "torchscript.txt"
