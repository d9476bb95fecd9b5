"""Pictures of every depth, sign and arrangement of samples have the right values, or one line names their kind."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av.codec.context import CodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageOps

from puppet.errors import MediaError
from puppet.media.pictures import TRANSPARENT_GREY, read_picture
from tests.support.tiff import packed_bits, write_tiff

GREY = (np.add.outer(np.arange(96), np.arange(128)) / 222).astype(np.float64)
"""0 to 1."""
COLOURS = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=2)
INTEGERS = ("u1", "u2", "u4", "i1", "i2", "i4")
FLOATING, SIGNED, UNSIGNED = 3, 2, 1


def _of_type(values: NDArray[Any], kind: str) -> NDArray[Any]:
    """Scale from 0..1 to the range of an integer type."""
    ends = np.iinfo(kind)
    return np.round(ends.min + values * (float(ends.max) - ends.min)).astype(kind)


def _grey_tags(kind: str, photometric: int = 1) -> dict[int, int | tuple[int, ...]]:
    form = {"u": UNSIGNED, "i": SIGNED, "f": FLOATING}[kind[0]]
    return {258: 8 * int(kind[1]), 262: photometric, 277: 1, 339: form}


def _assert_values(path: Path, expected: NDArray[Any], tolerance: float = 1.0) -> None:
    found = read_picture(path)
    wanted = 255 * (expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, axis=2))
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= tolerance


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_reach_from_black_to_white_over_their_type(tmp_path: Path, kind: str) -> None:
    path = write_tiff(tmp_path / "a.tif", _of_type(GREY, kind).tobytes(), (128, 96), _grey_tags(kind))
    _assert_values(path, GREY)


@pytest.mark.parametrize("kind", ["u2", "u4", "i2"])
def test_a_dark_picture_stays_dark(tmp_path: Path, kind: str) -> None:
    path = write_tiff(tmp_path / "a.tif", _of_type(GREY / 300, kind).tobytes(), (128, 96), _grey_tags(kind))
    _assert_values(path, GREY / 300)


def test_a_dark_sixteen_bit_pgm_stays_dark(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5 128 96 65535\n" + _of_type(GREY / 300, "u2").astype(">u2").tobytes())
    _assert_values(tmp_path / "a.pgm", GREY / 300)


@pytest.mark.parametrize("bits", [1, 2, 4, 12])
def test_packed_bits_reach_from_black_to_white(tmp_path: Path, bits: int) -> None:
    values = np.round(GREY * ((1 << bits) - 1))
    path = write_tiff(tmp_path / "a.tif", packed_bits(values, bits), (128, 96), {258: bits, 262: 1, 277: 1})
    _assert_values(path, values / ((1 << bits) - 1))


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_the_smallest_value_is_white_where_the_file_says_so(tmp_path: Path, kind: str) -> None:
    values = (1 - GREY).astype(kind) if kind == "f4" else _of_type(1 - GREY, kind)
    _assert_values(write_tiff(tmp_path / "a.tif", values.tobytes(), (128, 96), _grey_tags(kind, 0)), GREY)


def test_infinite_values_are_white_and_leave_the_others(tmp_path: Path) -> None:
    values = GREY.astype("f4")
    values[0, :3] = np.inf, np.nan, -np.inf
    path = write_tiff(tmp_path / "a.tif", values.tobytes(), (128, 96), _grey_tags("f4"))
    expected = GREY.copy()
    expected[0, :3] = 1, 0, 0
    _assert_values(path, expected)


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("planar", [1, 2])
def test_colours_come_as_pixels_or_as_planes(tmp_path: Path, kind: str, planar: int) -> None:
    values = _of_type(COLOURS, kind)
    data = (values if planar == 1 else values.transpose(2, 0, 1)).tobytes()
    tags: dict[int, int | tuple[int, ...]] = {258: (8 * int(kind[1]),) * 3, 262: 2, 277: 3, 284: planar}
    _assert_values(write_tiff(tmp_path / "a.tif", data, (128, 96), tags), COLOURS)


@pytest.mark.parametrize("kind", ["u1", "u2", "u4"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_uncompressed_grey_tiff_is_turned(tmp_path: Path, kind: str, orientation: int) -> None:
    tags = _grey_tags(kind) | {274: orientation}
    path = write_tiff(tmp_path / "a.tif", _of_type(GREY, kind).tobytes(), (128, 96), tags)
    stored = Image.fromarray(GREY.astype(np.float32))
    stored.getexif()[274] = orientation
    _assert_values(path, np.asarray(ImageOps.exif_transpose(stored)))


def test_the_transparent_value_of_a_sixteen_bit_png_lies_over_grey(tmp_path: Path) -> None:
    values = _of_type(GREY, "u2")
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", 128, 96, 16, 0, 0, 0, 0),
        b"tRNS": struct.pack(">H", values[40, 40]),
        b"IDAT": zlib.compress(b"".join(b"\0" + row.tobytes() for row in values.astype(">u2"))),
        b"IEND": b"",
    }
    parts = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks.items())
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    _assert_values(tmp_path / "a.png", np.where(values == values[40, 40], TRANSPARENT_GREY / 255, GREY))


def test_grey_of_multiplied_alpha_is_read(tmp_path: Path) -> None:
    data = np.dstack([_of_type(GREY, "u1"), np.full((96, 128), 255, np.uint8)]).tobytes()
    path = write_tiff(tmp_path / "a.tif", data, (128, 96), {258: (8, 8), 262: 1, 277: 2, 338: 1})
    _assert_values(path, GREY)


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("name", ["a.jp2", "a.j2k"])
def test_white_of_a_deep_jpeg2000_is_white(tmp_path: Path, name: str, bits: int) -> None:
    values = np.round(COLOURS * ((1 << bits) - 1)).astype("<u2")
    encoder = CodecContext.create("jpeg2000", "w")
    encoder.width, encoder.height, encoder.time_base = 128, 96, Fraction(1)
    encoder.pix_fmt = "rgb48le" if bits == 16 else f"gbrp{bits}le"
    encoder.options = {"pred": "dwt53", "format": name[2:]}
    frame = VideoFrame.from_ndarray(values, format=encoder.pix_fmt)
    data = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    (tmp_path / name).write_bytes(data)
    _assert_values(tmp_path / name, COLOURS, 2)
    (tmp_path / name).write_bytes(data[:-200])
    with pytest.raises(MediaError, match="the end of the file is missing"):
        read_picture(tmp_path / name)


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        (_grey_tags("f2"), "16-bit floating-point grey"),
        (_grey_tags("f8"), "64-bit floating-point grey"),
        (_grey_tags("u8"), "64-bit unsigned grey"),
        (_grey_tags("i2", 0), "16-bit signed grey (min-is-white)"),
        ({258: 10, 262: 1, 277: 1}, "10-bit unsigned grey"),
        ({258: (32, 32, 32), 262: 2, 277: 3}, "32-bit unsigned RGB"),
        ({258: (16, 16), 262: 1, 277: 2, 338: 2}, "16-bit unsigned grey with further channels"),
        ({258: (8, 8, 8), 262: 6, 277: 3, 530: (2, 2)}, "uncompressed YCbCr with subsampled colour"),
        ({258: (16,) * 4, 262: 5, 277: 4, 284: 2}, "16-bit CMYK in planes"),
    ],
)
def test_a_kind_that_cannot_be_read_is_named(tmp_path: Path, tags: dict[int, int | tuple[int, ...]], kind: str) -> None:
    bits = 12 if 530 in tags else int(np.sum(tags[258]))
    path = write_tiff(tmp_path / "a.tif", bytes(96 * 128 * bits // 8), (128, 96), tags)
    with pytest.raises(MediaError) as refused:
        read_picture(path)
    assert str(refused.value) == f"{path}: a TIFF of {kind} cannot be read; save it as PNG"
