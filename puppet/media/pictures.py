"""Pictures read from and written to files: everything Pillow knows comes in as upright 8-bit RGB. Any thread."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from puppet.domain import Picture
from puppet.errors import MediaError
from puppet.media.files import PICTURE_EXTENSIONS, check_output, whole_file

LONGEST_SIDE_PX = 4096
SHORTEST_SIDE_PX = 64
MOST_PIXELS = 200_000_000
TRANSPARENT_GREY = 96

# Pillow's guard against small files that unpack to terabytes warns at this size; here the warning is a refusal.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def read_picture(path: Path) -> Picture:
    """Read a picture: (H, W, 3) uint8 RGB, upright, the longest side at most 4096 px, transparency over a quiet grey.

    Grey, 16-bit, palette, CMYK and animated files are understood; of an animation the first picture counts.

    Raises:
        MediaError: no picture, a damaged one, or one that is too small or too large.
    """
    _check_file(path)
    try:
        with Image.open(path) as image:
            _check_size(path, image.size)
            return np.ascontiguousarray(_upright_rgb(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(
            f"{path}: has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller."
        ) from error
    except UnidentifiedImageError as error:
        raise MediaError(f"{path}: {_what_it_holds(path)}; give a JPEG, PNG, WebP, BMP, GIF or TIFF.") from error
    except _DAMAGED as error:
        raise MediaError(f"{path}: the picture is damaged or cut off ({' '.join(str(error).split())}).") from error


def write_picture(path: Path, picture: Picture, *, overwrite: bool = False) -> None:
    """Write (H, W, 3) uint8 RGB as PNG or JPEG, by the extension: a whole file or none.

    Raises:
        MediaError: unknown extension, missing folder, a file that exists already, or a full disk.
    """
    check_output(path, PICTURE_EXTENSIONS, overwrite=overwrite)
    try:
        with whole_file(path) as part:
            Image.fromarray(picture).save(part, quality=95)
    except OSError as error:
        raise MediaError(f"{path}: cannot be written ({error.strerror or error}).") from error


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise MediaError(f"{path}: no such file.") from error
    except IsADirectoryError as error:
        raise MediaError(f"{path}: is a folder, not a picture.") from error
    except OSError as error:
        found = "is a folder, not a picture" if path.is_dir() else f"cannot be read ({error.strerror})"
        raise MediaError(f"{path}: {found}.") from error
    if empty:
        raise MediaError(f"{path}: is empty (0 bytes), not a picture.")


def _check_size(path: Path, size: tuple[int, int]) -> None:
    if min(size) < SHORTEST_SIDE_PX:
        raise MediaError(
            f"{path}: the picture is {size[0]}x{size[1]}; both sides must be at least {SHORTEST_SIDE_PX} pixels."
        )


def _what_it_holds(path: Path) -> str:
    """What a file that is no known picture seems to be."""
    with path.open("rb") as file:
        head = file.read(512)
    text = b"\0" not in head and all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)
    return "holds text, not a picture" if text else "is not a picture of a known format"


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Reduce first, while pixels are small, then turn and convert."""
    image = _resizable(image)
    # reducing_gap lets the JPEG decoder itself deliver 1/2, 1/4 or 1/8: a 108-megapixel photo never exists whole.
    image.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        return _over_grey(image.convert("RGBA"))
    return image.convert("RGB")


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode whose pixels may be averaged: no palette, no 16 bits, no bitmap."""
    if image.mode.startswith("I") or image.mode == "F":
        return _eight_bit(ImageOps.exif_transpose(image))
    if image.mode == "PA" or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("P", "1"):
        return image.convert("RGB")
    return image


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey of 16 bits as 8-bit grey; of 32 bits and of floating point the largest value tells what white is."""
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> 8).astype(np.uint8))
    values = np.nan_to_num(values.astype(np.float32))
    white = next((white for white in (1.0, 255.0, 65535.0) if values.max() <= white), float(values.max()))
    return Image.fromarray(np.clip(values * (255 / white), 0, 255).astype(np.uint8))


def _over_grey(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, (TRANSPARENT_GREY,) * 3 + (255,))
    return Image.alpha_composite(ground, image).convert("RGB")
