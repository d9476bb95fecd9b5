"""The gallery as one file to keep or pass on: a zip archive of pictures with their names and notes.

Nothing of an archive is believed: members are found by the names in its list, counted and measured before they are
written, and every picture goes through `Gallery.add`.
"""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import tomli_w

from puppet.errors import ConfigError, MediaError, PuppetError
from puppet.media.files import temporary_folder, whole_file
from puppet.schema import validate
from puppet.userdata.gallery import Gallery, GalleryItem
from puppet.userdata.gallery_index import Entry, Index

_LIST = "gallery.toml"
_MOST = 2000
_MAX_LIST_BYTES = 4 << 20
_MAX_PICTURE_BYTES = 256 << 20


def export_gallery(items: Sequence[GalleryItem], path: Path) -> None:
    """Write the portraits that the user added to one file. Raises MediaError."""
    own = [item for item in items if not item.bundled]
    index = Index(tuple(Entry(item.path.name, item.name, item.note) for item in own))
    try:
        with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_LIST, tomli_w.dumps(asdict(index)))
            for item in own:
                archive.write(item.path, item.path.name)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def import_gallery(gallery: Gallery, path: Path) -> tuple[list[GalleryItem], list[str]]:
    """Add the portraits of a file; those that are in the gallery already stay as they are.

    Returns:
        The portraits that were added, and a line for each one that could not be.

    Raises:
        MediaError: the file is no gallery, or too large.
    """
    known = {item.path for item in gallery.portraits()}
    added, problems = list[GalleryItem](), list[str]()
    try:
        with zipfile.ZipFile(path) as archive, temporary_folder() as folder:
            for entry in _entries(archive, path):
                try:
                    item = gallery.add(_unpacked(archive, entry, folder))
                    if item.path not in known:
                        gallery.rename(item, entry.title or item.name)
                        gallery.annotate(item, entry.note)
                        added.append(item)
                except PuppetError as error:
                    problems.append(f"{entry.title or entry.file}: {error}")
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise MediaError(f"{path.name}: no gallery ({error}); choose a file that Puppet exported") from error
    return added, problems


def _entries(archive: zipfile.ZipFile, path: Path) -> tuple[Entry, ...]:
    try:
        table = tomllib.loads(_member(archive, _LIST, _MAX_LIST_BYTES).decode())
        entries = validate(Index, table, path.name, ConfigError, unknown="ignore").portrait
    except (KeyError, ValueError, PuppetError) as error:
        raise MediaError(f"{path.name}: no gallery ({error}); choose a file that Puppet exported") from error
    if len(entries) > _MOST:
        raise MediaError(f"{path.name}: {len(entries)} portraits; expected {_MOST} at most; export fewer of them")
    return entries


def _unpacked(archive: zipfile.ZipFile, entry: Entry, folder: Path) -> Path:
    """Write a picture into a temporary folder, under its own title."""
    name = Path(entry.file.replace("\\", "/")).name
    try:
        content = _member(archive, entry.file, _MAX_PICTURE_BYTES)
    except KeyError as error:
        raise MediaError(f"{name}: not in the file; export the gallery again") from error
    target = folder / (name or "picture")
    target.write_bytes(content)
    return target


def _member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    with archive.open(name) as member:
        content = member.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise MediaError(f"{Path(name).name}: larger than {most_bytes >> 20} MiB; choose a smaller picture")
    return content
