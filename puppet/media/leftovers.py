"""Files that a killed process left unfinished: videos are kept as far as they can be played, the rest is removed.

Called at the start of a command for the folders it writes to, and of the window for Puppet's own. Any thread.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import platformdirs

from puppet.media.files import ALL_VIDEO_EXTENSIONS, PART, keep_as, locked, unfinished_name
from puppet.media.folders import recordings_folder, snapshots_folder

_RESERVED = re.compile(r"puppet-\d{8}-\d{6}(-\d+)?\.(mp4|png)")


def recover_leftovers(folders: Iterable[Path]) -> list[str]:
    """Finish or remove what killed processes left in these folders; return a line for the person about each folder.

    Files that a running process writes are not touched. A folder that cannot be read or written is left as it is.
    """
    return [line for folder in dict.fromkeys(folders) if (line := _recover(folder))]


def own_folders() -> list[Path]:
    """Return the folders that Puppet writes to by itself: recordings, snapshots, settings, gallery, packs, caches."""
    roots = [find("puppet", appauthor=False) for find in _ROOTS]
    inner = [path for root in roots for path in root.rglob("*") if path.is_dir() and PART not in path.name]
    older = [platformdirs.user_videos_path(), platformdirs.user_pictures_path()]  # before 0.3
    return [recordings_folder(), snapshots_folder(), *older, *roots, *inner]


_ROOTS = (platformdirs.user_config_path, platformdirs.user_data_path, platformdirs.user_cache_path)


def _recover(folder: Path) -> str:
    kept, removed = list[str](), 0
    for path in _leftovers(folder):
        with locked(path) as abandoned, suppress(OSError):
            if not abandoned:
                continue
            if not path.name.startswith(".") and path.suffix.lower() in ALL_VIDEO_EXTENSIONS and _holds_pictures(path):
                kept.append(keep_as(path, unfinished_name(path)).name)
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += PART in path.name
    kept_facts = [f"what it rendered is kept as {name}, the same command renders the whole" for name in kept]
    removed_facts = f"incomplete files were removed: {removed}" if removed else ""
    facts = ", ".join(filter(None, (*kept_facts, removed_facts)))
    problem = f"{folder}: an earlier run was ended before it had finished; {facts}"
    return problem if facts else ""


def _leftovers(folder: Path) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for path in entries:
        with suppress(OSError):
            if PART in path.name or (_RESERVED.fullmatch(path.name) and path.stat().st_size == 0):
                yield path


def _holds_pictures(path: Path) -> bool:
    from puppet.media.video import holds_pictures  # only for a leftover: the window starts without video libraries

    return holds_pictures(path)
