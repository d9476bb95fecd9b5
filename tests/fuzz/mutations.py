"""Cases for readers: valid files with some edits, in their bytes, their words, or within a member of their archive.

A case is a number of edits drawn by hypothesis; `apply` makes the same bytes of it every time.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TypeAlias

from hypothesis import strategies as st

MAX_BYTES = 1 << 18

Edit: TypeAlias = tuple[int, float, int, int]
"""Kind of edit, place as a share of the file, and two numbers that the kind interprets."""
Case: TypeAlias = tuple[int, float, tuple[Edit, ...]]
"""Number of the seed; the member of its archive as a share, or -1 for the archive's own bytes; edits."""

_NUMBERS = [value.to_bytes(size, order) for size in (1, 2, 4, 8) for order in ("little", "big") for value in
            (0, 1, 127, 255, (1 << 8 * size) - 1, (1 << 8 * size - 1) - 1, 1 << 8 * size - 1)
            if value < 1 << 8 * size]  # fmt: skip
WORDS = (
    *(b"0", b"-1", b"1", b"true", b"false", b"null", b"~", b'""', b"[]", b"{}", b"nan", b".inf", b"-inf", b"1e999"),
    *(b"Infinity", b"9" * 401, b"-" + b"9" * 5000, b"0x" + b"f" * 300, b"1979-05-27", b"2001-99-99", b"!!int ''"),
    *(b"[" * 5000, b"{a=" * 3000, b'{"a":' * 3000, b"a." * 5000 + b"b", b"&a [*a]", b"<<: *a", b"? ", b"!!binary x"),
    *(b"!!python/object/apply:os.abort []", b'"\\u0000"', b'"\\ud800"', b"\x00", b"\x1b[31m", b"\xff\xfe", b"\n", b"#"),
    *(b"../../etc/passwd", b"/dev/zero", b"x" * 20_000, b"'", b'"', b":", b"=", b"---\n", b"\xe2\x80\xae", b"1.5"),
    *(b"12345678901234567890", b"-0.0", b"1_000", b"'a", b"\\", b"!!timestamp soon", b"!!float ''", b"\t"),
)
"""Words that text files of settings, recipes and packs may hold in the wrong place."""
_WORD = re.compile(rb"[-+.\w]+|\"[^\"\n]*\"|\[[^\[\]\n]*\]")

_edits = st.tuples(st.integers(0, 8), st.floats(0, 1, exclude_max=True), st.integers(0, 65535), st.integers(0, 255))


def cases(seeds: int) -> st.SearchStrategy[Case]:
    """Return a strategy of cases for a number of seeds."""
    member = st.one_of(st.just(-1.0), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True))
    return st.tuples(st.integers(0, seeds - 1), member, st.lists(_edits, min_size=1, max_size=6).map(tuple))


def apply(case: Case, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """Return the bytes of a case: `seeds` are valid files, `tokens` are inserted in places."""
    number, place, edits = case
    seed, other = seeds[number], seeds[(number + edits[0][3]) % len(seeds)]
    if place >= 0 and seed[:4] == b"PK\x03\x04":
        return _in_member(seed, place, edits, tokens)
    return _edited(seed, other, edits, tokens)


def _in_member(seed: bytes, place: float, edits: Sequence[Edit], tokens: Sequence[bytes]) -> bytes:
    """Edit a member of an archive, whose sizes and sums are then right again."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as old, zipfile.ZipFile(stream, "w") as new:
        names = old.namelist()
        # Half of the cases edit the smaller members: in them are the names and numbers.
        ordered = sorted(names, key=lambda name: old.getinfo(name).file_size)
        chosen = ordered[int(place * place * len(ordered))]
        for name in names:
            content = old.read(name)
            new.writestr(name, _edited(content, content, edits, tokens) if name == chosen else content)
    return stream.getvalue()


def _edited(content: bytes, other: bytes, edits: Sequence[Edit], tokens: Sequence[bytes]) -> bytes:
    for kind, share, number, value in edits:
        at = int(share * (len(content) + 1))
        token = tokens[number % len(tokens)] if tokens else _NUMBERS[number % len(_NUMBERS)]
        match kind:
            case 0:
                content = content[:at] + bytes([value]) + content[at + 1 :]
            case 1:
                word = _NUMBERS[number % len(_NUMBERS)]
                content = content[:at] + word + content[at + len(word) :]
            case 2:
                content = content[:at] + content[at + 1 + number % (1 + len(content) // 4) :]
            case 3:
                end = at + 1 + number % 64
                content = content[:end] + content[at:end] * (1 + value * (number % 7)) + content[end:]
            case 4:
                content = content[:at] + token + content[at:]
            case 5:
                content = content[:at] if number % 3 == 0 else content[: len(content) - number % 64]
            case 6:
                content = content[:at] + other[int(share * len(other)) + value :]
            case 7:
                content = content[:at] + bytes([value]) * (number % 300) + content[at + number % 300 :]
            case _:
                content = _replaced(content, at, token)
        content = content[:MAX_BYTES]
    return content


def _replaced(content: bytes, at: int, token: bytes) -> bytes:
    """Put a token in the place of the next word."""
    found = _WORD.search(content, at) or _WORD.search(content)
    return content if found is None else content[: found.start()] + token + content[found.end() :]
