"""Takes on the disk: a folder with the video, the motion track, a small manifest and a thumbnail. Any thread.

    puppet-20261129-231500/
        take.json               the manifest
        take.mp4                picture and sound
        motion.npz              the performer's motion: one pose for each picture
        thumbnail.jpg
        take-Vera.mp4           rendered again with another portrait

While it is recorded, the motion grows in `motion.growing`, locked by the process that records.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import puppet
from puppet.config import check_size
from puppet.controls import Controls
from puppet.errors import MediaError
from puppet.media.files import PART, locked, write_text
from puppet.media.folders import free_folder, recordings_folder
from puppet.regular_files import read_regular
from puppet.schema import validate
from puppet.userdata.settings import toml_table

VERSION = 1
MANIFEST, VIDEO, MOTION, THUMBNAIL = "take.json", "take.mp4", "motion.npz", "thumbnail.jpg"
GROWING_MOTION = "motion.growing"
DELETED = ".deleted"
"""Folder beside the takes that deleted ones wait in until the window is closed."""
_MOST_BYTES = 1 << 20
_FORBIDDEN = re.compile(r'[\x00-\x1f/\\:*?"<>|]')
_LONGEST_NAME_BYTES = 180


@dataclass(frozen=True, slots=True)
class Manifest:
    """Circumstances of a take: what it was recorded with.

    Attributes:
        version: of this format.
        puppet: version of Puppet.
        portrait: name of the portrait.
        pack: name of the pack.
        engine: library, device and precision.
        controls: at the beginning.
        size: (width, height) of the pictures.
        began: local time, ISO 8601.
        seconds: length; 0.0 until it is finished.
        frames: number of pictures; 0 until it is finished.
        sound: a microphone was recorded.
        closed: the recording ended; its motion track may still have to be made.
        finished: everything is there.
    """

    version: int
    puppet: str
    portrait: str
    pack: str
    engine: str
    controls: Controls
    size: tuple[int, int]
    began: str
    seconds: float = 0.0
    frames: int = 0
    sound: bool = False
    closed: bool = False
    finished: bool = False

    def __post_init__(self) -> None:
        """Raise ConfigError when the size cannot be recorded."""
        check_size(self.size)


@dataclass(frozen=True, slots=True)
class Take:
    """One take.

    Attributes:
        folder: of its files.
        manifest: what it was recorded with.
    """

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Its name, which is the folder's."""
        return self.folder.name

    @property
    def video(self) -> Path:
        """Picture and sound."""
        return self.folder / VIDEO

    @property
    def motion(self) -> Path:
        """The motion track, which is missing if no face was seen."""
        return self.folder / MOTION

    @property
    def thumbnail(self) -> Path:
        """A small picture, which may be missing."""
        return self.folder / THUMBNAIL

    def renderings(self) -> list[Path]:
        """Return the videos that were rendered again, in the order of their names."""
        return sorted(path for path in self.folder.glob("take-*") if PART not in path.name)


def new_manifest(**facts: object) -> Manifest:
    """Return the manifest of a take that begins now, with the facts given."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Manifest(VERSION, puppet.__version__, began=now, **facts)  # type: ignore[arg-type]


def take_folder(now: datetime | None = None) -> Path:
    """Create a folder for a take, named by the time, in the folder of recordings. Raises MediaError."""
    path = recordings_folder() / f"puppet-{now or datetime.now():%Y%m%d-%H%M%S}"
    try:
        return free_folder(path)
    except OSError as error:
        raise MediaError(f"{path.parent}: cannot be written ({error.strerror}); check its permissions") from error


def is_take(path: Path) -> bool:
    """True for the folder of a take."""
    return (path / MANIFEST).is_file()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write or replace the manifest. Raises MediaError."""
    write_text(folder / MANIFEST, json.dumps(asdict(manifest, dict_factory=toml_table), indent=2) + "\n")


