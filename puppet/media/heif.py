"""HEIF: reads the boxes of HEIC and AVIF files: places, properties and transformations of their pictures. Any thread.

Layout: ISO/IEC 23008-12 (HEIF) in ISO/IEC 14496-12 boxes. A file is untrusted: every offset and size is checked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from puppet.media.colour import UNSPECIFIED, ColourTags

_MOST_TILES = 4096


@dataclass(frozen=True, slots=True)
class Item:
    """A coded picture or a grid: its four-letter kind, its properties (kind, content) in order, and its data."""

    kind: bytes
    properties: tuple[tuple[bytes, bytes], ...]
    data: bytes
    tiles: tuple[int, ...]

    def property(self, kind: bytes) -> bytes:
        """Return the content of the first property of this kind; b"" without."""
        return next((content for name, content in self.properties if name == kind), b"")


@dataclass(slots=True)
class _Meta:
    """The tables of a file's meta box, by the numbers of items."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    references: dict[int, tuple[int, ...]] = field(default_factory=dict)
    extents: dict[int, list[tuple[bool, int, int]]] = field(default_factory=dict)  # whether in idat, offset, size
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    associations: dict[int, list[int]] = field(default_factory=dict)
    inline: bytes = b""


class Heif:
    """The primary picture of a HEIF file.

    Attributes:
        size: (width, height) in pixels as stored, before rotation.
        tags: primaries and transfer that the file states; none beside a profile.
        icc_profile: its colour profile, or b"".
        primary: its item.
        matrix, is_full_range: coding of its pictures by H.273, as the file states; UNSPECIFIED: as the codec states.
    """

    def __init__(self, content: bytes) -> None:
        """Parse the boxes; nothing is decoded. Raises ValueError, LookupError or struct.error for a damaged file."""
        self._content = content
        self._meta = _parse(content)
        self.primary = self.item(self._meta.primary)
        self.size = size_of(self.primary)
        colours = [content for name, content in self.primary.properties if name == b"colr"]
        if not colours and self.primary.tiles:
            colours = [self.item(self.primary.tiles[0]).property(b"colr")]
        self.icc_profile = next((found[4:] for found in colours if found[:4] in (b"prof", b"rICC")), b"")
        coded = next((found for found in colours if found[:4] == b"nclx"), b"")
        self.matrix, self.is_full_range = UNSPECIFIED, False
        self.tags = ColourTags()
        if len(coded) >= 11:
            primaries, transfer, self.matrix = struct.unpack(">HHH", coded[4:10])
            self.is_full_range = coded[10] >= 0x80
            self.tags = ColourTags() if self.icc_profile else ColourTags(primaries, transfer)

    def item(self, number: int) -> Item:
        """Return a coded picture by its number. Raises as the constructor does."""
        meta = self._meta
        parts = []
        for inline, offset, size in meta.extents.get(number, ()):
            place = meta.inline if inline else self._content
            if offset + size > len(place):
                raise ValueError("the end of the file is missing")
            parts.append(place[offset : offset + size] if size else place[offset:])
        properties = tuple(meta.properties[index - 1] for index in meta.associations.get(number, ()) if index)
        return Item(meta.kinds[number], properties, b"".join(parts), meta.references.get(number, ()))


def size_of(item: Item) -> tuple[int, int]:
    """Return (width, height) of a coded picture or a grid. Raises struct.error, LookupError for a damaged file."""
    if item.kind == b"grid":
        return grid_of(item.data)[2:]
    width, height = struct.unpack(">II", item.property(b"ispe")[4:12])
    return width, height


def grid_of(data: bytes) -> tuple[int, int, int, int]:
    """Return rows, columns, width and height of a grid."""
    rows, columns = data[2] + 1, data[3] + 1
    width, height = struct.unpack(">II" if data[1] & 1 else ">HH", data[4 : 12 if data[1] & 1 else 8])
    if rows * columns > _MOST_TILES:
        raise ValueError(f"a grid of {rows}x{columns} is too large")
    return rows, columns, width, height


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each box."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        start = at + 8
        if size == 1:
            size, start = struct.unpack(">Q", data[start : start + 8])[0], start + 8
        end = at + size if size else len(data)
        if end < start:
            raise ValueError("a box is smaller than its header")
        if kind != b"mdat":
            yield kind, data[start:end]
        at = end


def _parse(content: bytes) -> _Meta:
    meta = _Meta()
    tables = dict(_boxes(next((box for kind, box in _boxes(content) if kind == b"meta"), b"")[4:]))
    meta.inline = tables.get(b"idat", b"")
    meta.primary = _Cursor(tables[b"pitm"]).number(2, 4)
    _parse_kinds(meta, tables[b"iinf"])
    _parse_places(meta, _Cursor(tables[b"iloc"]))
    properties = dict(_boxes(tables[b"iprp"]))
    meta.properties = list(_boxes(properties[b"ipco"]))
    _parse_associations(meta, _Cursor(properties[b"ipma"]))
    if b"iref" in tables:
        _parse_references(meta, tables[b"iref"])
    return meta


class _Cursor:
    """Reads numbers of a full box one after the other."""

    def __init__(self, box: bytes) -> None:
        self.version, self.flags = box[0], int.from_bytes(box[1:4], "big")
        self._box, self._at = box, 4

    def read(self, size: int) -> int:
        """Return the next `size` bytes as a number; 0 for none."""
        self._at += size
        if self._at > len(self._box):
            raise ValueError("a box ends too early")
        return int.from_bytes(self._box[self._at - size : self._at], "big")

    def number(self, size: int, later: int) -> int:
        """Return a number of `size` bytes in version 0, of `later` bytes in later ones."""
        return self.read(size if self.version == 0 else later)


def _parse_kinds(meta: _Meta, box: bytes) -> None:
    for kind, entry in _boxes(box[6 if box[0] == 0 else 8 :]):
        if kind == b"infe" and entry[0] >= 2:
            size = 2 if entry[0] == 2 else 4
            meta.kinds[int.from_bytes(entry[4 : 4 + size], "big")] = entry[6 + size : 10 + size]


def _parse_places(meta: _Meta, box: _Cursor) -> None:
    sizes = box.read(2)
    offset_size, length_size, base_size, index_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    for _ in range(box.read(2 if box.version < 2 else 4)):
        number = box.read(2 if box.version < 2 else 4)
        inline = box.version > 0 and box.read(2) & 15 == 1
        box.read(2)  # data_reference_index
        base = box.read(base_size)
        places = []
        for _ in range(box.read(2)):
            if box.version > 0:
                box.read(index_size)
            offset = box.read(offset_size)
            places.append((inline, base + offset, box.read(length_size)))
        meta.extents[number] = places


def _parse_associations(meta: _Meta, box: _Cursor) -> None:
    wide = box.flags & 1
    for _ in range(box.read(4)):
        number = box.number(2, 4)
        found = [box.read(2) & 0x7FFF if wide else box.read(1) & 0x7F for _ in range(box.read(1))]
        meta.associations[number] = found


def _parse_references(meta: _Meta, box: bytes) -> None:
    size = 2 if box[0] == 0 else 4
    for kind, content in _boxes(box[4:]):
        if kind == b"dimg":
            numbers = [int.from_bytes(content[at : at + size], "big") for at in range(size + 2, len(content), size)]
            meta.references[int.from_bytes(content[:size], "big")] = tuple(numbers)
