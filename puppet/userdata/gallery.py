"""Gallery of portraits: the bundled ones and copies of the user's own pictures.

Only files and names; pictures are not decoded here. Own pictures are copied as `TITLE.HASH.EXT` with the hash of their
content: a picture added twice has one copy, and the original may be moved or deleted. Calls access the disk. Any one
thread.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from platformdirs import user_data_path

from puppet.errors import ConfigError, MediaError
from puppet.media.files import PART, check_input, whole_file
from puppet.media.formats import PICTURE_SUFFIXES, known_picture_format, picture_format
from puppet.media.portrait_file import EXTENSION, holds_portrait
from puppet.regular_files import open_regular, read_toml
from puppet.schema import validate
from puppet.userdata.gallery_index import Entry, load_index, save_index

BUNDLED = Path(__file__).parents[1] / "assets" / "avatars"
_SUFFIXES = {"JPEG": "jpg", "TIFF": "tif", "JPEG2000": "jp2", "HEIF": "heic"}  # others: the format's name
_MOST_TITLE_BYTES = 180  # with hash and ending less than the 255 bytes of a file's name
_OWN_FILE = re.compile(r"(?P<title>.+)\.(?P<digest>[0-9a-f]{16})\.(?P<suffix>[^.]+)")
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_MAX_LIST_BYTES = 256 << 10
_MAX_PICTURE_BYTES = 1 << 30
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """A portrait.

    Attributes:
        name: unique in the gallery.
        path: its file.
        bundled: it ships with Puppet.
        note: who agreed to its use, or "".
        linked: it stays in a folder of the user's, perhaps on a share that is gone.
    """

    name: str
    path: Path
    bundled: bool
    note: str = ""
    linked: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    file: str
    title: str


@dataclass(frozen=True, slots=True)
class _List:
    avatar: tuple[_Entry, ...] = ()


class Gallery:
    """The bundled portraits in the order of their list, then the user's own, oldest first; or in the user's order.

    Args:
        bundled: folder with the pictures and `avatars.toml`: [[avatar]] with file and title.
        own: folder of the copies, made with the first picture. Default: in the user's data folder.
    """

    def __init__(self, bundled: Path = BUNDLED, own: Path | None = None) -> None:
        self._bundled = bundled
        self._own = own if own is not None else user_data_path("puppet", appauthor=False) / "avatars"
        self._index = self._own / "index.toml"

    def portraits(self) -> list[GalleryItem]:
        """Return all portraits; a missing or unreadable file is left out with a warning in the log."""
        index, names, items = load_index(self._index), set[str](), list[GalleryItem]()
        entries = {entry.file: entry for entry in index.portrait}
        places = {file: place for place, file in enumerate(entries)}
        found = [*self._bundled_files(), *self._own_files()]
        for title, path, bundled in sorted(found, key=lambda each: places.get(each[1].name, len(places))):
            entry = entries.get(path.name, Entry(path.name))
            items.append(GalleryItem(_unique(entry.title or title, names), path, bundled, entry.note))
            names.add(items[-1].name.casefold())
        return items

    def rename(self, item: GalleryItem, title: str) -> None:
        """Give a portrait another name. Raises ConfigError: it is empty or too long, or cannot be written."""
        if not title.strip():
            raise ConfigError(f"“{item.name}”: a portrait needs a name; type one")
        self._change(item, title=title.strip())

    def annotate(self, item: GalleryItem, note: str) -> None:
        """Keep who agreed to a portrait's use. Raises ConfigError: it is too long, or cannot be written."""
        self._change(item, note=note.strip())

    def reorder(self, items: Sequence[GalleryItem]) -> None:
        """Keep this order. Raises ConfigError: it cannot be written."""
        save_index(self._index, load_index(self._index).in_order([item.path.name for item in items]))

    def folders(self) -> list[Path]:
        """Return the folders of pictures that the user added, without looking at them."""
        return [Path(folder) for folder in load_index(self._index).folders]

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Keep this list of folders. Raises ConfigError: it cannot be written."""
        index = load_index(self._index)
        save_index(self._index, replace(index, folders=tuple(dict.fromkeys(map(str, folders)))))

    def take_over(self, old: GalleryItem, new: GalleryItem) -> None:
        """Give name, note and place of one portrait to another. Raises ConfigError: it cannot be written."""
        order = [new if item.path == old.path else item for item in self.portraits() if item.path != new.path]
        index = load_index(self._index).in_order([item.path.name for item in order])
        save_index(self._index, index.with_entry(Entry(new.path.name, old.name, old.note)))

    def _change(self, item: GalleryItem, **changes: str) -> None:
        index = load_index(self._index).in_order([each.path.name for each in self.portraits()])
        save_index(self._index, index.with_entry(replace(index.entry(item.path.name), **changes)))

    def add(self, path: Path) -> GalleryItem:
        """Copy a picture or a portrait file into the gallery; return the existing copy when there is one.

        Raises:
            MediaError: the file cannot be read or is no picture, or the copy cannot be written.
        """
        check_input(path, "picture")
        try:
            name = EXTENSION.lstrip(".") if holds_portrait(path) else known_picture_format(path)
            with open_regular(path, _MAX_PICTURE_BYTES) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
            known = next((item for item in self.portraits() if self._digest(item) == digest), None)
            return known or self._copy(path, digest, name)
        except OSError as error:
            raise MediaError(f"{path}: cannot be added to the gallery ({error.strerror}); check the file") from error

    def remove(self, name: str) -> None:
        """Delete the copy of an own picture; the original is not touched.

        Raises:
            ConfigError: there is no such portrait, it is bundled, or the copy cannot be deleted.
        """
        item = self._named(name)
        if item is None:
            raise self._unknown(name)
        if item.bundled:
            raise ConfigError(f"“{item.name}” ships with Puppet and cannot be removed; only added pictures can")
        try:
            item.path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigError(f"{item.path} cannot be deleted: {error.strerror or error}") from error

    def find(self, name: str) -> GalleryItem:
        """Return the portrait with this title or file stem, ignoring case, else the picture file at this path.

        Raises:
            ConfigError: there is neither; the message lists the known names.
        """
        item = self._named(name)
        if item is not None:
            return item
        try:
            path = Path(name).expanduser()
            found = path.is_file()
        except (OSError, RuntimeError):  # a name that no file can have, or another user's home that does not exist
            found = False
        if found:
            return GalleryItem(path.stem, path, bundled=False)
        raise self._unknown(name)

    def _named(self, name: str) -> GalleryItem | None:
        wanted = name.casefold()
        items = self.portraits()
        by_title = (item for item in items if item.name.casefold() == wanted)
        by_stem = (item for item in items if item.path.stem.casefold() == wanted)
        return next(by_title, None) or next(by_stem, None)

    def _unknown(self, name: str) -> ConfigError:
        known = ", ".join(item.name for item in self.portraits()) or "none"
        return ConfigError(f"No portrait and no picture file is called “{name}”; known portraits: {known}")

    def _bundled_files(self) -> list[tuple[str, Path, bool]]:
        list_file = self._bundled / "avatars.toml"
        try:
            table = read_toml(list_file, _MAX_LIST_BYTES)
            entries = validate(_List, table, str(list_file), ConfigError, unknown="ignore").avatar
        except (OSError, ValueError, ConfigError) as error:
            _log.warning("the list of bundled portraits %s cannot be read: %s", list_file, error)
            return []
        found = [(entry.title, self._bundled / Path(entry.file).name, True) for entry in entries]
        return [entry for entry in found if _has_content(entry[1])]

    def _own_files(self) -> list[tuple[str, Path, bool]]:
        try:
            paths = sorted(filter(_is_own, self._own.iterdir()), key=lambda path: (path.stat().st_mtime_ns, path.name))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            _log.warning("the folder of added portraits %s cannot be read: %s", self._own, error.strerror)
            return []
        return [(_title(path), path, False) for path in paths]

    def _copy(self, path: Path, digest: str, name: str) -> GalleryItem:
        self._own.mkdir(parents=True, exist_ok=True)
        title = _UNSAFE.sub("_", path.stem).strip(" .")[:80].encode("utf-8", "replace")[:_MOST_TITLE_BYTES]
        suffix = _SUFFIXES.get(name, name.lower())
        target = self._own / f"{title.decode('utf-8', 'ignore') or 'picture'}.{digest}.{suffix}"
        with whole_file(target) as part:
            shutil.copyfile(path, part)
        return next((item for item in self.portraits() if item.path == target), GalleryItem(path.stem, target, False))

    @staticmethod
    def _digest(item: GalleryItem) -> str | None:
        match = None if item.bundled else _OWN_FILE.fullmatch(item.path.name)
        return match["digest"] if match else None


def _title(path: Path) -> str:
    match = _OWN_FILE.fullmatch(path.name)
    return match["title"] if match else path.stem


def _unique(title: str, names: set[str]) -> str:
    """Return the title, with " 2", " 3" … when one of the names is the same but for the case."""
    candidates = (title if count == 1 else f"{title} {count}" for count in range(1, len(names) + 2))
    return next(name for name in candidates if name.casefold() not in names)


def _is_own(path: Path) -> bool:
    """True for a copy that `Gallery.add` made, and for any other picture."""
    if PART in path.name:
        return False
    try:
        known = _OWN_FILE.fullmatch(path.name) or (path.is_file() and path.stat().st_size and picture_format(path))
    except OSError:
        known = None
    return bool(known or path.suffix.lower() in PICTURE_SUFFIXES) and _has_content(path)


def _has_content(path: Path) -> bool:
    try:
        found = path.is_file() and path.stat().st_size > 0
    except OSError:
        found = False
    if not found:
        _warn_of(path)
    return found


@cache
def _warn_of(path: Path) -> None:
    """Say once that a portrait is left out."""
    _log.warning("the portrait %s is missing or empty; it is left out", path)
