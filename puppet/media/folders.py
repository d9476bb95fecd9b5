"""The folders that recordings and snapshots go to. Any thread."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def recordings_folder() -> Path:
    """Return the folder of recordings, "Puppet" in the user's video folder."""
    return platformdirs.user_videos_path() / "Puppet"


def snapshots_folder() -> Path:
    """Return the folder of snapshots, "Puppet" in the user's picture folder."""
    return platformdirs.user_pictures_path() / "Puppet"
