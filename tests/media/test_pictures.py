"""Pictures of every supported kind are read; all others are refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media import pictures
from puppet.media.pictures import LONGEST_SIDE_PX, TRANSPARENT_GREY, read_picture, write_picture


def _gradient(width: int = 120, height: int = 90) -> Picture:
    """Red grows to the right, green downwards: every turn and flip shows."""
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([red, green, np.full_like(red, 40)], axis=2).astype(np.uint8)


def _saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def _assert_close(picture: Picture, expected: Picture, tolerance: float = 3.0) -> None:
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert picture.shape == expected.shape
    assert np.abs(picture.astype(int) - expected.astype(int)).mean() <= tolerance


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp", "a.jpg", "a.PNG"])
def test_common_formats_come_in_as_they_are(tmp_path: Path, name: str) -> None:
    options: dict[str, Any] = (
        {"lossless": True} if name.endswith("webp") else {"quality": 95} if name.endswith("jpg") else {}
    )
    path = _saved(tmp_path / name, Image.fromarray(_gradient()), **options)
    _assert_close(read_picture(path), _gradient(), 3.0 if name.endswith("jpg") else 0.0)


def test_an_odd_size_is_kept(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png", Image.fromarray(_gradient(97, 131)))
    assert read_picture(path).shape == (131, 97, 3)


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    grey = _gradient()[..., 0]
    picture = read_picture(_saved(tmp_path / "a.png", Image.fromarray(grey)))
    _assert_close(picture, np.repeat(grey[..., None], 3, 2), 0)


@pytest.mark.parametrize("name", ["a.png", "a.tiff", "a.pgm"])
def test_sixteen_bit_grey_keeps_its_range(tmp_path: Path, name: str) -> None:
    grey = _gradient()[..., 0]
    path = _saved(tmp_path / name, Image.fromarray(grey.astype(np.uint16) * 257))
    _assert_close(read_picture(path), np.repeat(grey[..., None], 3, 2), 1)


def test_floating_point_grey_keeps_its_range(tmp_path: Path) -> None:
    grey = _gradient()[..., 0]
    path = _saved(tmp_path / "a.tiff", Image.fromarray(grey.astype(np.float32) / 255))
    _assert_close(read_picture(path), np.repeat(grey[..., None], 3, 2), 1)


def test_a_bitmap_becomes_black_and_white(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png", Image.fromarray(_gradient()).convert("1"))
    assert set(np.unique(read_picture(path))) == {0, 255}


def test_transparency_lies_over_grey(tmp_path: Path) -> None:
    alpha = np.zeros((90, 120), np.uint8)
    alpha[:, 60:] = 255
    path = _saved(tmp_path / "a.png", Image.fromarray(np.dstack([_gradient(), alpha])))
    picture = read_picture(path)
    assert (picture[:, :60] == TRANSPARENT_GREY).all()
    assert (picture[:, 60:] == _gradient()[:, 60:]).all()


def test_grey_with_transparency_lies_over_grey(tmp_path: Path) -> None:
    grey = np.dstack([np.full((90, 120), 200, np.uint8), np.zeros((90, 120), np.uint8)])
    path = _saved(tmp_path / "a.png", Image.fromarray(grey))
    assert (read_picture(path) == TRANSPARENT_GREY).all()


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    indexed = Image.fromarray(_gradient()).quantize(256)
    path = _saved(tmp_path / "a.gif", indexed)
    _assert_close(read_picture(path), _gradient(), 6)


def test_a_palette_s_transparent_colour_lies_over_grey(tmp_path: Path) -> None:
    indexed = Image.new("P", (80, 80), 1)
    indexed.putpalette([0, 0, 0, 250, 10, 10])
    indexed.paste(0, (0, 0, 40, 80))
    path = _saved(tmp_path / "a.png", indexed, transparency=0)
    picture = read_picture(path)
    assert (picture[:, :40] == TRANSPARENT_GREY).all()
    assert (picture[:, 40:] == (250, 10, 10)).all()


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.jpg", Image.fromarray(_gradient()).convert("CMYK"), quality=95)
    _assert_close(read_picture(path), _gradient(), 6)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_exif_rotation_is_applied(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(_gradient())
    path = _saved(tmp_path / name, stored, exif=exif, quality=95)
    stored.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(stored)
    _assert_close(read_picture(path), np.asarray(upright), 5)


def test_exif_rotation_survives_sixteen_bits_and_palettes(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sixteen = Image.fromarray(_gradient()[..., 0].astype(np.uint16) * 257)
    assert read_picture(_saved(tmp_path / "a.png", sixteen, exif=exif)).shape == (120, 90, 3)
    palette = Image.fromarray(_gradient()).quantize(64)
    assert read_picture(_saved(tmp_path / "b.png", palette, exif=exif)).shape == (120, 90, 3)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_huge_picture_is_reduced(tmp_path: Path, name: str) -> None:
    huge = Image.new("L", (12_000, 9_000), 90)
    huge.paste(200, (6_000, 0, 12_000, 9_000))
    path = _saved(tmp_path / name, huge, **({"compress_level": 1} if name == "a.png" else {}))
    picture = read_picture(path)
    assert picture.shape == (3072, LONGEST_SIDE_PX, 3)
    assert abs(int(picture[1500, 1000, 0]) - 90) <= 1
    assert abs(int(picture[1500, 3000, 0]) - 200) <= 1


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _saved(tmp_path / "a.png", Image.new("L", (400, 300)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)
    with pytest.raises(MediaError, match="million pixels"):
        read_picture(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    with pytest.raises(MediaError, match="million pixels"):
        read_picture(path)


def test_the_bomb_guard_has_the_stated_limit() -> None:
    assert pictures.MOST_PIXELS == Image.MAX_IMAGE_PIXELS == 200_000_000


def _refusal(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        read_picture(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in _refusal(tmp_path / "a.png")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in _refusal(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    assert "0 bytes" in _refusal(tmp_path / "a.jpg")


def test_text_named_jpg_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("Dear diary,\nno picture today — pity.\n")
    assert "holds text" in _refusal(tmp_path / "a.jpg")


def test_bytes_of_no_format_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(bytes(range(256)) * 4)
    assert "not a picture of a known format" in _refusal(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.gif"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_picture_is_refused(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    path = _saved(tmp_path / name, Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    _refusal(path)


@pytest.mark.parametrize("size", [(1, 1), (63, 400), (400, 63)])
def test_a_tiny_picture_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    assert "at least 64" in _refusal(_saved(tmp_path / "a.png", Image.new("RGB", size)))


@pytest.mark.parametrize(("name", "tolerance"), [("a.png", 0.0), ("a.jpg", 3.0)])
def test_what_was_written_is_read_back(tmp_path: Path, name: str, tolerance: float) -> None:
    write_picture(tmp_path / name, _gradient())
    _assert_close(read_picture(tmp_path / name), _gradient(), tolerance)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_writing_never_replaces_a_file_unasked(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("precious")
    with pytest.raises(MediaError, match="exists already"):
        write_picture(tmp_path / "a.png", _gradient())
    assert (tmp_path / "a.png").read_text() == "precious"
    write_picture(tmp_path / "a.png", _gradient(), overwrite=True)
    _assert_close(read_picture(tmp_path / "a.png"), _gradient(), 0)
