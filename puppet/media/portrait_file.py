"""Portrait files: several pictures of one person in one file, `NAME.portrait`.

A ZIP archive, nothing in it compressed twice: `manifest.json`, JPEG pictures `00.jpg`, `01.jpg` …, the neutral one
first, and `thumbnail.jpg`. The manifest has a version and the SHA-256 of every picture. Sizes and counts are bounded
before anything is unpacked, names are compared with the manifest's and never used as paths, and only listed pictures
are read. Any thread; calls access the disk.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval, Len
from PIL import Image

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.files import check_input, check_output, temporary_folder, whole_file
from puppet.media.pictures import read_picture
from puppet.regular_files import open_regular
from puppet.schema import validate

EXTENSION = ".portrait"
MOST_PICTURES = 32
LONGEST_SIDE_PX = 2160
"""Longest side of a picture as it is written."""
_MOST_FILE_BYTES = 512 << 20
_MOST_PICTURE_BYTES = 32 << 20
_MOST_MANIFEST_BYTES = 64 << 10
_MANIFEST, _THUMBNAIL = "manifest.json", "thumbnail.jpg"
_THUMBNAIL_PX = 256
_QUALITY = 95
_REASON = 120


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture of a person.

    Attributes:
        picture: the picture.
        clip: pictures with the same number are frames of one clip, so that one place in them is the same place.
        origin: name of the file it came from, with the time in a clip, for a person to read.
    """

    picture: Picture
    clip: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    file: Annotated[str, Len(1, 40)]
    sha256: Annotated[str, Len(64, 64)]
    clip: Annotated[int, Interval(ge=0, le=MOST_PICTURES)] = 0
    origin: Annotated[str, Len(0, 300)] = ""


@dataclass(frozen=True, slots=True)
class _Manifest:
    kind: Literal["puppet portrait"]
    version: Literal[1]
    thumbnail: _Entry
    pictures: Annotated[tuple[_Entry, ...], Len(1, MOST_PICTURES)]


def holds_portrait(path: Path) -> bool:
    """Return True if a file begins like a portrait file. Raises MediaError when it cannot be read."""
    check_input(path, "picture")
    with path.open("rb") as file:
        head = file.read(30 + len(_MANIFEST))
    return head.startswith(b"PK\x03\x04") and head.endswith(_MANIFEST.encode())


def read_portrait(path: Path, *, strict: bool = False) -> tuple[Shot, ...]:
    """Return the pictures of a portrait file, the neutral one first; of any other file its only picture.

    Args:
        path: a portrait file or a picture.
        strict: as of `read_picture`.

    Raises:
        MediaError: the file is damaged, of a newer version, or no picture.
    """
    if not holds_portrait(path):
        return (Shot(read_picture(path, strict=strict), origin=path.name),)
    manifest, contents = _unpack(path, thumbnail=False)
    with temporary_folder() as folder:
        return tuple(
            Shot(_decode(path, entry, content, folder), entry.clip, entry.origin)
            for entry, content in zip(manifest.pictures, contents, strict=True)
        )


def read_face(path: Path, *, strict: bool = False) -> Picture:
    """Return the neutral picture of a portrait file, or the picture of any other file. Raises MediaError."""
    if not holds_portrait(path):
        return read_picture(path, strict=strict)
    manifest, contents = _unpack(path, thumbnail=False, most=1)
    with temporary_folder() as folder:
        return _decode(path, manifest.pictures[0], contents[0], folder)


def read_thumbnail(path: Path) -> Picture:
    """Return a portrait file's picture of 256 pixels at most; of another file the whole picture. Raises MediaError."""
    if not holds_portrait(path):
        return read_picture(path)
    manifest, contents = _unpack(path, thumbnail=True)
    with temporary_folder() as folder:
        return _decode(path, manifest.thumbnail, contents[0], folder)


def write_portrait(path: Path, shots: Sequence[Shot], *, overwrite: bool = False) -> None:
    """Write a portrait file, whole or not at all; pictures are reduced to `LONGEST_SIDE_PX`, and have no metadata.

    Raises:
        MediaError: it exists already, or cannot be written.
    """
    check_output(path, (EXTENSION,), overwrite=overwrite)
    pictures = [_jpeg(shot.picture, LONGEST_SIDE_PX) for shot in shots]
    entries = [
        _Entry(f"{index:02}.jpg", _sha256(content), shot.clip, shot.origin[:300])
        for index, (content, shot) in enumerate(zip(pictures, shots, strict=True))
    ]
    thumbnail = _jpeg(shots[0].picture, _THUMBNAIL_PX)
    manifest = _Manifest("puppet portrait", 1, _Entry(_THUMBNAIL, _sha256(thumbnail)), tuple(entries))
    try:
        with whole_file(path, overwrite=overwrite) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for name, content in (
                (_MANIFEST, json.dumps(asdict(manifest), indent=1).encode()),
                (_THUMBNAIL, thumbnail),
                *((entry.file, picture) for entry, picture in zip(entries, pictures, strict=True)),
            ):
                archive.writestr(zipfile.ZipInfo(name), content)  # the same content is the same file
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error


def _unpack(path: Path, *, thumbnail: bool, most: int = MOST_PICTURES) -> tuple[_Manifest, list[bytes]]:
    """Return the manifest, and the verified content of the thumbnail or of the first `most` pictures."""
    try:
        with open_regular(path, _MOST_FILE_BYTES) as file, zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) > MOST_PICTURES + 2:
                raise ValueError(f"has {len(archive.infolist())} members")
            values = json.loads(_member(archive, _MANIFEST, _MOST_MANIFEST_BYTES))
            _check_version(path, values)
            manifest = validate(_Manifest, values, f"{path}: {_MANIFEST}", MediaError, unknown="ignore")
            wanted = [manifest.thumbnail] if thumbnail else list(manifest.pictures[:most])
            contents = [_member(archive, entry.file, _MOST_PICTURE_BYTES) for entry in wanted]
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror or error}); choose another file") from error
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:_REASON]
        raise MediaError(f"{path}: the portrait file is damaged ({reason}); make it again") from error
    for entry, content in zip(wanted, contents, strict=True):
        if _sha256(content) != entry.sha256:
            raise MediaError(f"{path}: the portrait file is damaged ({entry.file} was changed); make it again")
    return manifest, contents


def _check_version(path: Path, values: object) -> None:
    if not isinstance(values, dict):
        raise ValueError("its manifest is no table")
    version = values.get("version")
    if isinstance(version, int) and version > 1:
        raise MediaError(f"{path}: has version {version} of portrait files, this Puppet reads 1; update Puppet")


def _member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """Return a member's content. Raises ValueError when it is larger than `most_bytes`, KeyError without it."""
    info = archive.getinfo(name)
    if info.file_size > most_bytes or info.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is larger than {most_bytes >> 10} KiB, or compressed")
    with archive.open(info) as member:
        return member.read(most_bytes)


def _decode(path: Path, entry: _Entry, content: bytes, folder: Path) -> Picture:
    picture = folder / "picture.jpg"
    picture.write_bytes(content)
    try:
        return read_picture(picture, strict=True, shortest=1)  # reducing has made narrow ones narrower
    except MediaError as error:
        raise MediaError(f"{path}: the portrait file is damaged ({entry.file} is no picture); make it again") from error


def _jpeg(picture: Picture, longest: int) -> bytes:
    image = Image.fromarray(picture)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    out = BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
