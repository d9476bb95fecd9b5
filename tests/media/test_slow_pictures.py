"""Small pictures that would keep a decoder busy for minutes, or take more memory than their pixels, are refused."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from puppet.errors import MediaError
from puppet.media.animation import open_clip
from puppet.media.pictures import read_picture


def _progressive(size: tuple[int, int], more_scans: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", size, 128).save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * more_scans + b"\xff\xd9"


def _gif(size: tuple[int, int], count: int) -> bytes:
    """An animation of this size whose pictures are one pixel each."""
    picture = b"\x21\xf9\x04\x04\x0a\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0xF0, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + picture * count + b";"


def _tiled(path: Path, tile: int) -> Path:
    Image.new("L", (1024, 1024), 90).save(path, num_resolutions=1, tile_size=(tile, tile))
    return path


def test_a_jpeg_with_thousands_of_scans_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(_progressive((4000, 3000), 2000))
    with pytest.raises(MediaError, match="scans of 4000x3000 pixels; save it as a baseline"):
        read_picture(path)
    path.write_bytes(_progressive((400, 300), 50))
    assert read_picture(path).shape == (300, 400, 3)


def test_a_jpeg2000_with_tiny_tiles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="has 16384 tiles, more than 8192"):
        read_picture(_tiled(tmp_path / "a.jp2", 8))
    assert read_picture(_tiled(tmp_path / "b.j2k", 64)).shape == (1024, 1024, 3)


@pytest.mark.parametrize("filler", [b"#" + b"x" * 50_000_000 + b"\n", b" " * 5_000_000], ids=["comment", "spaces"])
def test_a_ppm_with_a_header_without_end_is_refused(tmp_path: Path, filler: bytes) -> None:
    path = tmp_path / "a.ppm"
    path.write_bytes(b"P6 " + filler + b"64 64 255\n" + bytes(64 * 64 * 3))
    with pytest.raises(MediaError, match="header is longer than 4096 bytes"):
        read_picture(path)
    path.write_bytes(b"P6 # a comment\n64 64\n255\n" + bytes(64 * 64 * 3))
    assert read_picture(path).shape == (64, 64, 3)


def test_large_animations_are_no_drivers_and_blank_ones_are_not_looked_through(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(_gif((12_000, 9_000), 1000))
    with pytest.raises(MediaError, match="12000x9000 pixels need"):
        read_picture(path)
    path.write_bytes(_gif((7_000, 5_500), 1000))
    assert read_picture(path).shape == (3218, 4096, 3)
    with pytest.raises(MediaError, match="above 36 million pixels"):
        open_clip(path)


def test_a_large_animated_webp_is_refused_for_its_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    canvas = b"VP8X" + struct.pack("<IB", 10, 2) + bytes(3) + (7999).to_bytes(3, "little") * 2
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas)
    with pytest.raises(MediaError, match="8000x8000 pixels need"):
        read_picture(path)


def test_libtiff_writes_nothing_of_its_own(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.tif"
    Image.effect_noise((300, 300), 50).save(path, compression="tiff_lzw")
    content = path.read_bytes()
    path.write_bytes(content[:8] + b"\xff" * 40_000 + content[40_008:])
    with pytest.raises(MediaError, match="damaged"):
        read_picture(path)
    assert capfd.readouterr().err == ""
