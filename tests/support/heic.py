"""HEIC files as phones write them, made box by box: FFmpeg encodes HEVC, and writes no HEIC."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np

from puppet.domain import Picture

TILE = 128


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, *content: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *content)


def _coded(picture: Picture) -> tuple[bytes, bytes]:
    """The decoder's configuration (hvcC) and the sample of a picture in HEVC."""
    file = io.BytesIO()
    options = {"x265-params": "log-level=none:keyint=1", "crf": "5"}
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx265", rate=25, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], "yuv420p"
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=5, dst_color_range=2
        )
        packets = [*stream.encode(frame), *stream.encode(None)]
        out.mux(packets)
    content = file.getvalue()
    at = content.index(b"hvcC") - 4
    config = content[at + 8 : at + int.from_bytes(content[at : at + 4], "big")]
    file.seek(0)
    with av.open(file, "r") as source:
        sample = next(bytes(packet) for packet in source.demux(video=0) if packet.size)
    return config, sample


def write_heic(
    path: Path, picture: Picture, *, tiles: bool, turns: int = 0, mirror: int | None = None, icc: bytes = b""
) -> Path:
    """Write a HEIC whose stored picture is `picture`."""
    height, width = picture.shape[:2]
    padded = np.pad(picture, ((0, -height % TILE), (0, -width % TILE), (0, 0)), "edge") if tiles else picture
    side = (TILE, TILE) if tiles else (height, width)
    places = [(top, left) for top in range(0, padded.shape[0], side[0]) for left in range(0, padded.shape[1], side[1])]
    coded = [_coded(np.ascontiguousarray(padded[top : top + side[0], left : left + side[1]])) for top, left in places]
    colour = _box(b"colr", b"prof", icc) if icc else _box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, 6, 0x80))
    properties = [
        _box(b"hvcC", coded[0][0]), _full(b"ispe", struct.pack(">II", side[1], side[0])), colour,
        _full(b"ispe", struct.pack(">II", width, height)), _box(b"irot", bytes([turns])),
        _box(b"imir", bytes([mirror or 0])),
    ]  # fmt: skip
    last = [5] * bool(turns) + [6] * (mirror is not None)
    count = len(coded)
    items = [(number + 1, b"hvc1", [1, 2, 3]) for number in range(count)]
    primary = 1
    if tiles:
        primary = count + 1
        items.append((primary, b"grid", [4, 3, *last]))
    else:
        items[0] = (1, b"hvc1", [1, 2, 3, *last])
    rows, columns = (max(0, padded.shape[axis] // TILE - 1) for axis in (0, 1))
    grid = struct.pack(">BBBBHH", 0, 0, rows, columns, width, height)
    infe = [_full(b"infe", struct.pack(">HH4s", number, 0, kind), b"\0", version=2) for number, kind, _ in items]
    ipma = b"".join(struct.pack(">HB", number, len(used)) + bytes(used) for number, _, used in items)

    def meta(start: int) -> bytes:
        offsets = np.cumsum([start, *(len(sample) for _, sample in coded)])
        iloc = [
            struct.pack(">HHHHII", index + 1, 0, 0, 1, offsets[index], len(sample))
            for index, (_, sample) in enumerate(coded)
        ]
        iloc += [struct.pack(">HHHHII", primary, 1, 0, 1, 0, len(grid))] * tiles
        return _full(
            b"meta",
            _full(b"hdlr", b"\0" * 4, b"pict", b"\0" * 13),
            _full(b"pitm", struct.pack(">H", primary)),
            _full(b"iloc", struct.pack(">HH", 0x4400, len(items)), *iloc, version=1),
            _full(b"iinf", struct.pack(">H", len(items)), *infe),
            _full(b"iref", _box(b"dimg", struct.pack(f">HH{count}H", primary, count, *range(1, count + 1))))
            if tiles
            else b"",
            _box(b"iprp", _box(b"ipco", *properties), _full(b"ipma", struct.pack(">I", len(items)), ipma)),
            _box(b"idat", grid),
        )

    head = _box(b"ftyp", b"heic", b"\0\0\0\0", b"mif1heic")
    start = len(head) + len(meta(0)) + 8
    path.write_bytes(head + meta(start) + _box(b"mdat", *(sample for _, sample in coded)))
    return path
