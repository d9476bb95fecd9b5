"""Pictures of every supported kind are read; all others are refused in one line."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media import pictures
from puppet.media.pictures import LONGEST_SIDE_PX, TRANSPARENT_GREY, read_picture, write_picture
from tests.support.cases import shared_case


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


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tiff", "a.gif"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_truncated_picture_is_used_as_far_as_it_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, share: float
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    path = _saved(tmp_path / name, Image.fromarray(noise), **({"interlace": 0} if name == "a.gif" else {}))
    whole = read_picture(path)
    assert not caplog.records
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    picture = read_picture(path)
    rows = int(200 * share) - 30
    np.testing.assert_array_equal(picture[:rows], whole[:rows])
    assert [record.getMessage() for record in caplog.records] == [
        f"{path}: the end of the file is missing; it is used as far as it goes"
    ]
    with pytest.raises(MediaError, match="damaged or cut off"):
        read_picture(path, strict=True)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.avif", "a.jp2"])
def test_a_picture_of_which_nothing_is_left_is_refused(tmp_path: Path, name: str) -> None:
    path = _saved(tmp_path / name, Image.fromarray(_gradient()))
    path.write_bytes(path.read_bytes()[:30])
    _refusal(path)


@pytest.mark.parametrize("name", ["a.jfif", "a.jpe", "a.avif", "a.jp2", "a.tga", "a.qoi", "none", "a.txt"])
def test_a_picture_is_told_by_its_content(tmp_path: Path, name: str) -> None:
    made = {"a.jfif": "JPEG", "a.jpe": "JPEG", "none": "TGA", "a.txt": "PNG"}
    _saved(tmp_path / name, Image.fromarray(_gradient()), format=made.get(name))
    _assert_close(read_picture(tmp_path / name), _gradient(), 4)


def test_only_listed_formats_are_opened(tmp_path: Path) -> None:
    for name, format_name in (("a.jpg", "EPS"), ("b.png", "PCX"), ("d.gif", "ICO")):
        _saved(tmp_path / name, Image.fromarray(_gradient()), format=format_name)
        assert "not a picture" in _refusal(tmp_path / name)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_colour_profile_is_converted_to_srgb(tmp_path: Path, mode: str) -> None:
    linear = ImageCms.createProfile("XYZ" if mode == "CMYK" else "sRGB")
    if mode == "CMYK":  # a profile of another kind of colour is ignored
        path = _saved(tmp_path / "a.jpg", Image.new("CMYK", (80, 80), (0, 255, 255, 0)), icc_profile=_bytes(linear))
        _assert_close(read_picture(path), np.full((80, 80, 3), (255, 0, 0), np.uint8), 3)
        return
    path = _saved(tmp_path / "a.png", Image.new(mode, (80, 80), 100), icc_profile=_bytes(linear))
    expected = read_picture(_saved(tmp_path / "b.png", Image.new(mode, (80, 80), 100)))
    np.testing.assert_array_equal(read_picture(path), expected)


def _bytes(profile: Any) -> bytes:
    return ImageCms.ImageCmsProfile(profile).tobytes()


def test_cicp_of_a_png_is_converted_to_srgb(tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.png", Image.new("RGB", (80, 80), (234, 51, 35)))
    content = path.read_bytes()
    chunk = b"cICP" + bytes((12, 13, 0, 1))  # Display P3, sRGB transfer, full range
    coded = struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(content[:33] + coded + content[33:])
    np.testing.assert_allclose(read_picture(path)[40, 40], (255, 0, 0), atol=6)  # red of sRGB, as P3 states it


def test_a_blank_first_picture_of_an_animation_is_passed_over(tmp_path: Path) -> None:
    shown = Image.fromarray(_gradient())
    for name in ("a.gif", "a.png", "a.webp"):
        path = tmp_path / name
        blank = Image.new("RGB", shown.size, (255, 255, 255))
        blank.save(path, save_all=True, append_images=[blank, shown], duration=40)
        _assert_close(read_picture(path), _gradient(), 14)


def test_pixels_are_counted_in_what_they_become(tmp_path: Path) -> None:
    size = (13_000, 13_000)
    assert "more than 1 GB" in _refusal(_saved(tmp_path / "a.png", Image.new("P", size), transparency=0))
    assert "more than 1 GB" in _refusal(_saved(tmp_path / "a.tif", Image.new("F", size), compression="tiff_lzw"))
    assert "more than 1 GB" in _refusal(shared_case("hostile/bomb_pal.png"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory by /proc")
@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.webp", "a.avif", "a.jp2", "a.tif", "rgba.png", "palette.png", "clear.png"]
)
def test_twelve_thousand_pixels_take_at_most_a_gigabyte(tmp_path: Path, name: str) -> None:
    image = Image.fromarray(_gradient(1200, 900)).resize((12_000, 9_000), Image.Resampling.NEAREST)
    if name == "rgba.png":
        image = image.convert("RGBA")
    elif name in ("palette.png", "clear.png"):
        image = image.quantize(64)
    fast: dict[str, dict[str, Any]] = {".png": {"compress_level": 1}, ".webp": {"method": 0}, ".avif": {"speed": 10}}
    options = fast.get(Path(name).suffix, {}) | ({"transparency": 0} if name == "clear.png" else {})
    _saved(tmp_path / name, image, **options)
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(tmp_path / name)], capture_output=True, text=True, check=True
    )
    before, after, height, width = map(int, done.stdout.split())
    assert (height, width) == (3072, 4096)
    assert after - before < 1_000_000


_PEAK = """
import sys
from pathlib import Path
from puppet.media.pictures import read_picture

def peak() -> int:
    return int(next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line).split()[1])

before = peak()
height, width, _ = read_picture(Path(sys.argv[1])).shape
print(before, peak(), height, width)
"""


def test_the_shared_cases_are_read_or_refused() -> None:
    assert read_picture(shared_case("photo.jfif")).shape == (384, 384, 3)
    p3, plain = read_picture(shared_case("p3.jpg")), read_picture(shared_case("photo.jfif"))
    assert np.abs(p3.astype(int) - plain).mean() < 3
    assert "not a picture" in _refusal(shared_case("hostile/evil.jpg"))


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