def read_take(folder: Path) -> Take:
    """Read a take.

    Raises:
        MediaError: no manifest, a damaged one or one of another version, or no video.
    """
    path = folder / MANIFEST
    try:
        table = json.loads(read_regular(path, _MOST_BYTES))
    except OSError as error:
        raise MediaError(
            f"{folder}: is no take ({error.strerror or error}: {MANIFEST}); choose another folder"
        ) from error
    except (ValueError, RecursionError) as error:
        raise MediaError(f"{path}: is damaged; the video beside it can still be played") from error
    version = table.get("version") if isinstance(table, dict) else None
    if version != VERSION:
        raise MediaError(
            f"{path}: is of version {str(version)[:20]}, expected {VERSION}; use the Puppet that recorded it"
        )
    manifest = validate(Manifest, table, str(path), MediaError, unknown="ignore")
    if not (folder / VIDEO).is_file():
        raise MediaError(f"{folder / VIDEO}: no such file; the take lost its video")
    return Take(folder, manifest)


def list_takes(folder: Path | None = None) -> tuple[list[Take], list[str]]:
    """Return the finished takes of a folder, the newest first, and a line about each that cannot be read."""
    takes, problems = list[Take](), list[str]()
    for path in _folders(folder or recordings_folder()):
        try:
            take = read_take(path)
        except MediaError as error:
            problems.append(str(error))
            continue
        if take.manifest.finished:
            takes.append(take)
    return sorted(takes, key=lambda take: (take.manifest.began, take.name), reverse=True), problems


def rename_take(take: Take, name: str) -> Take:
    """Give a take, which is its folder, another name. Raises MediaError."""
    name = name.strip()
    if not name or name.startswith(".") or _FORBIDDEN.search(name) or len(name.encode()) > _LONGEST_NAME_BYTES:
        raise MediaError(f'Name "{name[:40]}" cannot be used for a take; use letters, numbers and spaces')
    target = take.folder.with_name(name)
    if target.exists():
        raise MediaError(f"{target}: exists already; choose another name")
    try:
        take.folder.rename(target)
    except OSError as error:
        raise MediaError(f"{take.folder}: cannot be renamed ({error.strerror}); check its permissions") from error
    return replace(take, folder=target)


def delete_take(take: Take) -> Path:
    """Move a take out of the list; return its folder for `restore_take`. Raises MediaError."""
    try:
        trash = take.folder.parent / DELETED
        trash.mkdir(exist_ok=True)
        target = free_folder(trash / take.name)
        take.folder.replace(target)
    except OSError as error:
        raise MediaError(f"{take.folder}: cannot be deleted ({error.strerror}); check its permissions") from error
    return target


def restore_take(deleted: Path, take: Take) -> Take:
    """Undo `delete_take`. Raises MediaError."""
    try:
        target = free_folder(take.folder)
        deleted.replace(target)
    except OSError as error:
        raise MediaError(f"{deleted}: cannot be restored ({error.strerror}); move it by hand") from error
    return replace(take, folder=target)


def empty_trash(folder: Path | None = None) -> None:
    """Remove the deleted takes for good."""
    shutil.rmtree((folder or recordings_folder()) / DELETED, ignore_errors=True)


def recover_takes(folder: Path | None = None) -> list[str]:
    """Finish the takes that killed processes left; return a line about each. Takes being recorded are not touched."""
    lines = []
    for path in _folders(folder or recordings_folder()):
        with suppress(MediaError):  # a damaged manifest is told by `list_takes`
            take = read_take(path)
            try:
                lines.append(_recover(take))
            except (MediaError, OSError) as error:
                problem = f"{take.name}: is not finished yet ({error}); start again once its folder can be written"
                lines.append(problem)
    return list(filter(None, lines))


def _recover(take: Take) -> str:
    log = take.folder / GROWING_MOTION
    if not log.exists():
        return "" if take.manifest.finished else _finish_left(take)
    with locked(log) as abandoned:
        return _finish_left(take) if abandoned else ""


def _finish_left(take: Take) -> str:
    from puppet.takes.recorder import finish_take  # only for a leftover: the window starts without video libraries

    finished = finish_take(take.folder)
    problem = ""
    if finished is not None and not take.manifest.closed:
        seconds = finished.manifest.seconds
        problem = f"{finished.name}: an earlier run was ended while it was recorded; {seconds:.0f} s are kept"
    return problem


def _folders(folder: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (path for path in sorted(folder.iterdir()) if path.name != DELETED and is_take(path))
