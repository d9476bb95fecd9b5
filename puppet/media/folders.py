"""The folders that recordings and snapshots go to. Any thread."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import platformdirs


def recordings_folder() -> Path:
    """Return the folder of recordings, "Puppet" in the user's video folder."""
    return platformdirs.user_videos_path() / "Puppet"


def snapshots_folder() -> Path:
    """Return the folder of snapshots, "Puppet" in the user's picture folder."""
    return platformdirs.user_pictures_path() / "Puppet"


def free_folder(path: Path) -> Path:
    """Create the folder `path`, or the next number that is free, and its parents; return its name. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        name = path if number == 1 else path.with_name(f"{path.name}-{number}")
        try:
            name.mkdir()
        except FileExistsError:
            continue
        return name
    raise AssertionError("Numbers do not end")
