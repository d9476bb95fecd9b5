"""The person's own data about the gallery's portraits: order, names, notes of consent, and further folders.

One TOML file beside the copies. Any one thread; calls access the disk.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import tomli_w

from puppet.errors import ConfigError
from puppet.media.files import whole_file
from puppet.regular_files import read_toml
from puppet.schema import validate
from puppet.userdata.settings import set_aside

LONGEST_NAME = 80
LONGEST_NOTE = 1000
_MAX_BYTES = 4 << 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A portrait's entry.

    Attributes:
        file: name of its file.
        title: name given by the person, or "": the file's.
        note: who agreed to its use, or "".

    Raises:
        ConfigError: the title or the note is too long, or the title is not one line.
    """

    file: str
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Check title and note."""
        if len(self.title) > LONGEST_NAME or not self.title.isprintable():
            raise ConfigError(f"Portrait {self.title[:20]!r}: expected one line of up to {LONGEST_NAME} letters")
        if len(self.note) > LONGEST_NOTE:
            raise ConfigError(f"Note of {self.file}: expected up to {LONGEST_NOTE} letters, found {len(self.note)}")


@dataclass(frozen=True, slots=True)
class Index:
    """Entries in the order of the gallery; portraits without an entry follow. `folders`: further ones, as paths."""

    portrait: tuple[Entry, ...] = ()
    folders: tuple[str, ...] = field(default_factory=tuple)

    def entry(self, file: str) -> Entry:
        """Return the entry of a file, or an empty one."""
        return next((each for each in self.portrait if each.file == file), Entry(file))

    def with_entry(self, entry: Entry) -> Index:
        """Return an index with this entry in place of the one of the same file, or at the end."""
        if all(each.file != entry.file for each in self.portrait):
            return replace(self, portrait=(*self.portrait, entry))
        return replace(self, portrait=tuple(entry if each.file == entry.file else each for each in self.portrait))

    def in_order(self, files: Sequence[str]) -> Index:
        """Return an index in this order; what is not in `files` keeps its place after them."""
        ordered = tuple(map(self.entry, files))
        return replace(self, portrait=(*ordered, *(each for each in self.portrait if each.file not in files)))


def load_index(path: Path, now: datetime | None = None) -> Index:
    """Read an index; a missing file gives an empty one, and so does a damaged one, which is renamed and kept."""
    if not path.exists():
        return Index()
    try:
        return validate(Index, read_toml(path, _MAX_BYTES), path.name, ConfigError, unknown="ignore")
    except (OSError, ValueError, ConfigError) as error:
        _log.warning("%s", set_aside(path, "names of the portraits", str(error), now or datetime.now()))
        return Index()


def save_index(path: Path, index: Index) -> None:
    """Write an index as a whole file or not at all. Raises ConfigError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part:
            part.write_text(tomli_w.dumps(asdict(index)), "utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the gallery's names cannot be written: {error.strerror}; make room") from error
