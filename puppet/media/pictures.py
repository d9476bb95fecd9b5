"""Reading pictures of any format that Pillow knows as upright 8-bit RGB, and writing them. Any thread."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.files import PICTURE_EXTENSIONS, check_input, check_output, whole_file

LONGEST_SIDE_PX = 4096
SHORTEST_SIDE_PX = 64
MOST_PIXELS = 200_000_000
TRANSPARENT_GREY = 96

# Pillow warns at this size of small files that unpack to terabytes; here the warning becomes an error.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

_DECODE_ERRORS = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def read_picture(path: Path) -> Picture:
    """Read a picture as (H, W, 3) uint8 RGB, upright, at most 4096 px on the longer side, transparency on grey.

    Grey, 16-bit, palette, CMYK and animated files are supported; of an animation the first picture is used.

    Raises:
        MediaError: not a picture, damaged, too small or too large.
    """
    check_input(path, "picture")
    try:
        with Image.open(path) as image:
            _check_size(path, image.size)
            return np.ascontiguousarray(_upright_rgb(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(f"{path}: has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller") from error
    except UnidentifiedImageError as error:
        raise MediaError(f"{path}: {_content_of(path)}; give a JPEG, PNG, WebP, BMP, GIF or TIFF") from error
    except _DECODE_ERRORS as error:
        reason = " ".join(str(error).split())
        raise MediaError(f"{path}: the picture is damaged or cut off ({reason}); choose another") from error


def write_picture(path: Path, picture: Picture, *, overwrite: bool = False) -> None:
    """Write (H, W, 3) uint8 RGB as PNG or JPEG, by the extension; the whole file or none.

    Raises:
        MediaError: unknown extension, missing folder, a file that exists already, or a full disk.
    """
    check_output(path, PICTURE_EXTENSIONS, overwrite=overwrite)
    try:
        with whole_file(path) as part:
            Image.fromarray(picture).save(part, quality=95)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error


def _check_size(path: Path, size: tuple[int, int]) -> None:
    if min(size) < SHORTEST_SIDE_PX:
        raise MediaError(
            f"{path}: the picture is {size[0]}x{size[1]}; both sides must be at least {SHORTEST_SIDE_PX} pixels"
        )


def _content_of(path: Path) -> str:
    """Describe a file that is no known picture."""
    with path.open("rb") as file:
        head = file.read(512)
    text = b"\0" not in head and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)
    return "holds text, not a picture" if text else "is not a picture of a known format"


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Scale down first, which is faster, then rotate and convert."""
    image = _resizable(image)
    # With reducing_gap the JPEG decoder itself scales by 1/2, 1/4 or 1/8: a large photo is never decoded in full.
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        return _over_grey(image.convert("RGBA"))
    return image.convert("RGB")


def _resizable(image: Image.Image) -> Image.Image:
    """Convert to a mode whose pixels can be averaged: no palette, no 16 bits, no bitmap."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bit(ImageOps.exif_transpose(image))
    if image.mode == "PA" or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("P", "1"):
        return image.convert("RGB")
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Convert 16-bit grey to 8 bits; in 32-bit and floating-point grey the largest value determines white."""
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    values = np.nan_to_num(values.astype(np.float32))
    white = next((white for white in (1.0, 255.0, 65535.0) if values.max() <= white), float(values.max()))
    return Image.fromarray(np.clip(values * (255 / white), 0, 255).astype(np.uint8))


def _over_grey(image: Image.Image) -> Image.Image:
    background = Image.new("RGBA", image.size, (TRANSPARENT_GREY,) * 3 + (255,))
    return Image.alpha_composite(background, image).convert("RGB")
