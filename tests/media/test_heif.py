"""HEIC pictures as phones write them: single and in tiles, turned, mirrored, with a profile; and damaged ones."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.pictures import read_picture

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


def _heic(
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
    grid = struct.pack(">BBBBHH", 0, 0, padded.shape[0] // TILE - 1, padded.shape[1] // TILE - 1, width, height)
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


def _gradient(width: int, height: int) -> Picture:
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([red, green, np.full_like(red, 90)], axis=2).astype(np.uint8)


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("name", ["a.heic", "a.jpg", "none"])
def test_a_heic_is_read(tmp_path: Path, tiles: bool, name: str) -> None:
    picture = _gradient(200, 136)
    found = read_picture(_heic(tmp_path / name, picture, tiles=tiles))
    assert found.shape == picture.shape
    assert np.abs(found.astype(int) - picture).mean() < 3


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize(("turns", "mirror"), [(1, None), (2, None), (3, None), (0, 0), (0, 1), (1, 1)])
def test_turns_and_mirrors_are_applied(tmp_path: Path, tiles: bool, turns: int, mirror: int | None) -> None:
    picture = _gradient(200, 136)
    expected = np.rot90(picture, turns)
    expected = expected if mirror is None else expected[:, ::-1] if mirror else expected[::-1]
    found = read_picture(_heic(tmp_path / "a.heic", picture, tiles=tiles, turns=turns, mirror=mirror))
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).mean() < 3


def test_a_damaged_heic_is_refused_in_one_line(tmp_path: Path) -> None:
    whole = _heic(tmp_path / "a.heic", _gradient(128, 128), tiles=False).read_bytes()
    rng = np.random.default_rng(0)
    for index in range(150):
        content = bytearray(whole)
        for at in rng.integers(24, min(len(whole), 700), 3):
            content[at] = rng.integers(0, 256)
        path = tmp_path / "b.heic"
        path.write_bytes(content[: rng.integers(30, len(whole))] if index % 3 == 0 else content)
        try:
            read_picture(path)
        except MediaError as error:
            assert "\n" not in str(error)  # noqa: PT017 - whatever is read or refused, nothing else is raised


def test_colours_of_an_avif_are_converted_to_srgb(tmp_path: Path) -> None:
    path = tmp_path / "a.avif"
    Image.new("RGB", (80, 80), (234, 51, 35)).save(path, quality=100)
    content = path.read_bytes()
    at = content.index(b"nclx") + 4
    path.write_bytes(content[:at] + struct.pack(">HH", 12, 13) + content[at + 4 :])
    np.testing.assert_allclose(read_picture(path)[40, 40], (255, 0, 0), atol=8)
